// node run.mjs PATH_TO_SHAREHOLD PATH_TO_PYTHON
// The feeds of the demonstration and of what programs wrote, read by others: what they find in a year is what calendarView has.
// Ends by itself; exit status 1 if anything did not hold.

import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import ICAL from 'ical.js';

import { checks, holds } from '../support/checks.mjs';
import { startDemo } from '../support/sharehold.mjs';
import { withServer } from '../support/with-server.mjs';

// Node gives ES modules no named exports of ical.js, which the plugin's form for bundlers asks for.
const { default: icalendarPlugin } = createRequire(import.meta.url)('@fullcalendar/icalendar');

const WHOLE_RUN_MS = 150_000;
const SCOPE = 'Calendars.ReadWrite';
const FIXTURES = path.join(import.meta.dirname, '../../../fixtures/icalendars');
const [FROM, TO] = ['2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'];
const READ_PY = path.join(import.meta.dirname, 'read.py');

const [binary, python] = process.argv.slice(2);

/** When a date, or a local time that is nobody's, is if it is UTC. */
const utc = (time) => `${time.toString().slice(0, 10)}T${time.isDate ? '00:00:00' : time.toString().slice(11, 19)}Z`;

/** Instant and title of all that happens in the window, by ical.js as Thunderbird goes about it. */
function read(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const at = (time) => {
    const fixed = time.isDate || time.zone === ICAL.Timezone.localTimezone;
    return fixed ? utc(time) : utc(time.convertToZone(ICAL.Timezone.utcTimezone));
  };
  const of = (event) => event.getFirstPropertyValue('uid');
  const [exceptions, masters] = [true, false].map((is) => (
    calendar.getAllSubcomponents('vevent').filter((event) => event.hasProperty('recurrence-id') === is)));
  const found = [];
  const note = (event, start, end) => {
    const [begins, ends] = [at(start), at(end)];
    if (begins < TO.replace('.000', '') && (ends > FROM || begins >= FROM)) found.push(`${begins} ${event.summary ?? ''}`);
  };
  for (const master of masters) {
    const own = exceptions.filter((exception) => of(exception) === of(master));
    const event = new ICAL.Event(master, { strictExceptions: true, exceptions: own });
    if (!event.isRecurring()) {
      note(event, event.startDate, event.endDate);
      continue;
    }
    const times = event.iterator();
    for (let next = times.next(); next && at(next) < '2027-02-01'; next = times.next()) {
      const { item, startDate, endDate } = event.getOccurrenceDetails(next);
      note(item, startDate, endDate);
    }
  }
  return found.sort();
}

/** The same by FullCalendar's plugin, which gives local times: without their zones. */
async function byFullCalendar(url, headers) {
  const ours = globalThis.fetch;
  // What a page does whose requests carry its token.
  globalThis.fetch = (to, init) => ours(to, { ...init, headers });
  const [source] = icalendarPlugin.eventSourceDefs;
  const meta = source.parseMeta({ url, format: 'ics' });
  const range = { start: new Date(FROM), end: new Date(TO) };
  try {
    const { rawEvents } = await new Promise((resolve, reject) => { source.fetch({ eventSource: { meta }, range }, resolve, reject); });
    return rawEvents;
  } finally {
    globalThis.fetch = ours;
  }
}

async function all(server, who, headers) {
  const found = [];
  let next = `${server.url}/v1.0/me/calendarView?startDateTime=${FROM}&endDateTime=${TO}&$select=subject,start&$top=1000`;
  while (next) {
    const answer = await fetch(next, { headers });
    const page = await answer.json();
    if (!answer.ok) throw new Error(`${who}: ${JSON.stringify(page)}`);
    for (const { subject, start } of page.value) found.push(`${start.dateTime.slice(0, 19)}Z ${subject}`);
    next = page['@odata.nextLink'];
  }
  return found.sort();
}

const differing = (one, other) => ({
  lacks: other.filter((entry) => !one.includes(entry)).slice(0, 5), has: one.filter((entry) => !other.includes(entry)).slice(0, 5),
});

async function compare(server, who) {
  const headers = { Authorization: `Bearer ${await server.mint(who, SCOPE)}` };
  const view = await all(server, who, headers);
  const url = `${server.url}/v1.0/me/events.ics`;
  const feed = await fetch(url, { headers });
  const text = await feed.text();
  holds(`${who}: the feed is iCalendar text`, feed.headers.get('content-type') === 'text/calendar; charset=utf-8', feed.status);
  const again = await fetch(url, { headers: { ...headers, 'If-None-Match': feed.headers.get('etag') } });
  holds(`${who}: what has not changed is not sent again`, again.status === 304, again.status);
  const byIcal = read(text);
  holds(`${who}: ical.js finds what calendarView has (${view.length})`, isDeepStrictEqual(byIcal, view), differing(byIcal, view));
  const byPython = JSON.parse(execFileSync(python, ['-B', '-X', 'utf8', READ_PY, FROM, TO], { input: text, maxBuffer: 1 << 26 }));
  holds(`${who}: icalendar finds the same`, isDeepStrictEqual(byPython.sort(), view), differing(byPython, view));
  return byFullCalendar(url, headers);
}

await checks(WHOLE_RUN_MS, () => withServer(startDemo(binary), async (server) => {
  const shown = await compare(server, 'ann');
  const of = (title) => shown.filter((event) => event.title === title).map((event) => event.start);
  const meetings = of('Structures: weekly meeting');
  holds('FullCalendar: the meeting stays at half past nine over the change of clocks',
    ['2026-03-23T09:30:00', '2026-04-13T09:30:00', '2026-10-12T09:30:00', '2026-10-26T09:30:00'].every((start) => meetings.includes(start)), meetings);
  holds('FullCalendar: what was cancelled is not there, each of several',
    !['2026-04-06', '2026-05-04', '2026-08-31', '2026-12-28'].some((day) => meetings.includes(`${day}T09:30:00`)), meetings);
  holds('FullCalendar: what was moved is where it was moved to',
    isDeepStrictEqual(of('Structures: weekly meeting (Tuesday this once)'), ['2026-03-31T11:00:00']) && !meetings.includes('2026-03-30T09:30:00'), meetings);
  holds('FullCalendar: a birthday is a day', of('Birthday: Ngozi').includes('2026-01-17'), of('Birthday: Ngozi'));
  holds('FullCalendar: the last Fridays', of('Last Friday: the Sextant').filter((day) => day.startsWith('2026')).length === 12, of('Last Friday: the Sextant'));
  for (const who of ['bob', 'chloe', 'dmitri']) await compare(server, who);
  for (const name of (await readdir(FIXTURES)).filter((file) => file.endsWith('.ics'))) {
    const headers = { Authorization: `Bearer ${await server.mint(name, SCOPE)}`, 'Content-Type': 'text/calendar' };
    const body = await readFile(path.join(FIXTURES, name));
    const report = await (await fetch(`${server.url}/v1.0/me/events`, { method: 'POST', headers, body })).json();
    holds(`${name}: comes in whole`, report.created > 0 && report.rejected === 0, report);
    await compare(server, name);
  }
}));
