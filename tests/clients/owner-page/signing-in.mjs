// The owner's page where `[owner_page]` names an authorization server: a person signs in there and comes back.

import { holds } from '../support/checks.mjs';
import { newPage } from '../support/chromium.mjs';
import { asks, keptNowhere, known, said, site } from './page.mjs';

const SIGN_IN = { name: 'Sign in', exact: true };
// Everything is cut off a second after the end of the second in which it was signed out, and `auth_time`, in whole seconds, must be
// later than that.
const CUT_MS = 3_100;

export async function signingIn(browser, server, authority) {
  authority.serves = server;
  const { page, context, seen } = await newPage(browser);
  await signsIn(page, context, server, authority);
  holds('nothing to complain of so far', seen.complaints.length === 0, seen.complaints.join('\n'));
  holds('nothing was refused by the policy', seen.violations.length === 0, seen.violations.join('\n'));
  const elsewhere = seen.requests.filter((url) => ![server.url, authority.issuer].includes(new URL(url).origin));
  holds('no request went to any other host', elsewhere.length === 0, elsewhere);
  await signsInAnew(page, server, authority);
  await refuses(page, server, authority);
  await finds(page, server, authority);
  await context.close();
}

const signIn = (page) => page.getByRole('button', SIGN_IN).click();
const problem = (page) => page.locator('#problem:not(:empty)').innerText();

async function signsIn(page, context, server, authority) {
  const site1 = await server.mint('ann', 'User.Read', 'a-site');
  holds('a site asks: 200', await asks(server, site1) === 200);
  await known(server, 'a-site');
  await page.goto(`${server.url}/me`);
  await signIn(page);
  await site(page, 'a-site').waitFor();
  const [sent] = authority.asked;
  const asked = ['response_type', 'scope', 'resource', 'code_challenge_method', 'prompt'].map((name) => sent.get(name));
  holds('it asked for a code with PKCE, and for no more than it needs',
    asked.join('|') === `code|Privacy.ReadWrite User.ReadBasic|${server.url}|S256|`, asked);
  holds('with a state and a challenge that nobody guesses', sent.get('state').length === 43 && sent.get('code_challenge').length === 43, sent);
  holds('back again, the address says nothing', page.url() === `${server.url}/me`, page.url());
  const left = await page.evaluate(() => sessionStorage.length + localStorage.length);
  holds('and nothing is kept', left === 0, left);
  const [request] = await Promise.all([page.waitForRequest('**/v1.0/**'), takeBack(page, 'a-site')]);
  await keptNowhere(page, context, (await request.allHeaders()).authorization.slice('Bearer '.length));
  holds("the site's next call: 401", await asks(server, site1) === 401);
}

async function takeBack(page, client) {
  await site(page, client).getByRole('button', { name: 'Take access back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take access back' }).click();
  await said(page, `${client} has no access any more.`);
}

async function signsInAnew(page, server, authority) {
  await page.getByRole('button', { name: 'Sign out everything' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everything' }).click();
  await said(page, 'Everything is signed out.');
  await page.waitForTimeout(CUT_MS);
  await signIn(page);
  await site(page, 'a-site').waitFor();
  holds('after that it has the person sign in anew, and is in again', authority.asked.at(-1).get('prompt') === 'login', authority.asked.at(-1));
}

/** Answers to a sign-in that are not to be believed. */
async function refuses(page, server, authority) {
  const redeemed = authority.redeemed;
  await page.goto(`${server.url}/me?code=abc&state=def&iss=${encodeURIComponent(authority.issuer)}`);
  const stranger = await problem(page);
  holds('an answer that nobody here asked for is refused', /not the answer to a sign-in begun here/.test(stranger) && page.url() === `${server.url}/me`, stranger);
  const cases = [
    ['another state', { answers: { state: 'another' } }, /not the answer to a sign-in begun here/],
    ['another issuer', { answers: { iss: 'https://elsewhere.example' } }, /came from another server/],
    ['no issuer, though its metadata promises it', { answers: { iss: null } }, /came from another server/],
    ['a refusal', { answers: { code: null, error: 'access_denied', error_description: 'Ann said no' } }, /Ann said no/],
    ['metadata of another issuer', { issuer: 'https://elsewhere.example' }, /says that it is another's/],
    ['an endpoint for tokens elsewhere', { tokenEndpoint: 'https://elsewhere.example/token' }, /another origin/],
    ['no metadata', { place: '/nowhere' }, /Signing in is not possible at the moment/],
  ];
  for (const [what, behaves, words] of cases) {
    authority.behaves = behaves;
    await page.goto(`${server.url}/me`);
    await signIn(page);
    const shown = await problem(page);
    holds(`${what}: refused, and said`, words.test(shown) && await page.getByRole('button', SIGN_IN).isVisible(), shown);
  }
  holds('none of these codes was redeemed', authority.redeemed === redeemed, authority.redeemed - redeemed);
  authority.behaves = {};
  await page.goto(`${server.url}/me#token=${await server.mint('mallory', 'Privacy.ReadWrite')}`);
  await page.getByRole('button', SIGN_IN).waitFor();
  holds('a token in the address is not taken where people sign in', page.url() === `${server.url}/me` && await page.locator('#list > li').count() === 0, page.url());
}

/** Metadata at the place of OpenID Connect Discovery alone. */
async function finds(page, server, authority) {
  authority.behaves = { place: '/.well-known/openid-configuration' };
  await page.goto(`${server.url}/me`);
  await signIn(page);
  await site(page, 'a-site').waitFor();
  holds('an authorization server that has OpenID Connect Discovery alone does too', true);
}
