// A person's profile by REST, and what a client does with each answer. For browsers and for Node 20.

const TRIES = 4;
const TIMEOUT_MS = 20_000;

/** The server said no, and trying again will not help. Its message says what to mend. */
export class Refused extends Error {
  constructor(answer, body) {
    super(`${answer.status}: ${body?.error?.message ?? answer.statusText} (request-id ${answer.headers.get('request-id')})`);
    this.status = answer.status;
    this.challenge = answer.headers.get('www-authenticate') ?? ''; // 403: names the scope that would do
  }
}

export class Sharehold {
  /** `getToken(fresh)` gives an access token: the one at hand, or a new one (refresh token, or sign in again) if `fresh`. */
  constructor(base, getToken) {
    this.base = base;
    this.getToken = getToken;
  }

  /** One call. 401: once more with a new token. 429, 503: waits as long as it is told to. */
  async request(method, path, { body, headers = {} } = {}) {
    let answer;
    let fresh = false;
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const token = await this.getToken(fresh);
      answer = await fetch(this.base + path, {
        method,
        body: body && JSON.stringify(body),
        headers: { ...headers, ...(body && { 'content-type': 'application/json' }), authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (answer.status === 401 && !fresh) {
        fresh = true;
      } else if ((answer.status === 429 || answer.status === 503) && attempt < TRIES) {
        const seconds = Number(answer.headers.get('retry-after') ?? 1);
        await new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });
      } else {
        break;
      }
    }
    const json = answer.headers.get('content-type')?.includes('json') ? await answer.json() : null;
    if (answer.ok || answer.status === 412) return { status: answer.status, body: json };
    throw new Refused(answer, json);
  }

  /** The profile: the members that the token's scopes cover. */
  async me() {
    return (await this.request('GET', '/v1.0/me')).body;
  }

  /** Changes the profile. `decide(profile)` gives the members to change; asked again if somebody else was faster (412). */
  async change(decide) {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const profile = await this.me();
      const headers = { 'if-match': profile['@odata.etag'] };
      const answer = await this.request('PATCH', '/v1.0/me', { body: await decide(profile), headers });
      if (answer.status !== 412) return answer.body;
    }
    throw new Error('the profile is being changed by others all the time');
  }
}
