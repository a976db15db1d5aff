// What the page asks of the API, with a token that is kept here, in memory, and nowhere else.

const TRIES = 3;
const TIMEOUT_MS = 20_000;
const MAX_PAGES = 40;

/** The server said no, or not in time. `status` is 0 if there was no answer. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const wait = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

export class Api {
  #token;

  constructor(token) {
    this.#token = token;
  }

  /** The person's name, if the token shows it. */
  async name() {
    try {
      return (await this.#call('GET', '/v1.0/me?$select=displayName')).displayName ?? null;
    } catch (fault) {
      if (fault.status === 403) return null;
      throw fault;
    }
  }

  /** Who ever had access, and whether that is all of them. */
  grants() {
    return this.#all('/v1.0/me/oauth2PermissionGrants?$top=1000', () => true);
  }

  revoke(id) {
    return this.#call('DELETE', `/v1.0/me/oauth2PermissionGrants/${encodeURIComponent(id)}`);
  }

  restore(id) {
    return this.#call('POST', `/v1.0/me/oauth2PermissionGrants/${encodeURIComponent(id)}/restore`);
  }

  signOutEverything() {
    return this.#call('POST', '/v1.0/me/revokeSignInSessions');
  }

  /** The hours of the access log from `since` (a Date) on, and whether that is all of them. */
  async uses(since) {
    const { items, whole } = await this.#all('/v1.0/me/accessLog?$top=1000', (hour) => new Date(hour.hour) >= since);
    return { hours: items.filter((hour) => new Date(hour.hour) >= since), whole };
  }

  /** Page after page, as long as the last item of one is `wanted`. */
  async #all(first, wanted) {
    const items = [];
    let path = first;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { value, '@odata.nextLink': next } = await this.#call('GET', path);
      items.push(...value);
      if (!next || (value.length > 0 && !wanted(value.at(-1)))) return { items, whole: true };
      // Under whatever name the page was reached, it asks the server that it came from.
      const { pathname, search } = new URL(next);
      path = pathname + search;
    }
    return { items, whole: false };
  }

  /** One call; each may be done again. 429 and 503: waits as long as it is told to. */
  async #call(method, path) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(method, path);
      if (answer.ok) return answer.status === 204 ? null : answer.json();
      if ((answer.status === 429 || answer.status === 503) && attempt < TRIES) {
        await wait(Math.min(Number(answer.headers.get('retry-after')) || 1, 10));
        continue;
      }
      const message = await answer.json().then((body) => body.error.message, () => answer.statusText);
      throw new Refused(answer.status, `${message} (${answer.status}, request-id ${answer.headers.get('request-id')})`);
    }
  }

  async #send(method, path) {
    const headers = { authorization: `Bearer ${this.#token}`, accept: 'application/json' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await fetch(path, { method, headers, signal, credentials: 'omit', cache: 'no-store', redirect: 'error' });
    } catch {
      throw new Refused(0, 'The server did not answer. Try again in a moment.');
    }
  }
}
