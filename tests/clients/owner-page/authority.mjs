// As much of an authorization server as a page that signs people in needs, and can be told to misbehave: metadata (RFC 8414, or OpenID
// Connect Discovery), authorization code with PKCE (RFC 7636) of one public client, `iss` in the answer (RFC 9207). Everyone is Ann.

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

const CLIENT = 'sharehold-owner';

/** `serves` tells it for which server, with its `mint`; `behaves` is what it does wrong, if anything. */
export async function startAuthority(port) {
  const issuer = `http://127.0.0.1:${port}`;
  const authority = { issuer, client: CLIENT, asked: [], redeemed: 0, behaves: {}, serves: null };
  const codes = new Map();

  const metadata = () => ({
    issuer: authority.behaves.issuer ?? issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: authority.behaves.tokenEndpoint ?? `${issuer}/token`,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  });

  function authorize(parameters, answer) {
    authority.asked.push(parameters);
    const [redirect, code] = [parameters.get('redirect_uri'), randomBytes(16).toString('hex')];
    if (parameters.get('client_id') !== CLIENT || redirect !== `${authority.serves.url}/me`) return answer.writeHead(400).end();
    codes.set(code, parameters);
    const { answers = {} } = authority.behaves;
    const back = new URL(redirect);
    const all = { code, state: parameters.get('state'), iss: issuer, ...answers };
    for (const [name, value] of Object.entries(all)) if (value !== null) back.searchParams.set(name, value);
    return answer.writeHead(302, { location: back.href }).end();
  }

  async function redeem(form, answer) {
    authority.redeemed += 1;
    const sent = codes.get(form.get('code'));
    codes.delete(form.get('code'));
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
    const same = ['client_id', 'redirect_uri', 'resource'].every((name) => sent?.get(name) === form.get(name));
    if (!same || form.get('grant_type') !== 'authorization_code' || sent.get('code_challenge') !== challenge) {
      return answer.writeHead(400).end(JSON.stringify({ error: 'invalid_grant', error_description: 'that code is not yours' }));
    }
    const signedIn = Math.floor(Date.now() / 1000);
    const token = await authority.serves.mint('ann', sent.get('scope'), CLIENT, '--claim', `auth_time=${signedIn}`);
    return answer.writeHead(200).end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: 600 }));
  }

  const server = createServer(async (request, answer) => {
    const { pathname, searchParams } = new URL(request.url, issuer);
    // Which pages may ask: the one that it knows. A form's POST and a plain GET need no preflight.
    answer.setHeader('access-control-allow-origin', authority.serves?.url ?? 'null');
    answer.setHeader('content-type', 'application/json');
    const place = authority.behaves.place ?? '/.well-known/oauth-authorization-server';
    if (pathname === place) return answer.end(JSON.stringify(metadata()));
    if (pathname === '/authorize') return authorize(searchParams, answer);
    if (pathname !== '/token' || request.method !== 'POST') return answer.writeHead(404).end();
    let body = '';
    for await (const part of request) body += part;
    return redeem(new URLSearchParams(body), answer);
  });
  await new Promise((resolve, reject) => { server.once('error', reject).listen(port, '127.0.0.1', resolve); });
  authority.stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => { server.close(resolve); });
  };
  return authority;
}
