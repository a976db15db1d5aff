// The client's side of OAuth: client credentials, and the code flow with PKCE (RFC 7636) by a browser that is only a cookie jar.

import { createHash, randomBytes } from 'node:crypto';

const TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 12;

const ask = (url, options = {}) => fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS), ...options });

async function tokenRequest(issuer, form, headers = {}) {
  const answer = await ask(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form), headers });
  const body = await answer.json();
  if (answer.status !== 200) throw new Error(`token endpoint: ${answer.status} ${JSON.stringify(body)}`);
  return body.access_token;
}

/** RFC 6749 section 4.4: a token without a person. */
export function clientCredentials(issuer, client, { resource, scope }) {
  const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
  return tokenRequest(issuer, { grant_type: 'client_credentials', resource, scope }, { authorization: `Basic ${basic}` });
}

/** Follows redirects as a browser would until one leaves for `stopAt`; that address is the result. */
async function browse(start, stopAt) {
  const jar = new Map();
  let url = start;
  for (let hop = 0; hop < MAX_REDIRECTS; hop += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await ask(url, { headers: cookie ? { cookie } : {} });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = answer.headers.get('location');
    if (!location) throw new Error(`no redirect from ${url}: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
    url = new URL(location, url).href;
    if (url.startsWith(stopAt)) return new URL(url);
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`);
}

/** RFC 6749 section 4.1 with PKCE and a resource indicator: a token of the person `who`. */
export async function codeFlow(issuer, client, { resource, scope, who }) {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const [redirectUri] = client.redirect_uris;
  const request = new URL(`${issuer}/auth`);
  request.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: `openid ${scope}`,
    resource,
    state,
    login_hint: who,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const back = await browse(request.href, redirectUri);
  if (back.searchParams.get('state') !== state) throw new Error('the state that came back is not the one sent');
  const code = back.searchParams.get('code');
  if (!code) throw new Error(`no code: ${back.search}`);
  return tokenRequest(issuer, {
    grant_type: 'authorization_code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
    resource,
  });
}
