// node run.mjs PATH_TO_SHAREHOLD
// Microsoft's own client for Graph against a running Sharehold, over TLS: it sends its token to https addresses only.
// Ends by itself; exit status 1 if anything did not hold.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';

import { anyFailed, checks, holds } from '../support/checks.mjs';
import { begin, end, environment, freePort, run } from '../support/sharehold.mjs';
import { uploads } from './uploads.mjs';

const COMMAND_MS = 60_000;
const RELOAD_MS = 10_000;
const WHOLE_RUN_MS = 240_000;

const ISSUER = 'https://as.example';
// Links lead to where the server says that it is: there it must be.
const RESOURCE = `https://127.0.0.1:${await freePort()}`;
const configuration = `
listen = "${new URL(RESOURCE).host}"
admin_listen = "127.0.0.1:0"
public_url = "${RESOURCE}"
data_dir = "data"

[database]
url = "sqlite://data/sharehold.db"

[blobs]
url = "file://data/blobs"

[keys]
decryption = ["keys/private.pem"]

[[authorization_servers]]
issuer = "${ISSUER}"
certificate = "authority/certificate.pem"

[tls]
certificate = "chain.pem"
private_key = "key.pem"

[server]
drain_wait_s = 0
`;

const PICTURE = path.join(import.meta.dirname, '../../../fixtures/people/ann.png');

/** A folder with keys, a certificate authority of its own, and the configuration. */
async function house(binary) {
  const home = await mkdtemp(path.join(tmpdir(), 'sharehold-graph-'));
  const at = (name) => path.join(home, name);
  const call = (program, ...words) => run(program, words, { cwd: home, env: environment, timeout: COMMAND_MS });
  const openssl = (...words) => call('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '30', ...words);
  const certify = async () => {
    await openssl('-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', '/CN=Sharehold', '-addext', 'subjectAltName=IP:127.0.0.1',
      '-addext', 'basicConstraints=critical,CA:FALSE', '-keyout', 'key.pem', '-out', 'chain.pem');
    await chmod(at('key.pem'), 0o600);
  };
  const mint = async (scope) => {
    const { stdout } = await call(binary, 'token', 'mint', '--authority', 'authority', '--issuer', ISSUER, '--audience', RESOURCE,
      '--for', 'keys/certificate.pem', '--sub', 'ann', '--client', 'graph', '--scope', scope);
    return stdout.trim();
  };
  await openssl('-subj', '/CN=A certificate authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  await certify();
  await call(binary, 'keys', 'new', 'keys');
  await call(binary, 'keys', 'new', 'authority');
  await writeFile(at('sharehold.toml'), configuration, { mode: 0o600 });
  const checked = await call(binary, 'check', '--config', 'sharehold.toml');
  holds('check: the configuration is in order, without a warning', checked.stderr === '' && /in order/.test(checked.stdout), checked);
  return { home, ca: at('ca.pem'), certify, mint };
}

/** What the client is told, by the name of the call. */
async function calls(url, tokens, more = {}) {
  const options = { cwd: import.meta.dirname, env: { PATH: process.env.PATH, URL: url, PICTURE, ...tokens, ...more }, timeout: COMMAND_MS };
  const { stdout } = await run(process.execPath, ['calls.mjs'], options);
  return Object.fromEntries(stdout.trim().split('\n').map((line) => JSON.parse(line)).map((told) => [told.name, told]));
}

/** The certificate that a new connection is shown. */
function shown(url) {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: RELOAD_MS }, () => {
      resolve(socket.getPeerX509Certificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject).once('timeout', () => socket.destroy(new Error('no handshake in time')));
  });
}

