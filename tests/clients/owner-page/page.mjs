// The owner's page of the demonstration, as a person uses it: opens the printed link, sees which sites have access, takes a site's
// access back and gives it back, by keyboard too, and signs everything out.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { holds } from '../support/checks.mjs';
import { newPage } from '../support/chromium.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SITE = 'client-test';
const KNOWN_MS = 10_000;

export const site = (page, client) => page.locator('#list > li').filter({ has: page.getByRole('heading', { name: client, exact: true }) });
const button = (place, name) => place.getByRole('button', { name, exact: true });
export const said = (page, words) => page.locator('#status').getByText(words).waitFor();

/** The status of what a site with this token asks for next. */
export async function asks(server, token) {
  const answer = await fetch(`${server.url}/v1.0/me`, { headers: { authorization: `Bearer ${token}` } });
  await answer.text();
  return answer.status;
}

/** Waits until the server has noted that this client came, which it does in a moment of its own. */
export async function known(server, client) {
  const headers = { authorization: `Bearer ${await server.mint('ann', 'Privacy.Read', 'onlooker')}` };
  for (let waited = 0; waited < KNOWN_MS; waited += 250) {
    const answer = await fetch(`${server.url}/v1.0/me/oauth2PermissionGrants`, { headers });
    if ((await answer.json()).value.some(({ clientId }) => clientId === client)) return;
    await new Promise((resolve) => { setTimeout(resolve, 250); });
  }
  throw new Error(`${client} came, and there is no grant of it after ${KNOWN_MS} ms`);
}

