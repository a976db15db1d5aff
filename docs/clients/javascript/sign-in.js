// Authorization code with PKCE (RFC 7636) for a page. The token stays in memory: what is in localStorage, every script can read.

const ISSUER = 'http://127.0.0.1:3000';
const RESOURCE = 'http://127.0.0.1:8700'; // Sharehold's public_url
const CLIENT = 'my-site';
const SCOPE = 'openid User.ReadWrite';
const REDIRECT = new URL('./', location.href).href; // registered with the authorization server

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** Sends the person away to sign in; they come back to this page. */
export async function signIn() {
  const [verifier, state] = [random(), random()];
  sessionStorage.setItem('sign-in', JSON.stringify({ verifier, state }));
  const challenge = base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  location.assign(`${ISSUER}/auth?${new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT,
    redirect_uri: REDIRECT,
    scope: SCOPE,
    resource: RESOURCE,
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })}`);
}

/** The access token, if the person has just come back; else null. */
export async function comeBack() {
  const answered = new URLSearchParams(location.search);
  const sent = JSON.parse(sessionStorage.getItem('sign-in') ?? 'null');
  sessionStorage.removeItem('sign-in');
  history.replaceState(null, '', REDIRECT); // the code is good once; it need not stay in the address
  if (!answered.has('state')) return null;
  if (answered.get('state') !== sent?.state) throw new Error('the state that came back is not the one sent');
  if (answered.has('error')) throw new Error(answered.get('error_description') ?? answered.get('error'));
  const answer = await fetch(`${ISSUER}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT,
      redirect_uri: REDIRECT,
      code: answered.get('code'),
      code_verifier: sent.verifier,
      resource: RESOURCE,
    }),
  });
  const { access_token: token, error_description: why } = await answer.json();
  if (!token) throw new Error(why);
  return token;
}
