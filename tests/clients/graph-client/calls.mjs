// What an application does with Microsoft's client for Graph, and what it is told: one JSON line a call on stdout.
// In a process of its own: node reads NODE_EXTRA_CA_CERTS when it starts.

import { readFile } from 'node:fs/promises';

import graph from '@microsoft/microsoft-graph-client';

const TIMEOUT_MS = 10_000;
const { URL: address, GOOD, NARROW, ALTERED } = process.env;

/** A client of our server: another base URL, and leave to send it tokens (the client does so over https only). */
function client(token) {
  return graph.Client.initWithMiddleware({
    baseUrl: `${address}/`,
    customHosts: new Set([new URL(address).hostname]),
    authProvider: { getAccessToken: async () => token },
    fetchOptions: { signal: AbortSignal.timeout(TIMEOUT_MS) },
  });
}

async function tell(name, call) {
  const told = { name };
  try {
    told.body = await call();
  } catch (error) {
    const { statusCode, code, message, requestId, constructor } = error;
    told.error = { type: constructor.name, statusCode, code, message, requestId };
    told.challenge = error.headers?.get('www-authenticate') ?? '';
  }
  console.log(JSON.stringify(told));
}

/** The bytes of a stream of the web. */
const bytes = async (stream) => Buffer.from(await new Response(stream).arrayBuffer());
const PICTURE = await readFile(process.env.PICTURE);

/** A photo up and down at `path`. */
async function photo(path) {
  const put = await client(GOOD).api(`${path}/photo/$value`).header('Content-Type', 'image/png').put(PICTURE);
  const { width, height } = await client(GOOD).api(`${path}/photo`).get();
  const value = await bytes(await client(GOOD).api(`${path}/photo/$value`).getStream());
  return { put: put?.width ?? null, width, height, magic: value.subarray(0, 3).toString('hex'), bytes: value.length };
}