function judge(told) {
  const { get, patch, 'get again': again, altered, narrow, nothing } = told;
  holds('GET /me with $select: the members asked for', get.body?.id && 'displayName' in get.body && !('surname' in get.body), get);
  holds('PATCH /me: 200 with the person', patch.body?.city === 'Lisbon' && patch.body?.id === get.body?.id, patch);
  holds('and it is kept', again.body?.city === 'Lisbon', again);
  holds('an altered token: a GraphError 401 with its code and the challenge', altered.error?.type === 'GraphError'
    && altered.error.statusCode === 401 && altered.error.code === 'InvalidAuthenticationToken'
    && altered.challenge.includes('error="invalid_token"'), altered);
  holds('a token without the scope: a GraphError 403 with its code', narrow.error?.type === 'GraphError'
    && narrow.error.statusCode === 403 && narrow.error.code === 'ErrorAccessDenied', narrow);
  holds('the error names the scope that would do, and the request', narrow.challenge.includes('User.ReadWrite')
    && /^[0-9a-f-]{36}$/.test(narrow.error?.requestId), narrow);
  const { photo, batch, conflict } = told;
  holds('a photo goes up, and comes down as a JPEG', photo.body?.magic === 'ffd8ff' && photo.body.width > 0
    && photo.body.width === photo.body.height && photo.body.put === photo.body.width, photo);
  const statuses = Object.values(batch.body ?? {}).map(({ status }) => status).join(' ');
  holds('a batch of five: each is answered for itself', statuses === '200 200 200 404 200', batch);
  holds('what depends on a change sees it', batch.body?.['3'].body.city === 'Évora', batch);
  holds('an error in a batch has its code; bytes are base64', batch.body?.['4'].body.error?.code === 'ErrorItemNotFound'
    && batch.body['5'].body.includes('/9j'), batch);
  holds('an ETag of before: a GraphError 412 with its code', conflict.error?.statusCode === 412
    && conflict.error.code === 'ErrorIrresolvableConflict', conflict);
  holds('what there is not: a GraphError 404 with its code', nothing.error?.statusCode === 404 && nothing.error.code === 'ErrorItemNotFound', nothing);
}

function judgeContacts(told) {
  const { make, list, change, 'change again': again, 'batch of contacts': batch, deleted, "contact's photo": photo, delta } = told;
  holds('25 contacts are made', make.body === 25, make);
  holds('a list with $filter, $orderby, $top and $select', list.body?.page === 10 && list.body.first.givenName === 'Given24'
    && !('surname' in list.body.first), list);
  holds('the page iterator reads three pages', list.body?.seen.length === 25 && new Set(list.body.seen).size === 25, list);
  holds('a change with its ETag', change.body?.jobTitle === 'Diver', change);
  holds('a conflict: a GraphError 412 with its code', again.error?.statusCode === 412 && again.error.code === 'ErrorIrresolvableConflict', again);
  holds('a batch of five over contacts', batch.body?.['1'].status === 200 && batch.body['3'].body.nickName === 'Pip', batch);
  holds('what was deleted: a GraphError 404', deleted.error?.statusCode === 404 && deleted.error.code === 'ErrorItemNotFound', deleted);
  holds("a contact's photo goes up, and comes down as a JPEG", photo.body?.magic === 'ffd8ff' && photo.body.width > 0, photo);
  holds('delta over two rounds: everything, then what changed', delta.body?.first === 24
    && isDeepStrictEqual(delta.body.second, delta.body.expected), delta);
}

