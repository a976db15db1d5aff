// The authorization server of these checks: npm oidc-provider, which shares no code with Sharehold.
// Resource indicators (RFC 8707) give JWT access tokens (RFC 9068), signed RS256 and encrypted to the key that the resource server publishes.

import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const CLIENTS = [
  {
    client_id: 'batch',
    client_secret: randomBytes(24).toString('base64url'),
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  },
  {
    client_id: 'site',
    application_type: 'native',
    grant_types: ['authorization_code'],
    redirect_uris: ['http://127.0.0.1/callback'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  },
];

export const SCOPES = 'User.Read User.ReadWrite Contacts.Read';

/** A new RS256 signing key; the kid is part of what the rotation is recognised by. */
function signingKey(kid) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
}

/** The encryption key of a resource server, as its JWK set publishes it. */
async function encryptionKey(jwksUri) {
  const answer = await fetch(jwksUri, { signal: AbortSignal.timeout(5000) });
  if (answer.status !== 200) throw new Error(`${jwksUri} answered ${answer.status}`);
  const { keys } = await answer.json();
  const jwk = keys.find((key) => key.kty === 'RSA' && key.use === 'enc');
  if (!jwk) throw new Error(`${jwksUri} publishes no RSA key with "use": "enc"`);
  return { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: jwk.kid, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

/** Signs the person in whom `login_hint` names, and lets the client have what it asks for. */
async function interact(provider, request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: params.login_hint } });
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope = [], missingResourceScopes = {} } = prompt.details;
  if (missingOIDCScope.length > 0) grant.addOIDCScope(missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

function settings(keys, encrypt) {
  return {
    jwks: { keys },
    clients: CLIENTS,
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, ClientCredentials: 600, IdToken: 600, Grant: 600, Interaction: 600, Session: 600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        // Whatever resource is asked for, the token is encrypted to the same key: only its audience differs.
        getResourceServerInfo: (_, resource) => ({
          scope: SCOPES,
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' }, encrypt },
        }),
      },
    },
  };
}

/**
 * Starts the authorization server on a port of loopback.
 *
 * `rotate(kid)` does what an operator's rotation does: a new first key that signs from now on, the old ones published beside it.
 */
export async function startProvider({ port, resourceJwksUri }) {
  const issuer = `http://127.0.0.1:${port}`;
  const encrypt = await encryptionKey(resourceJwksUri);
  let keys = [signingKey('first')];
  let provider = new Provider(issuer, settings(keys, encrypt));
  let jwksReads = 0;

  const server = createServer((request, response) => {
    if (request.url === '/jwks') jwksReads += 1;
    if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response);
    return interact(provider, request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });

  return {
    issuer,
    jwksReads: () => jwksReads,
    client: (id) => CLIENTS.find((client) => client.client_id === id),
    rotate(kid) {
      keys = [signingKey(kid), ...keys];
      provider = new Provider(issuer, settings(keys, encrypt));
    },
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