/** Five requests in one, made and read by the client's own classes. All wait for the first: the client knows no other tree. */
async function batch(write, read) {
  const request = (path, options) => new Request(`${address}/v1.0${path}`, options);
  const json = (method, body) => ({ method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  const content = new graph.BatchRequestContent([
    { id: '1', request: request(write.path, json(write.method, write.body)) },
    { id: '2', request: request('/me?$select=id'), dependsOn: ['1'] },
    { id: '3', request: request(read), dependsOn: ['1'] },
    { id: '4', request: request('/me/nothing'), dependsOn: ['1'] },
    { id: '5', request: request('/me/photo/$value'), dependsOn: ['1'] },
  ]);
  const answer = new graph.BatchResponseContent(await client(GOOD).api('/$batch').post(await content.getContent()));
  const told = {};
  for (const [id, response] of answer.getResponses()) {
    told[id] = { status: response.status, body: id === '5' ? (await response.text()).slice(0, 4) : await response.json() };
  }
  return told;
}

/** All of a round, and the link to the next. */
async function round(first) {
  const ids = [];
  for (let page = first; ; page = await client(GOOD).api(page['@odata.nextLink']).get()) {
    ids.push(...page.value.map((item) => [item.id, '@removed' in item]));
    if (!page['@odata.nextLink']) return { ids, link: page['@odata.deltaLink'] };
  }
}

await tell('get', () => client(GOOD).api('/me').select('id,displayName,city').get());
await tell('patch', () => client(GOOD).api('/me').patch({ '@odata.type': '#microsoft.graph.user', city: 'Lisbon' }));
await tell('get again', () => client(GOOD).api('/me').select(['city']).get());
await tell('altered', () => client(ALTERED).api('/me').get());
await tell('narrow', () => client(NARROW).api('/me').patch({ city: 'Porto' }));
await tell('nothing', () => client(GOOD).api('/me/nothing').get());
await tell('photo', () => photo('/me'));
await tell('batch', () => batch({ path: '/me', method: 'PATCH', body: { city: 'Évora' } }, '/me?$select=city'));
await tell('conflict', () => client(GOOD).api('/me').header('If-Match', 'W/"1-0"').patch({ city: 'Porto' }));
await tell('back', () => client(GOOD).api('/me').patch({ city: 'Lisbon' }));

const contacts = '/me/contacts';
const made = [];
await tell('make', async () => {
  for (let number = 0; number < 25; number += 1) {
    const name = `Given${String(number).padStart(2, '0')}`;
    made.push(await client(GOOD).api(contacts).post({ '@odata.type': '#microsoft.graph.contact', givenName: name, surname: 'Çelik' }));
  }
  return new Set(made.map(({ id }) => id)).size;
});
const one = `${contacts}/${made[0]?.id}`;
await tell('list', async () => {
  const page = await client(GOOD).api(contacts).filter("startsWith(givenName,'Given') and surname eq 'çelik'").orderby('givenName desc')
    .top(10).select('givenName').get();
  const seen = [];
  await new graph.PageIterator(client(GOOD), page, (item) => { seen.push(item.givenName); return true; }).iterate();
  return { first: page.value[0], page: page.value.length, seen };
});
await tell('change', () => client(GOOD).api(one).header('If-Match', made[0]['@odata.etag']).patch({ jobTitle: 'Diver' }));
await tell('change again', () => client(GOOD).api(one).header('If-Match', made[0]['@odata.etag']).patch({ jobTitle: 'Cook' }));
await tell('batch of contacts', () => batch({ path: one, method: 'PATCH', body: { nickName: 'Pip' } }, one));
await tell('delete', () => client(GOOD).api(`${contacts}/${made[1]?.id}`).delete());
await tell('deleted', () => client(GOOD).api(`${contacts}/${made[1]?.id}`).get());
await tell("contact's photo", () => photo(one));
await tell('delta', async () => {
  const first = await round(await client(GOOD).api(`${contacts}/delta`).header('Prefer', 'odata.maxpagesize=10').get());
  await client(GOOD).api(one).patch({ jobTitle: 'Baker' });
  await client(GOOD).api(`${contacts}/${made[2].id}`).delete();
  const second = await round(await client(GOOD).api(first.link).get());
  const expected = { [made[0].id]: false, [made[2].id]: true };
  return { first: first.ids.length, second: Object.fromEntries(second.ids), expected };
});
for (const { id } of made) await client(GOOD).api(`${contacts}/${id}`).delete().catch(() => {});

const events = '/me/events';
const ZONE = 'Europe/Berlin';
const at = (day, hour, timeZone = 'UTC') => ({ dateTime: `2026-03-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00`, timeZone });
const days = [];
await tell('make events', async () => {
  for (let day = 1; day <= 25; day += 1) {
    days.push(await client(GOOD).api(events).post({
      '@odata.type': '#microsoft.graph.event', subject: `Day ${String(day).padStart(2, '0')}`, start: at(day, 9), end: at(day, 10),
      importance: day % 2 ? 'high' : 'normal', body: { contentType: 'html', content: '<p>Agenda</p>' },
    }));
  }
  return new Set(days.map(({ id }) => id)).size;
});
const event = `${events}/${days[0]?.id}`;
await tell('list events', async () => {
  const page = await client(GOOD).api(events).filter("startsWith(subject,'Day') and importance eq 'high'").orderby('start/dateTime desc')
    .top(5).select('subject').get();
  const seen = [];
  await new graph.PageIterator(client(GOOD), page, (item) => { seen.push(item.subject); return true; }).iterate();
  return { first: page.value[0], page: page.value.length, seen };
});
await tell('in a zone', () => client(GOOD).api(event).header('Prefer', `outlook.timezone="${ZONE}", outlook.body-content-type="text"`).get());
await tell('change an event', () => client(GOOD).api(event).header('If-Match', days[0]['@odata.etag']).patch({ subject: 'Moved' }));
await tell('change it again', () => client(GOOD).api(event).header('If-Match', days[0]['@odata.etag']).patch({ subject: 'Late' }));
await tell('batch of events', () => batch({ path: event, method: 'PATCH', body: { subject: 'In a batch' } }, event));
await tell('delete an event', () => client(GOOD).api(`${events}/${days[1]?.id}`).delete());
await tell('deleted event', () => client(GOOD).api(`${events}/${days[1]?.id}`).get());
let series;
await tell('series', async () => {
  // Over the change to summer time, which is on the 29th.
  const pattern = { type: 'weekly', interval: 1, daysOfWeek: ['monday', 'wednesday'], firstDayOfWeek: 'monday' };
  const range = { type: 'numbered', startDate: '2026-03-16', numberOfOccurrences: 6, recurrenceTimeZone: ZONE };
  series = await client(GOOD).api(events).post({ subject: 'Team', start: at(16, 10, ZONE), end: at(16, 11, ZONE), recurrence: { pattern, range } });
  return series;
});
await tell('delta of events', async () => {
  const first = await round(await client(GOOD).api(`${events}/delta`).header('Prefer', 'odata.maxpagesize=10').get());
  await client(GOOD).api(`${events}/${series.id}`).patch({ subject: 'Team, changed' });
  await client(GOOD).api(`${events}/${days[2].id}`).delete();
  const second = await round(await client(GOOD).api(first.link).get());
  const third = await round(await client(GOOD).api(second.link).get());
  const expected = { [series.id]: false, [days[2].id]: true };
  return { first: first.ids.length, second: Object.fromEntries(second.ids), expected, third: third.ids.length };
});
await tell('view', async () => {
  const window = { startDateTime: '2026-03-16T00:00:00Z', endDateTime: '2026-04-02T00:00:00Z' };
  const all = async (path, top) => {
    const page = await client(GOOD).api(path).query(window).top(top).get();
    const seen = [];
    await new graph.PageIterator(client(GOOD), page, (item) => { seen.push(item); return true; }).iterate();
    return { page: page.value.length, seen };
  };
  const { page, seen } = await all('/me/calendarView', 5);
  const team = seen.filter(({ seriesMasterId }) => seriesMasterId === series.id);
  const instances = await all(`${events}/${series.id}/instances`, 4);
  const one = await client(GOOD).api(`${events}/${team[4]?.id}`).get();
  const first = await round(await client(GOOD).api('/me/calendarView/delta').query(window).header('Prefer', 'odata.maxpagesize=10').get());
  const added = await client(GOOD).api(events).post({ subject: 'New', start: at(17, 9), end: at(17, 10) });
  await client(GOOD).api(`${events}/${days[20].id}`).delete();
  const second = await round(await client(GOOD).api(first.link).get());
  await client(GOOD).api(`${events}/${added.id}`).delete();
  const expected = { [added.id]: false, [days[20].id]: true };
  const ids = (items) => items.map(({ id }) => id);
  return {
    page, starts: seen.map(({ start }) => start.dateTime.slice(0, 16)), team: team.map(({ start }) => start.dateTime.slice(5, 13)),
    types: [...new Set(team.map(({ type }) => type))], same: String(ids(instances.seen)) === String(ids(team)), one,
    delta: { first: first.ids.length, second: Object.fromEntries(second.ids), expected },
  };
});
for (const { id } of [...days, series].filter(Boolean)) await client(GOOD).api(`${events}/${id}`).delete().catch(() => {});