/** What axe-core finds wrong (WCAG 2.2 AA and its own best practices). */
async function faults(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`).join('\n');
}

export async function keptNowhere(page, context, token) {
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, document.documentElement.outerHTML]));
  const state = JSON.stringify(await context.storageState());
  holds('the token is kept nowhere', !kept.includes(token) && !state.includes(token), 'it is in the page or in the storage');
}

export async function ownerPage(browser, demo, screenshot) {
  const link = /^# Who has access to it: (\S+)$/m.exec(demo.printed.join('\n'))[1];
  const token = new URLSearchParams(new URL(link).hash.slice(1)).get('token');
  const { page, context, seen } = await newPage(browser);
  await withoutToken(page, demo);
  await page.goto(link);
  await site(page, 'address-book.example').waitFor();
  if (screenshot) await photograph(page, screenshot);
  holds('the token is out of the address bar', page.url() === `${demo.url}/me`, page.url());
  await keptNowhere(page, context, token);
  await known(demo, 'sharehold-owner');
  await reopen(page, link);
  await shows(page, link);
  await takesBack(page, demo, link);
  await byKeyboard(page, demo);
  await looks(page);
  holds('nothing to complain of so far', seen.complaints.length === 0, seen.complaints.join('\n'));
  holds('nothing was refused by the policy', seen.violations.length === 0, seen.violations.join('\n'));
  const elsewhere = seen.requests.filter((url) => !url.startsWith(`${demo.url}/`));
  holds(`all ${seen.requests.length} requests went to the server that the page came from`, elsewhere.length === 0, elsewhere);
  const told = seen.requests.filter((url) => url.includes(token.slice(-40)));
  holds('the token was in no address that was asked for, nor in the log', told.length === 0 && !demo.log().includes(token.slice(-40)), told);
  await policy(page, seen);
  await signsOut(page, demo, link, token);
  await context.close();
}

async function withoutToken(page, demo) {
  const answer = await page.goto(`${demo.url}/me`);
  holds('opens, with a title', answer.status() === 200 && await page.title() === 'Who has access to my data', await page.title());
  await page.getByRole('heading', { name: 'Nobody can sign in here yet' }).waitFor();
  const words = await page.locator('main').innerText();
  holds('without [owner_page] it says how to configure it', words.includes('[owner_page]') && words.includes(`${demo.url}/me`), words);
  holds('and is accessible', await faults(page) === '', await faults(page));
}

async function shows(page, link) {
  const names = await page.locator('#list h3').allInnerTexts();
  const sites = ['address-book.example', 'birthday-cards.example', 'newsletter.example'];
  holds('it shows each site that used the data, and itself', [...sites, 'sharehold-owner'].every((name) => names.includes(name)), names);
  holds('and says whose data that is', /^Signed in as Ann/.test(await page.locator('#who').innerText()), await page.locator('#who').innerText());
  const book = site(page, 'address-book.example');
  const words = await book.innerText();
  holds('what it may do, in plain words', words.includes('See everything about your contacts') && words.includes('See your whole profile'), words);
  holds('and only that', !words.includes('change') && !words.includes('Contacts.Read'), words);
  holds('first and last use, and when access ends', ['First use', 'Last use', 'Access ends'].every((what) => words.includes(what)), words);
  holds('its times are times', await book.locator('dl time[datetime]').count() === 3, await book.locator('dl').innerHTML());
  // The server gathers reads for a second.
  const read = () => book.locator('figcaption').innerText();
  for (let turn = 0; turn < KNOWN_MS / 500 && /^Nothing/.test(await read()); turn += 1) {
    await page.waitForTimeout(500);
    await reopen(page, link);
  }
  holds('how much it read', /^[1-9][\d,]* items? read in the last 30 days/.test(await read()), await read());
  const bars = await book.locator('svg rect').evaluateAll((all) => all.map((bar) => [Number(bar.getAttribute('height')), bar.textContent]));
  holds('and a bar for the day', bars.length >= 1 && bars.every(([height, title]) => height >= 2 && /item/.test(title)), bars);
  await book.locator('summary').click();
  const rows = await book.locator('tbody').innerText();
  holds('day by day, by what it is of', /contacts/.test(rows) && /profile/.test(rows), rows);
  holds('its own row has no button', await site(page, 'sharehold-owner').getByRole('button').count() === 0);
}

/** The page anew. */
async function reopen(page, link) {
  await page.goto('about:blank');
  await page.goto(link);
  await page.locator('#list > li').first().waitFor();
}

async function takesBack(page, demo, link) {
  const token = await demo.mint('ann', 'User.Read');
  holds('a site asks: 200', await asks(demo, token) === 200);
  await known(demo, SITE);
  await reopen(page, link);
  const card = site(page, SITE);
  await button(card, 'Take access back').click();
  const question = page.getByRole('dialog');
  holds('it asks first', (await question.innerText()).includes(`Take access back from ${SITE}?`), await question.innerText());
  await button(question, 'Cancel').click();
  holds('Cancel changes nothing', await asks(demo, token) === 200 && await question.isHidden());
  await button(card, 'Take access back').click();
  await button(question, 'Take access back').click();
  await said(page, `${SITE} has no access any more.`);
  holds("the site's next call: 401", await asks(demo, token) === 401);
  holds('with a fresh token too', await asks(demo, await demo.mint('ann', 'User.Read')) === 401);
  holds("another person's is as it was", await asks(demo, await demo.mint('bob', 'User.Read')) === 200);
  const words = await card.innerText();
  holds('the page says since when', /No access: taken back \d/.test(words), words);
  await button(card, 'Give access back').click();
  await said(page, `${SITE} has access again.`);
  holds('given back: 200', await asks(demo, token) === 200);
}

const focused = (page) => page.evaluate(() => document.activeElement.innerText);

async function byKeyboard(page, demo) {
  const token = await demo.mint('ann', 'User.Read');
  await page.bringToFront();
  await button(site(page, SITE), 'Take access back').focus();
  const ringed = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  holds('by keyboard: the question has the focus, on Cancel', await focused(page) === 'Cancel', await focused(page));
  await page.keyboard.press('Escape');
  holds('Escape is no, and the focus is back', await asks(demo, token) === 200 && await focused(page) === 'Take access back', await focused(page));
  holds('what has the focus is seen', ringed !== 'none' || await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle) !== 'none', ringed);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Tab');
  holds('Escape and Enter at once: it asks again, and Tab is on yes', await focused(page) === 'Take access back', await focused(page));
  await page.keyboard.press('Enter');
  await said(page, `${SITE} has no access any more.`);
  holds('Enter, Tab, Enter takes access back, and the focus is on that site', await asks(demo, token) === 401 && await focused(page) === SITE, await focused(page));
}

async function looks(page) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await site(page, 'address-book.example').locator('summary').click();
  const light = await ground();
  const inLight = await faults(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const inDark = await faults(page);
  holds('light and dark differ', await ground() !== light, light);
  holds('axe finds nothing wrong in light', inLight === '', inLight);
  holds('nor in dark', inDark === '', inDark);
  await page.setViewportSize({ width: 320, height: 640 });
  const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  holds('at 320 px nothing sticks out', width <= 320, width);
  const small = await faults(page);
  holds('and axe finds nothing wrong', small === '', small);
  await button(page, 'Sign out everything').click();
  const asked = await faults(page);
  const box = await page.getByRole('dialog').boundingBox();
  holds('nor does the question', box.x >= 0 && box.x + box.width <= 320 && asked === '', `${JSON.stringify(box)} ${asked}`);
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
}

async function policy(page, seen) {
  const before = seen.violations.length;
  holds('a script in the page cannot ask another host', await page.evaluate(() => fetch('https://elsewhere.example/').then(() => 'sent', () => 'refused')) === 'refused');
  const ran = await page.evaluate(() => {
    try {
      document.body.innerHTML += '<img src=x onerror="window.ran = true">';
    } catch (fault) {
      return String(fault);
    }
    return window.ran === true;
  });
  holds('text does not become markup', /TrustedHTML/.test(ran), ran);
  const refused = () => seen.violations.slice(before).join(' ');
  // The page tells of it in a moment of its own.
  for (let turn = 0; turn < 20 && !refused().includes('connect-src'); turn += 1) await page.waitForTimeout(100);
  holds('it was the policy that refused', refused().includes('connect-src'), refused());
}

async function signsOut(page, demo, link, token) {
  const other = await demo.mint('ann', 'User.Read', 'another-site');
  holds('another site asks: 200', await asks(demo, other) === 200);
  await button(page, 'Sign out everything').click();
  await button(page.getByRole('dialog'), 'Sign out everything').click();
  await said(page, 'Everything is signed out.');
  holds('signed out: every site is out, this page too', await asks(demo, other) === 401 && await asks(demo, token) === 401);
  holds('and what it showed is gone', await page.locator('#list > li').count() === 0);
  await page.goto('about:blank');
  await page.goto(link);
  await said(page, 'You are signed out');
  holds('the link opens nothing any more', await page.locator('#list > li').count() === 0);
}

async function photograph(page, path) {
  await page.setViewportSize({ width: 760, height: 640 });
  await page.screenshot({ path });
  await page.setViewportSize({ width: 1280, height: 900 });
}
