// Pages of other origins that call the API with fetch: one that is listed in `cors.origins`, and one that is not.

import { createServer } from 'node:http';

import { holds } from '../support/checks.mjs';
import { newPage } from '../support/chromium.mjs';

/** A site with one empty page, on a port of its own. */
export async function startSite() {
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end('<!doctype html><title>A site</title><link rel="icon" href="data:,">');
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => { server.close(resolve); });
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}

/** In the page: one fetch, and what a script there can see of its answer. */
async function call({ url, token, method = 'GET', headers = {}, body, credentials = 'same-origin' }) {
  try {
    const authorization = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await fetch(url, { method, credentials, headers: { ...authorization, ...headers }, body });
    const text = await answer.text();
    const read = (name) => answer.headers.get(name);
    return {
      status: answer.status, text, etag: read('etag'), challenge: read('www-authenticate'), id: read('request-id'),
      applied: read('preference-applied'),
    };
  } catch (error) {
    return { refused: String(error) };
  }
}

const shown = (answer) => JSON.stringify(answer);

export async function cors(browser, server, listed, unlisted) {
  const url = `${server.url}/v1.0/me`;
  const token = await server.mint('ann', 'User.ReadWrite');
  await fetch(url, { method: 'PATCH', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{"displayName": "Ann"}' });

  const ours = await newPage(browser);
  await ours.page.goto(listed.origin);
  const asks = (options) => ours.page.evaluate(call, { url, token, ...options });
  await reads(asks);
  await writes(asks);
  holds('never with credentials: the browser keeps that answer from the page', 'refused' in await asks({ credentials: 'include' }));
  await ours.context.close();

  const theirs = await newPage(browser);
  await theirs.page.goto(unlisted.origin);
  const refused = await theirs.page.evaluate(call, { url, token });
  holds('a site that is not listed: the browser refuses', 'refused' in refused, shown(refused));
  const complaint = theirs.seen.complaints.join(' ');
  holds('and says that it is for CORS', complaint.includes('CORS policy'), complaint);
  const plain = await fetch(url, { headers: { authorization: `Bearer ${token}`, origin: unlisted.origin } });
  holds('the same request of no browser is served: without CORS headers, not refused',
    plain.status === 200 && !plain.headers.has('access-control-allow-origin'), plain.status);
  await theirs.context.close();
}

async function reads(asks) {
  const mine = await asks({ headers: { 'client-request-id': 'a-page' } });
  holds('a listed site reads the name', mine.status === 200 && JSON.parse(mine.text).displayName === 'Ann', shown(mine));
  holds('and the ETag and the request id', /^W\/".+"$/.test(mine.etag) && mine.id, shown(mine));
  const again = await asks({ headers: { 'if-none-match': mine.etag } });
  holds('it may ask with If-None-Match: 304', again.status === 304, shown(again));
  const nobody = await asks({ token: 'abc' });
  holds('on a 401 it reads the challenge', nobody.status === 401 && /error="invalid_token"/.test(nobody.challenge), shown(nobody));
}

async function writes(asks) {
  const change = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"city": "Porto"}' };
  const changed = await asks(change);
  holds('it may change: PATCH 200', changed.status === 200 && JSON.parse(changed.text).city === 'Porto', shown(changed));
  const stale = await asks({ ...change, headers: { ...change.headers, 'if-match': 'W/"1-1"' } });
  holds('it may ask with If-Match: 412', stale.status === 412, shown(stale));
  const minimal = await asks({ ...change, headers: { ...change.headers, prefer: 'return=minimal' } });
  holds('it may ask with Prefer: 204, and reads that it was heeded', minimal.status === 204 && minimal.applied === 'return=minimal', shown(minimal));
}
