// An authorization server to try Sharehold with: npm oidc-provider on loopback. Anybody signs in with any name and any password.

import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Provider, { errors } from 'oidc-provider';

const ISSUER = 'http://127.0.0.1:3000';
const RESOURCE = 'http://127.0.0.1:8700'; // Sharehold's public_url
const SCOPES = 'User.ReadBasic User.Email.Read User.Read User.ReadWrite';

/** The key that signs, kept in a file: a new one at each start would not be known to Sharehold for up to 30 s. */
function signingKey(file) {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: randomBytes(8).toString('hex') };
    writeFileSync(file, JSON.stringify(jwk), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file));
}

/** The key to encrypt to: the first that Sharehold publishes, read for each token, so that its rotation is followed. */
async function encryptionKey() {
  const answer = await fetch(`${RESOURCE}/.well-known/jwks.json`, { signal: AbortSignal.timeout(5000) });
  const { keys: [jwk] } = await answer.json();
  return { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: jwk.kid, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

const provider = new Provider(ISSUER, {
  jwks: { keys: [signingKey('signing.jwk.json')] },
  cookies: { keys: [randomBytes(24).toString('base64url')] },
  clients: [{
    client_id: 'my-site',
    application_type: 'native', // loopback redirects, on any port
    redirect_uris: ['http://127.0.0.1/callback', 'http://127.0.0.1/'],
    token_endpoint_auth_method: 'none', // a public client: PKCE, no secret
  }],
  pkce: { required: () => true },
  clientBasedCORS: () => true, // a page may redeem its code; the API's own [cors] is another matter
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  // Becomes `mail` in the profile. A real server says so only of addresses that it has seen to be the person's.
  extraTokenClaims: (_, token) => ({ email: `${token.accountId}@example.org`, email_verified: true }),
  ttl: { AccessToken: 3600, Grant: 3600, IdToken: 3600, Interaction: 600, Session: 3600 },
  features: {
    devInteractions: { enabled: true }, // the forms where anybody signs in: never beyond your own machine
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: async (_, resource) => {
        if (resource !== RESOURCE) throw new errors.InvalidTarget();
        const jwt = { sign: { alg: 'RS256' }, encrypt: await encryptionKey() };
        return { scope: SCOPES, audience: RESOURCE, accessTokenTTL: 3600, accessTokenFormat: 'jwt', jwt };
      },
    },
  },
});

provider.listen(Number(new URL(ISSUER).port), '127.0.0.1', () => console.log(`authorization server ${ISSUER}`));
