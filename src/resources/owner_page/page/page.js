// The owner's page: who has access to this person's data, and taking it back.

import { Api, Refused } from './api.js';
import { SignInFault, comeBack, signIn } from './sign-in.js';
import { card, inOrder, isOut } from './sites.js';
import { byClient, lastDays } from './uses.js';

const at = (id) => document.getElementById(id);

// Who is signed in: what is asked with, and as which client. Nowhere but here.
let session = null;
// Whether the next sign-in must be a new one: this page's own access was taken back.
let anew = false;
let busy = false;
// Settles the question that is asked, with yes or no.
let answer = () => {};

/** What the address brought along, query and fragment, taken out of the address bar at once. */
function arrived() {
  const [query, fragment] = [new URLSearchParams(location.search), new URLSearchParams(location.hash.slice(1))];
  if (location.search || location.hash) history.replaceState(null, '', location.pathname);
  return { query, fragment };
}

function say(words) {
  at('status').textContent = words;
}

function show(...ids) {
  for (const id of ['signed-out', 'nowhere', 'sites', 'everything']) at(id).hidden = !ids.includes(id);
}

/** Does one thing at a time, and says what went wrong. */
async function attempt(work) {
  if (busy) return;
  busy = true;
  at('problem').textContent = '';
  try {
    await work();
  } catch (fault) {
    failed(fault);
  } finally {
    busy = false;
  }
}

function failed(fault) {
  if (fault instanceof Refused && fault.status === 401) return signedOut('You are signed out: the access of this page was taken back or is over.');
  say('');
  at('problem').textContent = fault instanceof Refused || fault instanceof SignInFault ? fault.message : `This page failed: ${fault.message}`;
  if (session === null) away();
}

function away() {
  say('');
  at('who').hidden = true;
  // Without its settings the page cannot say which of the two it is.
  if (settings.page) show(settings.issuer ? 'signed-out' : 'nowhere');
}

function signedOut(why) {
  session = null;
  anew = true;
  at('list').replaceChildren();
  away();
  say(why);
  at(settings.issuer ? 'signed-out-title' : 'nowhere-title').focus();
}

async function open(token, client) {
  session = { api: new Api(token), client };
  say('Looking who has access…');
  const name = await session.api.name();
  at('who').textContent = name ? `Signed in as ${name}` : 'Signed in';
  at('who').hidden = false;
  await list();
  say('');
}

async function list() {
  const { api, client } = session;
  const starts = lastDays(new Date());
  const [{ items: grants, whole: all }, { hours, whole }] = await Promise.all([api.grants(), api.uses(starts[0])]);
  const used = byClient(hours, starts);
  const none = starts.map(() => new Map());
  const cards = inOrder(grants, client).map((grant) => card(grant, used.get(grant.clientId) ?? none, grant.clientId === client, act));
  at('list').replaceChildren(...cards);
  at('none').hidden = grants.length > 0;
  show('sites', 'everything');
  if (!all) at('problem').textContent = 'There are so many sites that the newest are not shown here.';
  else if (!whole) at('problem').textContent = 'There were so many uses that the oldest are not counted here.';
}

/**
 * A question that is answered with yes or no; Escape is no. A question that was closed by Escape hears of it only with the next
 * frame: the person may ask again before, and be heard.
 */
function sure(title, words, yes) {
  answer(false);
  at('question-title').textContent = title;
  at('question-text').textContent = words;
  at('question-yes').textContent = yes;
  at('question').showModal();
  return new Promise((resolve) => { answer = resolve; });
}

function answered(yes) {
  at('question').close();
  answer(yes);
}

function act(grant) {
  return isOut(grant) ? attempt(() => giveBack(grant)) : takeBack(grant);
}

async function takeBack(grant) {
  const words = 'From its next request on it can see and change nothing of yours. What it has read already it may still have. You can give access back here.';
  if (!await sure(`Take access back from ${grant.clientId}?`, words, 'Take access back')) return;
  await attempt(async () => {
    await session.api.revoke(grant.id);
    await changed(grant, `${grant.clientId} has no access any more.`);
  });
}

async function giveBack(grant) {
  await session.api.restore(grant.id);
  await changed(grant, `${grant.clientId} has access again.`);
}

async function changed(grant, words) {
  await list();
  say(words);
  at(`grant-${grant.id}`)?.focus();
}

async function signOutEverything() {
  const words = 'Every site, app and script loses its access at once, this page too.';
  if (!await sure('Sign out everything?', words, 'Sign out everything')) return;
  await attempt(async () => {
    await session.api.signOutEverything();
    signedOut('Everything is signed out.');
  });
}

/** A token in the fragment, as the demonstration's link has it: only where nobody can sign in otherwise. */
function ready(fragment) {
  if (settings.issuer || !fragment.has('token')) return false;
  attempt(() => open(fragment.get('token'), fragment.get('client')));
  return true;
}

let settings = {};
const { query, fragment } = arrived();

at('question-yes').addEventListener('click', () => answered(true));
at('question-no').addEventListener('click', () => answered(false));
at('question').addEventListener('close', () => { if (!at('question').open) answer(false); });
at('sign-in').addEventListener('click', () => attempt(() => signIn(settings, anew)));
at('sign-out').addEventListener('click', signOutEverything);
window.addEventListener('hashchange', () => ready(arrived().fragment));

await attempt(async () => {
  const answer = await fetch('/me/settings.json');
  if (!answer.ok) throw new Refused(answer.status, 'The server did not answer. Reload the page in a moment.');
  settings = await answer.json();
  at('redirect').textContent = settings.page;
  if (!settings.issuer) return;
  const token = await comeBack(settings, query);
  if (token) await open(token, settings.clientId);
  else away();
});
if (settings.page && !settings.issuer && !ready(fragment)) away();
