// Gets an access token for a person: authorization code with PKCE (RFC 7636, RFC 8252). The token alone goes to stdout.
//   node sign-in.mjs            prints an address: open it in a browser and sign in
//   node sign-in.mjs --as ann   without a browser: sends the provider's two development forms itself

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const ISSUER = 'http://127.0.0.1:3000';
const RESOURCE = 'http://127.0.0.1:8700';
const SCOPE = process.env.SCOPE ?? 'User.ReadWrite';
const who = process.argv[2] === '--as' ? process.argv[3] : null;
if (process.argv.length > 2 && !who) {
  console.error('usage: node sign-in.mjs [--as NAME]');
  process.exit(2);
}

const verifier = randomBytes(32).toString('base64url');
const state = randomBytes(16).toString('base64url');

/** The person's browser comes back to this machine, on a port that is free. */
const listener = createServer();
await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
const redirectUri = `http://127.0.0.1:${listener.address().port}/callback`;
const back = new Promise((resolve) => {
  listener.on('request', (request, response) => {
    const url = new URL(request.url, redirectUri);
    response.end('You may close this window.');
    if (url.pathname === '/callback') resolve(url.searchParams);
  });
});

const address = new URL(`${ISSUER}/auth`);
address.search = new URLSearchParams({
  response_type: 'code',
  client_id: 'my-site',
  redirect_uri: redirectUri,
  scope: `openid ${SCOPE}`,
  resource: RESOURCE,
  state,
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
});

/** What a browser and a person do: follow redirects, keep cookies, fill the sign-in form, agree. */
async function signInAs(name) {
  const jar = new Map();
  let [url, body] = [address.href, null];
  for (let step = 0; step < 12 && !url.startsWith(redirectUri); step += 1) {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(url, { method: body ? 'POST' : 'GET', body, headers: { cookie }, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) jar.set(...line.split(';')[0].split(/=(.*)/s, 2));
    const location = answer.headers.get('location');
    const form = location ? null : /name="prompt" value="(login|consent)"/.exec(await answer.text());
    if (!location && !form) throw new Error(`${url} answered ${answer.status}`);
    body = form ? new URLSearchParams({ prompt: form[1], login: name, password: 'any' }) : null;
    url = new URL(location ?? url, url).href;
  }
  await fetch(url);
}

if (who) await signInAs(who);
else console.error(`Open this in a browser and sign in with any name and password:\n\n${address}\n`);
const answered = await back;
listener.close();
listener.closeAllConnections();
if (answered.get('state') !== state) throw new Error('the state that came back is not the one sent');
if (!answered.get('code')) throw new Error(`${answered.get('error')}: ${answered.get('error_description')}`);

const answer = await fetch(`${ISSUER}/token`, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: 'my-site',
    redirect_uri: redirectUri,
    code: answered.get('code'),
    code_verifier: verifier,
    resource: RESOURCE,
  }),
});
const { access_token: token, ...rest } = await answer.json();
if (!token) throw new Error(`token endpoint: ${answer.status} ${JSON.stringify(rest)}`);
console.log(token);
