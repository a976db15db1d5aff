// node run.mjs PATH_TO_SHAREHOLD
// Access tokens of a real, independent authorization server against a running Sharehold: what must open, and what must not.
// Ends by itself; exit status 1 if anything did not hold.

import { clientCredentials, codeFlow } from './client.mjs';
import { startProvider } from './provider.mjs';
import { anyFailed, checks, holds } from '../support/checks.mjs';
import { freePort } from '../support/sharehold.mjs';
import { startSharehold } from './sharehold.mjs';

const TIMEOUT_MS = 10_000;
// A key set is fetched again for an unknown kid once in 30 s at most: within that and a little more, a new key must be known.
const KEY_KNOWN_MS = 45_000;
const WHOLE_RUN_MS = 180_000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** GET with a token; the body as JSON where it is JSON. */
async function get(url, token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await answer.text();
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not JSON: `text` is what there is to see.
  }
  return { status: answer.status, headers: answer.headers, challenge: answer.headers.get('www-authenticate') ?? '', body, text };
}

const seen = (answer) => `${answer.status} ${answer.challenge} ${answer.text.slice(0, 300)}`;

/** Asks until `enough`, once a second, `limit` at most; the last answer and how long it took. */
async function until(limit, request, enough) {
  const start = Date.now();
  for (;;) {
    const answer = await request();
    const took = Date.now() - start;
    if (enough(answer) || took > limit) return { answer, took };
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

/** Another letter at `at`, of the same alphabet. */
const altered = (token, at) => token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);

async function discovery(server, issuer) {
  const answer = await get(server.me);
  holds('no token: 401 without an error code', answer.status === 401 && !answer.challenge.includes('error='), seen(answer));
  const link = /resource_metadata="([^"]+)"/.exec(answer.challenge)?.[1];
  holds('the challenge says where the metadata is', link?.startsWith(server.url), answer.challenge);
  const metadata = await get(link ?? `${server.url}/.well-known/oauth-protected-resource`);
  holds('the metadata names this resource and its authorization server',
    metadata.body?.resource === server.url && metadata.body?.authorization_servers?.includes(issuer), seen(metadata));
}

async function withoutPerson(server, provider) {
  const ask = { resource: server.url, scope: 'User.Read' };
  const token = await clientCredentials(provider.issuer, provider.client('batch'), ask);
  holds('the token is a JWE in five parts', token.split('.').length === 5, token.split('.').length);
  const header = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'));
  holds('encrypted RSA-OAEP-256 and A256GCM, iss and aud repeated outside',
    header.alg === 'RSA-OAEP-256' && header.enc === 'A256GCM' && header.iss === provider.issuer && header.aud === server.url,
    JSON.stringify(header));
  const { answer, took } = await until(KEY_KNOWN_MS, () => get(server.me, token), ({ status }) => status !== 401 && status !== 503);
  holds(`client credentials: opens, 403 since there is no person (${took} ms after the authorization server came up)`,
    answer.status === 403, seen(answer));
  const readiness = await until(KEY_KNOWN_MS, () => get(`${server.admin}/readyz`), ({ status }) => status === 200);
  holds('ready once the key set is there', readiness.answer.status === 200, seen(readiness.answer));
}

async function withPerson(server, provider) {
  const site = provider.client('site');
  const flow = (who, scope, resource = server.url) => codeFlow(provider.issuer, site, { resource, scope, who });

  const token = await flow('ann', 'User.Read');
  const mine = await get(server.me, token);
  holds('code flow with PKCE: 200', mine.status === 200, seen(mine));
  holds('the person has an id', UUID.test(mine.body?.id), seen(mine));
  const etag = mine.headers.get('etag');
  holds('the person has an ETag, the same in header and body', /^W\/".+"$/.test(etag) && mine.body?.['@odata.etag'] === etag, `${etag} ${seen(mine)}`);

  const again = await get(server.me, await flow('ann', 'User.Read'));
  holds('another token of the same person: the same id', again.status === 200 && again.body?.id === mine.body?.id, seen(again));
  const other = await get(server.me, await flow('bob', 'User.Read'));
  holds('a token of another person: another id', other.status === 200 && UUID.test(other.body?.id) && other.body?.id !== mine.body?.id, seen(other));

  for (const [part, at] of Object.entries(middles(token))) {
    const answer = await get(server.me, altered(token, at));
    holds(`one letter changed in the ${part}: 401 invalid_token`,
      answer.status === 401 && answer.challenge.includes('error="invalid_token"'), seen(answer));
  }

  const elsewhere = await get(server.me, await flow('ann', 'User.Read', 'http://127.0.0.1:1/another-resource'));
  holds('a token for another resource: 401', elsewhere.status === 401, seen(elsewhere));
  const narrow = await get(server.me, await flow('ann', 'Contacts.Read'));
  holds('a token without the scope: 403 naming one that would do',
    narrow.status === 403 && /error="insufficient_scope"/.test(narrow.challenge) && /scope="[^"]*User\.Read/.test(narrow.challenge), seen(narrow));
  return { token, id: mine.body?.id };
}

/** A place well inside each part of a compact JWE, where every letter carries six whole bits. */
function middles(token) {
  const names = ['header', 'wrapped key', 'initialization vector', 'ciphertext', 'tag'];
  let start = 0;
  return Object.fromEntries(token.split('.').map((part, index) => {
    const at = start + Math.floor(part.length / 2);
    start += part.length + 1;
    return [names[index], at];
  }));
}

async function rotation(server, provider, before) {
  const readsBefore = provider.jwksReads();
  provider.rotate('second');
  const token = await codeFlow(provider.issuer, provider.client('site'), { resource: server.url, scope: 'User.Read', who: 'ann' });
  const { answer, took } = await until(KEY_KNOWN_MS, () => get(server.me, token), ({ status }) => status === 200);
  const reads = provider.jwksReads() - readsBefore;
  holds(`a new signing key: known after ${took} ms and ${reads} reads of the key set`, answer.status === 200 && answer.body?.id === before.id, seen(answer));
  holds('no more reads of the key set than the cool-down allows', reads >= 1 && reads <= 1 + Math.ceil(took / 30_000), reads);
  const old = await get(server.me, before.token);
  holds('a token of the old key, still published: 200', old.status === 200, seen(old));
}

async function main(binary) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const started = await startSharehold({ binary, issuer });
  const server = { ...started, me: `${started.url}/v1.0/me` };
  let provider;
  try {
    holds('ready names the address of the configuration', server.address === server.url, server.address);
    const early = await get(`${server.admin}/readyz`);
    holds('serves its keys, but is not ready, while the authorization server is down', early.status === 503, seen(early));
    provider = await startProvider({ port, resourceJwksUri: `${server.url}/.well-known/jwks.json` });
    await discovery(server, issuer);
    await withoutPerson(server, provider);
    await rotation(server, provider, await withPerson(server, provider));
  } finally {
    await provider?.stop();
    const status = await server.stop();
    holds('SIGTERM: ends with status 0', status === 0, status);
    if (anyFailed()) console.log(`--- what the server printed\n${server.log()}---`);
  }
}

const [, , binary] = process.argv;
if (!binary) {
  console.error('usage: node run.mjs PATH_TO_SHAREHOLD');
  process.exit(2);
}
await checks(WHOLE_RUN_MS, () => main(binary));