function judgeEvents(told) {
  const { 'make events': make, 'list events': list, 'in a zone': zoned, 'change an event': change, 'change it again': again } = told;
  const { 'batch of events': batch, 'deleted event': deleted, series, 'delta of events': delta } = told;
  holds('25 events are made', make.body === 25, make);
  holds('events: a list with $filter, $orderby, $top and $select', list.body?.page === 5 && list.body.first.subject === 'Day 25'
    && !('start' in list.body.first), list);
  holds('events: the page iterator reads three pages', list.body?.seen.length === 13 && new Set(list.body.seen).size === 13, list);
  holds('an event in the zone and with the body asked for', zoned.body?.start.dateTime.startsWith('2026-03-01T10:00:00')
    && zoned.body.body.contentType === 'text' && zoned.body.body.content.includes('Agenda'), zoned);
  holds('an event is changed with its ETag', change.body?.subject === 'Moved', change);
  holds('events: a conflict: a GraphError 412', again.error?.statusCode === 412 && again.error.code === 'ErrorIrresolvableConflict', again);
  holds('a batch of five over events', batch.body?.['1'].status === 200 && batch.body['3'].body.subject === 'In a batch', batch);
  holds('an event that was deleted: a GraphError 404', deleted.error?.statusCode === 404, deleted);
  holds('a series is made', series.body?.type === 'seriesMaster' && series.body.recurrence.range.numberOfOccurrences === 6
    && String(series.body.recurrence.pattern.daysOfWeek) === 'monday,wednesday', series);
  holds('delta of events over three rounds: everything, what changed, nothing', delta.body?.first === 25
    && isDeepStrictEqual(delta.body.second, delta.body.expected) && delta.body.third === 0, delta);
  judgeView(told.view);
}

function judgeView(view) {
  const { page, starts, team, types, same, one, delta } = view.body ?? {};
  holds('calendarView: the page iterator reads four pages, in the order of time', page === 5 && starts.length === 16
    && String(starts) === String(starts.toSorted()), view);
  holds('calendarView: a series keeps its time on the wall', String(team) === '03-16T09,03-18T09,03-23T09,03-25T09,03-30T08,04-01T08'
    && String(types) === 'occurrence', view);
  holds('the instances of the series are the same', same, view);
  holds('one of them by its id', one?.type === 'occurrence' && one.start.dateTime.startsWith('2026-03-30T08:00:00'), view);
  holds('delta of calendarView over two rounds', delta?.first === 16 && isDeepStrictEqual(delta.second, delta.expected), view);
}

async function main(binary) {
  const { home, ca, certify, mint } = await house(binary);
  let server;
  try {
    server = await begin(binary, ['serve', '--config', 'sharehold.toml'], home);
    const good = await mint('User.ReadWrite Contacts.ReadWrite Calendars.ReadWrite');
    const at = Math.floor(good.length / 2);
    const tokens = { GOOD: good, NARROW: await mint('User.Read'), ALTERED: good.slice(0, at) + (good[at] === 'A' ? 'B' : 'A') + good.slice(at + 1) };
    const told = await calls(server.address, tokens, { NODE_EXTRA_CA_CERTS: ca });
    judge(told);
    judgeContacts(told);
    judgeEvents(told);
    const stranger = await calls(server.address, tokens);
    holds('without our certificate authority nothing is sent', Object.values(stranger).every(({ body, error }) => !body && !(error.statusCode > 0)), stranger);

    const before = await shown(server.address);
    await certify();
    holds('a new certificate in the file alone changes nothing', await shown(server.address) === before);
    const reloaded = server.says('reloaded: ', RELOAD_MS);
    server.process.kill('SIGHUP');
    await reloaded;
    holds('SIGHUP: new connections are shown the new certificate', await shown(server.address) !== before);
    const later = await calls(server.address, tokens, { NODE_EXTRA_CA_CERTS: ca });
    holds('and the client goes on', later.get.body?.city === 'Lisbon', later.get);
    server = await uploads(binary, home, server, { token: await mint('Photos.ReadWrite Photos.Location.Read'), ca });
  } finally {
    if (server) {
      const status = await end(server.process);
      holds('SIGTERM: ends with status 0', status === 0, `${status}`);
      if (anyFailed()) console.log(`--- what the server printed\n${server.log.join('')}\n---`);
    }
    await rm(home, { recursive: true, force: true });
  }
}

const [, , binary] = process.argv;
if (!binary) {
  console.error('usage: node run.mjs PATH_TO_SHAREHOLD');
  process.exit(2);
}
await checks(WHOLE_RUN_MS, () => main(binary));
