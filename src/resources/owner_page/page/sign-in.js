// Signing in at the authorization server: authorization code (RFC 6749) with PKCE (RFC 7636, S256) and `state`, its endpoints by its
// own metadata (RFC 8414, OpenID Connect Discovery). What waits in sessionStorage meanwhile is the verifier and the state, good
// once and for this page alone; the token is never there.

const KEPT = 'sharehold-sign-in';
const SCOPE = 'Privacy.ReadWrite User.ReadBasic';
const TIMEOUT_MS = 20_000;

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const sha256 = async (text) => new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

const ask = (url, options = {}) => fetch(url, {
  credentials: 'omit', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), ...options,
});

/** Where the metadata of this issuer may be: RFC 8414 §3.1, then OpenID Connect Discovery §4. */
function places(issuer) {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [`${origin}/.well-known/oauth-authorization-server${path}`, `${origin}${path}/.well-known/openid-configuration`];
}

async function discover(issuer) {
  let why = '';
  for (const place of places(issuer)) {
    try {
      const answer = await ask(place);
      if (answer.ok) return checked(await answer.json(), issuer);
      why ||= `${place} answered ${answer.status}`;
    } catch (fault) {
      if (fault instanceof SignInFault) throw fault;
      // The browser does not say which of the two it was.
      why = `${place} cannot be read: it is not reached, or it does not let pages of ${location.origin} ask (CORS)`;
    }
  }
  throw new SignInFault(`Signing in is not possible at the moment: ${why}.`);
}

export class SignInFault extends Error {}

/** The metadata, if it is this issuer's (RFC 8414 §3.3) and the page can use it. */
function checked(metadata, issuer) {
  const { authorization_endpoint: authorization, token_endpoint: token, code_challenge_methods_supported: methods } = metadata;
  const need = (truth, what) => {
    if (!truth) throw new SignInFault(`The metadata of ${issuer} ${what}. Its operator can mend that.`);
  };
  need(metadata.issuer === issuer, `says that it is another's: ${metadata.issuer}`);
  need(authorization && token, 'names no endpoint for authorization or for tokens');
  need(secure(authorization), 'names an endpoint for authorization that is not https');
  need(new URL(token).origin === new URL(issuer).origin, `names an endpoint for tokens of another origin, ${token}, which this page does not ask`);
  need(!methods || methods.includes('S256'), 'does not list the code challenge method S256');
  return metadata;
}

const secure = (url) => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(hostname));
};

/** Sends the person away to sign in; they come back to this page. `anew`: even if the authorization server still knows them. */
export async function signIn(settings, anew) {
  if (new URL(settings.page).origin !== location.origin) return location.assign(settings.page);
  if (!crypto.subtle) throw new SignInFault('This page must be reached by https to sign in.');
  const metadata = await discover(settings.issuer);
  const [verifier, state] = [random(), random()];
  sessionStorage.setItem(KEPT, JSON.stringify({ verifier, state }));
  const url = new URL(metadata.authorization_endpoint);
  const parameters = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.page,
    scope: SCOPE,
    resource: settings.resource,
    state,
    code_challenge: base64url(await sha256(verifier)),
    code_challenge_method: 'S256',
    ...(anew && { prompt: 'login' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url.href);
}

/** The access token, if `answered`, the parameters of the address, are what the authorization server sent back; else null. */
export async function comeBack(settings, answered) {
  const sent = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null');
  sessionStorage.removeItem(KEPT);
  if (!answered.has('state') || !(answered.has('code') || answered.has('error'))) return null;
  const need = (truth, what) => {
    if (!truth) throw new SignInFault(what);
  };
  need(sent && answered.get('state') === sent.state, 'That was not the answer to a sign-in begun here. Sign in again.');
  const metadata = await discover(settings.issuer);
  // RFC 9207: whose answer it is.
  const iss = answered.get('iss') ?? (metadata.authorization_response_iss_parameter_supported ? '' : settings.issuer);
  need(iss === settings.issuer, 'The answer to the sign-in came from another server. Sign in again.');
  need(!answered.has('error'), `The sign-in was refused: ${answered.get('error_description') ?? answered.get('error')}`);
  return redeem(settings, metadata.token_endpoint, answered.get('code'), sent.verifier);
}

async function redeem(settings, endpoint, code, verifier) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: settings.clientId,
    redirect_uri: settings.page,
    code,
    code_verifier: verifier,
    resource: settings.resource,
  });
  const answer = await ask(endpoint, { method: 'POST', body }).catch(() => {
    throw new SignInFault(`${endpoint} cannot be reached, or does not let pages of ${location.origin} ask (CORS).`);
  });
  const { access_token: token, token_type: type, error, error_description: why } = await answer.json().catch(() => ({}));
  if (!answer.ok || !token || type?.toLowerCase() !== 'bearer') {
    throw new SignInFault(`The sign-in was refused: ${why ?? error ?? `the authorization server answered ${answer.status}`}`);
  }
  return token;
}
