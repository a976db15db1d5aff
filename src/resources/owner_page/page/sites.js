// One card a site: what it may do, when it did, how much, and the button that takes its access back or gives it back.

import { DAYS, lastDays, picture, sum } from './uses.js';
import { count, figure, kindOf, plainly } from './words.js';

const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const ended = (grant) => new Date(grant.consentEndDateTime) <= new Date();
/** Whether the person took it back, or its time is over: then it is theirs to give back. */
export const isOut = (grant) => grant.revokedDateTime !== null || ended(grant);
const hasAccess = (grant) => !isOut(grant) && !grant.revokedByOperator;

/** Those with access first, then by last use; this page's own access at the end. */
export function inOrder(grants, own) {
  const place = (grant) => (grant.clientId === own ? 2 : Number(!hasAccess(grant)));
  const last = (grant) => new Date(grant.lastUsedDateTime).getTime();
  return grants.toSorted((a, b) => place(a) - place(b) || last(b) - last(a));
}

/** The card. `own`: it is this page's own access. `act` is called with the grant by the button. */
export function card(grant, days, own, act) {
  const made = document.getElementById('site').content.cloneNode(true);
  const part = (name) => made.querySelector(`[data-part="${name}"]`);
  const item = made.querySelector('li');
  const title = made.querySelector('h3');
  item.dataset.grant = grant.id;
  title.id = `grant-${grant.id}`;
  made.querySelector('article').setAttribute('aria-labelledby', title.id);
  part('name').textContent = grant.clientId;
  state(grant, own, part);
  part('scopes').append(...plainly(grant.scopes).map((words) => text('li', words)));
  part('first').append(time(grant.firstUsedDateTime, moment));
  part('last').append(time(grant.lastUsedDateTime, moment));
  uses(grant, days, part);
  const button = part('act');
  button.textContent = isOut(grant) ? 'Give access back' : 'Take access back';
  button.className = isOut(grant) ? '' : 'danger';
  button.setAttribute('aria-describedby', title.id);
  button.addEventListener('click', () => act(grant));
  // To be without this page's own access is what "Sign out everything" is for; what the operator took back is not the person's to give.
  part('actions').hidden = own || (grant.revokedByOperator && isOut(grant));
  return made;
}

function state(grant, own, part) {
  part('end-word').textContent = ended(grant) ? 'Access ended' : 'Access ends';
  part('end').append(time(grant.consentEndDateTime, day));
  const line = part('state');
  if (grant.revokedByOperator) {
    line.textContent = 'No access: the operator of this server took it back';
    part('end-word').parentElement.hidden = true;
  } else if (grant.revokedDateTime !== null) {
    line.append('No access: taken back ', time(grant.revokedDateTime, moment));
    part('end-word').parentElement.hidden = true;
  } else if (ended(grant)) {
    line.textContent = 'No access: its time is over until you sign in there again or give access back';
  } else {
    line.textContent = own ? 'This page' : 'Has access';
  }
}

function uses(grant, days, part) {
  const starts = lastDays(new Date());
  const whole = (what) => days.reduce((all, one) => all + sum(one, what), 0);
  const [read, written, refused] = ['read', 'written', 'refused'].map(whole);
  const words = [`${read === 0 ? 'Nothing' : count(read, 'item', 'items')} read in the last ${DAYS} days`];
  if (written > 0) words.push(`${figure(written)} changed`);
  if (refused > 0) words.push(`${figure(refused)} refused`);
  part('sum').textContent = words.join(', ');
  if (read > 0) draw(grant, days, starts, part);
  part('axis').hidden = read === 0;
  const rows = days.flatMap((kinds, index) => [...kinds].map(([kind, sums]) => row(starts[index], kind, sums))).reverse();
  part('rows').append(...rows);
  part('days').hidden = rows.length === 0;
}

function draw(grant, days, starts, part) {
  const most = days.reduce((best, one, index) => (sum(one, 'read') > sum(days[best], 'read') ? index : best), 0);
  const label = `Items read a day by ${grant.clientId}; most on ${day.format(starts[most])}: ${figure(sum(days[most], 'read'))}`;
  part('picture').append(picture(days, (index) => day.format(starts[index]), label));
  part('from').textContent = short.format(starts[0]);
}

function row(start, kind, { read, written, refused }) {
  const made = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.append(time(start.toISOString(), short));
  made.append(head, text('td', kindOf(kind)), ...[read, written, refused].map((items) => text('td', figure(items))));
  return made;
}

function text(name, words) {
  const made = document.createElement(name);
  made.textContent = words;
  return made;
}

function time(instant, format) {
  const made = text('time', format.format(new Date(instant)));
  made.dateTime = instant;
  return made;
}
