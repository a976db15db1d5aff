// The explorer, used as a person uses it: open, paste a token, try operations, read what is shown.

import { holds } from '../support/checks.mjs';
import { newPage } from '../support/chromium.mjs';

const altered = (token) => {
  const at = token.length - 60;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
};

/** Opens the box behind Authorize, does something in it, and closes it. */
async function inAuthorize(page, what) {
  await page.click('.auth-wrapper button.authorize');
  await what(page.locator('.dialog-ux'));
  await page.click('.dialog-ux .close-modal');
}

/** Pastes where the cursor stands, without looking for the place. */
const paste = (token) => (page) => inAuthorize(page, async (dialog) => {
  await page.keyboard.insertText(token);
  await dialog.locator('.auth-container', { hasText: 'bearer' }).getByRole('button', { name: 'Apply credentials' }).click();
});

const forget = (page) => inAuthorize(page, (dialog) => dialog.getByRole('button', { name: 'Remove authorization' }).first().click());

/** Execute of an operation that is open: the request that was sent, and what the page then shows. */
async function execute(page, operation) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().includes('/v1.0/')),
    operation.locator('.execute').click(),
  ]);
  const live = operation.locator('.live-responses-table');
  await live.locator('.response-col_status', { hasText: String(answer.status()) }).waitFor();
  return { request: answer.request(), status: answer.status(), shown: await live.innerText() };
}

async function open(page, id) {
  const operation = page.locator(`#operations-profile-${id}`);
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('.try-out__btn').click();
  return operation;
}

async function reads(page, token) {
  await paste(token)(page);
  const operation = await open(page, 'getMe');
  const description = await operation.locator('.opblock-description').innerText();
  holds('the operation says which scopes will do', /Scopes, any of:.*User\.ReadBasic.*User\.Read\b/s.test(description), description);
  const { request, status, shown } = await execute(page, operation);
  holds('GET /v1.0/me with the pasted token: 200 and the name', status === 200 && shown.includes('Ann Okafor-Lindström'), shown);
  const headers = await request.allHeaders();
  const sent = ['if-match', 'if-none-match', 'prefer'].filter((name) => name in headers);
  holds('nothing was sent that nobody filled in', sent.length === 0 && !request.url().includes('?'), `${sent} ${request.url()}`);
  await operation.locator('input[placeholder="$select"]').fill('displayName,mail');
  const chosen = await execute(page, operation);
  holds('$select as its description says: these members alone',
    chosen.status === 200 && chosen.shown.includes('ann.okafor@example.org') && !chosen.shown.includes('birthday'), chosen.shown);
  await operation.locator('input[placeholder="$select"]').fill('');
  return operation;
}

async function changes(page) {
  const operation = await open(page, 'updateMe');
  const { status, shown } = await execute(page, operation);
  holds('the example of PATCH /v1.0/me works as it stands', status === 200 && shown.includes('"city": "Lisbon"'), shown);
}

async function otherTokens(page, operation, token) {
  await forget(page);
  await paste(altered(token))(page);
  const refused = await execute(page, operation);
  holds('one letter changed: the page shows 401',
    refused.status === 401 && refused.shown.includes('InvalidAuthenticationToken'), `${refused.status} ${refused.shown}`);
  await forget(page);
  await inAuthorize(page, async (dialog) => {
    const wrap = dialog.locator('.auth-container', { hasText: 'wrap' });
    await wrap.locator('input').fill(`WRAP access_token="${token}"`);
    await wrap.getByRole('button', { name: 'Apply credentials' }).click();
  });
  const wrapped = await execute(page, operation);
  holds('the other box, as its description says: 200',
    wrapped.status === 200 && (await wrapped.request.allHeaders()).authorization.startsWith('WRAP '), wrapped.shown);
}

async function forgets(page, context, token) {
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  const state = JSON.stringify(await context.storageState());
  holds('the token is kept nowhere', !kept.includes(token) && !state.includes(token), 'it is in the page or in the storage');
  await page.reload();
  const { status } = await execute(page, await open(page, 'getMe'));
  holds('a reload has forgotten it: 401', status === 401, status);
}

async function policy(page, seen) {
  const before = seen.violations.length;
  const asked = () => fetch('https://elsewhere.example/').then(() => 'sent', () => 'refused');
  const script = () => {
    const element = document.createElement('script');
    element.textContent = 'window.ran = true';
    document.body.append(element);
    return window.ran === true;
  };
  holds('a script in the page cannot ask another host', await page.evaluate(asked) === 'refused');
  holds('a script in the text of the page does not run', await page.evaluate(script) === false);
  const refused = () => seen.violations.slice(before).join(' ');
  const both = () => refused().includes('connect-src') && refused().includes('script-src');
  // The page tells of it in a moment of its own.
  for (let turn = 0; turn < 20 && !both(); turn += 1) await page.waitForTimeout(100);
  holds('it was the policy that refused both', both(), refused());
}

export async function explorer(browser, demo, screenshot) {
  const { page, context, seen } = await newPage(browser);
  const printed = demo.printed.join('\n');
  const token = /Authorization: Bearer ([^']+)'/.exec(printed)[1];
  const address = /^# In a browser: (\S+)$/m.exec(printed)[1];
  const answer = await page.goto(address);
  await page.locator('.opblock').first().waitFor();
  holds('opens, with a title', answer.status() === 200 && await page.title() === 'Sharehold API explorer', await page.title());
  const operation = await reads(page, token);
  if (screenshot) await photograph(page, operation, screenshot);
  await changes(page);
  holds('nothing to complain of so far', seen.complaints.length === 0, seen.complaints.join('\n'));
  holds('nothing was refused by the policy', seen.violations.length === 0, seen.violations.join('\n'));
  await otherTokens(page, operation, token);
  await forgets(page, context, token);
  const elsewhere = seen.requests.filter((url) => !url.startsWith(`${demo.url}/`) && !/^(data|blob):/.test(url));
  holds(`all ${seen.requests.length} requests went to the server that the page came from`, elsewhere.length === 0, elsewhere);
  await policy(page, seen);
  await context.close();
}

async function photograph(page, operation, path) {
  await execute(page, operation);
  await operation.locator('.responses-inner > .responses-table').evaluate((table) => table.remove());
  await page.setViewportSize({ width: 1280, height: 1500 });
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path });
}
