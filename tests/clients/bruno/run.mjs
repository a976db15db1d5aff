// node run.mjs PATH_TO_SHAREHOLD
// The committed collection is what the document gives, and works; the example suite passes, and fails when it must.
// Ends by itself; exit status 1 if anything did not hold.

import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { anyFailed, checks, holds } from '../support/checks.mjs';
import { startDemo } from '../support/sharehold.mjs';

const WHOLE_RUN_MS = 200_000;
const COMMAND_TIMEOUT_MS = 60_000;
const ANSWER_MS = 20_000;
const OUTPUT_BYTES = 16 * 1024 * 1024;
const here = import.meta.dirname;
const SCOPES = 'User.ReadWrite Contacts.ReadWrite Calendars.ReadWrite Photos.ReadWrite Photos.Location.Read Privacy.Read';
const TOKENS = path.join(here, '../../../fixtures/scripts/tokens.yaml');

const files = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== '.env')
  .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();

/** Runs a program to its end, while what the server prints is read: it waits for whoever reads its log. */
function ran(program, args, options) {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: COMMAND_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES, ...options }, (error, stdout, stderr) => {
      resolve({ status: error ? error.code ?? error.signal : 0, printed: stdout + stderr });
    });
  });
}

/** Runs a collection, of which `scratch` gets a copy, which `prepare` may change: its exit status, what it printed, and each request's
 *  result. */
async function bruno(scratch, collection, tokens, variables, prepare = () => {}) {
  const folder = path.join(scratch, collection);
  const report = path.join(scratch, 'report.json');
  cpSync(path.join(here, collection), folder, { recursive: true });
  writeFileSync(path.join(folder, '.env'), tokens);
  prepare(folder);
  const set = Object.entries(variables).flatMap(([name, value]) => ['--env-var', `${name}=${value}`]);
  const words = ['run', '-r', '--env', 'demo', ...set, '--reporter-json', report];
  const { status, printed } = await ran(path.join(here, 'node_modules/.bin/bru'), words, { cwd: folder });
  const results = JSON.parse(readFileSync(report, 'utf8')).flatMap((turn) => turn.results);
  rmSync(report);
  return { status, printed, results };
}

const failing = (results) => results
  .filter((result) => [...result.assertionResults, ...result.testResults].some(({ status }) => status === 'fail'))
  .map((result) => result.name);

async function generated(scratch) {
  const anew = path.join(scratch, 'anew');
  const made = await ran(process.execPath, [path.join(here, 'generate.mjs'), anew], {});
  holds('the collection can be made', made.status === 0, made.printed);
  const committed = path.join(here, 'collection');
  const same = String(files(anew)) === String(files(committed))
    && files(anew).every((file) => readFileSync(path.join(anew, file), 'utf8') === readFileSync(path.join(committed, file), 'utf8'));
  holds('it is the one committed', same, 'collection/ is old: npm run generate');
}

/** Whether a request of the collection did what it can do as it stands: the person may not have the thing, or have one of
 *  that name already (another request of the collection gave it), and a file to send must be chosen first. What takes access back is
 *  asked with a token that may not: the other requests need theirs. */
function works({ name, response: { status } }, operations) {
  const { responses, requestBody, security } = operations.find(({ summary }) => summary === name);
  const scopes = (security ?? []).flatMap(Object.values).flat();
  if (scopes.length > 0 && scopes.every((scope) => scope === 'Privacy.ReadWrite')) return status === 403;
  const needsFile = requestBody && !('application/json' in requestBody.content);
  return status < 400 || ([404, 409].includes(status) && status in responses) || (status === 415 && needsFile);
}

/** Ids that the requests for photos are to name: of the demo's, and, for what is taken away, of others. */
async function idsOfPhotos(demo, token) {
  const ask = async (where, body) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Connection: 'close' };
    const method = body ? 'POST' : 'GET';
    const options = { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS) };
    const answer = await fetch(`${demo.url}/v1.0/me/${where}`, options);
    return answer.json();
  };
  const [photo, taken] = (await ask('photos')).value.map(({ id }) => id);
  const [album, ended] = [await ask('albums', { name: 'One' }), await ask('albums', { name: 'Another' })].map(({ id }) => id);
  await ask(`albums/${album}/photos`, { ids: [photo] });
  const sealed = async () => (await ask('photos/createUploadSession', { item: { name: 'a.jpg' } })).uploadUrl.split('/').at(-1);
  const rendition = (await ask(`photos/${photo}/thumbnails/0`)).small.url.split('/').at(-1);
  return { kept: { photo, album, sealed: await sealed() }, gone: { photo: taken, album: ended, sealed: await sealed() }, rendition };
}

