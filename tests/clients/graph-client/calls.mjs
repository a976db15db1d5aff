// What an application does with Microsoft's client for Graph, and what it is told: one JSON line a call on stdout.
// In a process of its own: node reads NODE_EXTRA_CA_CERTS when it starts.

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

await tell('get', () => client(GOOD).api('/me').select('id,displayName,city').get());
await tell('patch', () => client(GOOD).api('/me').patch({ '@odata.type': '#microsoft.graph.user', city: 'Lisbon' }));
await tell('get again', () => client(GOOD).api('/me').select(['city']).get());
await tell('altered', () => client(ALTERED).api('/me').get());
await tell('narrow', () => client(NARROW).api('/me').patch({ city: 'Porto' }));
await tell('nothing', () => client(GOOD).api('/me/nothing').get());
