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

/** Five requests in one, made and read by the client's own classes; the third waits for the second. */
async function batch(write, read) {
  const request = (path, options) => new Request(`${address}/v1.0${path}`, options);
  const json = (method, body) => ({ method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  const content = new graph.BatchRequestContent([
    { id: '1', request: request('/me?$select=id,city') },
    { id: '2', request: request(write.path, json(write.method, write.body)) },
    { id: '3', request: request(read), dependsOn: ['2'] },
    { id: '4', request: request('/me/nothing') },
    { id: '5', request: request('/me/photo/$value') },
  ]);
  const answer = new graph.BatchResponseContent(await client(GOOD).api('/$batch').post(await content.getContent()));
  const told = {};
  for (const [id, response] of answer.getResponses()) {
    told[id] = { status: response.status, body: id === '5' ? (await response.text()).slice(0, 4) : await response.json() };
  }
  return told;
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