/** Writes them into a copy of the collection, of which each request has a connection of its own: not all may stay open. */
function name({ kept, gone, rendition }, folder) {
  appendFileSync(path.join(folder, 'collection.bru'), '\nheaders {\n  Connection: close\n}\n');
  for (const file of files(folder).filter((each) => /^(photos|server)\/.*\.bru$/.test(each))) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    if (/^put {/m.test(text)) continue;
    const ids = { ...(/^photos\/(Deletes|Ends) /.test(file) ? gone : kept), ...(text.includes('/renditions/') && { sealed: rendition }) };
    const named = text.replace(/^ {2}(photo|album|sealed): $/gm, (_, of) => `  ${of}: ${ids[of]}`);
    // Of what goes into an album.
    writeFileSync(path.join(folder, file), named.replace(/("ids": \[\s*)"[^"]+"/, `$1"${kept.photo}"`));
  }
}

async function collection(scratch, demo, token) {
  const document = JSON.parse(readFileSync(path.join(here, '../../../schema/openapi.json'), 'utf8'));
  const operations = Object.values(document.paths).flatMap(Object.values);
  const ids = await idsOfPhotos(demo, token);
  const { results, printed } = await bruno(scratch, 'collection', '', { baseUrl: demo.url, token }, (folder) => name(ids, folder));
  const fail = results.filter((result) => !works(result, operations)).map(({ name, response }) => `${response.status} ${name}`);
  holds(`each of the ${operations.length} operations is in it, and works as it stands`,
    results.length === operations.length && fail.length === 0, `${fail.join('\n')}\n${printed}`);
  const named = (which) => operations.filter(which).map(({ summary }) => summary);
  const ofPhotos = named(({ tags, operationId }) => tags.includes('photos') || operationId === 'getRendition');
  const failing = results.filter((result) => ofPhotos.includes(result.name) && result.response.status >= 400);
  // A picture to send must be chosen.
  const sends = named(({ requestBody }) => requestBody && !('application/json' in requestBody.content));
  const odd = failing.filter((result) => !sends.includes(result.name)).map((result) => `${result.response.status} ${result.name}`);
  holds('each of photos, albums and upload sessions finds what it names', ofPhotos.length > 20 && odd.length === 0, odd.join('\n'));
}

async function suite(scratch, demo, tokens) {
  const requests = files(path.join(here, 'suite')).filter((file) => /^\d+ .*\.bru$/.test(file)).length;
  const passes = await bruno(scratch, 'suite', tokens, { baseUrl: demo.url });
  holds('the suite passes, every request of it', passes.status === 0 && passes.results.length >= requests, passes.printed);
  const again = await bruno(scratch, 'suite', tokens, { baseUrl: demo.url });
  holds('it passes again on what it left', again.status === 0, again.printed);
  const named = (name) => new RegExp(`^${name}=(.*)$`, 'm').exec(tokens)[1];
  const damaged = await bruno(scratch, 'suite', tokens.replace(named('bob_site_read'), named('DAMAGED')), { baseUrl: demo.url });
  holds('a token with one letter changed: it fails, where that token is used',
    damaged.status !== 0 && String(failing(damaged.results)) === 'Another person', `${damaged.status} ${failing(damaged.results)}`);
  const wider = await bruno(scratch, 'suite', tokens.replace(named('ANN_BIRTHDAY'), named('ANN')), { baseUrl: demo.url });
  holds('a token that opens more than it should: it fails, where less is expected',
    wider.status !== 0 && String(failing(wider.results)) === 'A change with a scope that reads,A scope that shows the birthday',
    `${wider.status} ${failing(wider.results)}`);
}

const [, , binary] = process.argv;
if (!binary) {
  console.error('usage: node run.mjs PATH_TO_SHAREHOLD');
  process.exit(2);
}

await checks(WHOLE_RUN_MS, async () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'sharehold-bruno-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const demo = await startDemo(binary);
  try {
    const tokens = await demo.mintAll(TOKENS);
    await generated(scratch);
    await collection(scratch, demo, await demo.mint('ann', SCOPES));
    await suite(scratch, demo, tokens);
  } finally {
    const status = await demo.stop();
    holds('SIGTERM: ends with status 0', status === 0, status);
    if (anyFailed()) console.log(`--- what the server printed\n${demo.log()}---`);
  }
});
