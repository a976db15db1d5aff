// Starts a server of its own in a temporary folder, `demo` or `serve`, mints tokens that it opens, and stops it. `begin` and `end`
// alone serve the scripts that lay out the folder themselves.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';

const KEYS_TIMEOUT_MS = 60_000;
const MINT_TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
// As much of its log as the report of a failure shows.
const LOG_CHARS = 4_000;

export const run = promisify(execFile);
// Nothing of the caller's environment may configure the server.
export const environment = { PATH: process.env.PATH, HOME: tmpdir() };

/** A port of loopback that is free now: `public_url` must be known before anything listens. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address();
  await new Promise((resolve) => { probe.close(resolve); });
  return port;
}

/** `sharehold demo`. */
export async function startDemo(binary) {
  return inFolder(async (home) => {
    const data = path.join(home, 'demo');
    const child = await begin(binary, ['demo', '--data', data, '--listen', '127.0.0.1:0'], home);
    return { child, authority: path.join(data, 'authority'), keys: path.join(data, 'keys'), issuer: 'https://authority.demo.example' };
  }, binary);
}

/** `sharehold serve` with an authority of its own, of that name; `more` is added to the configuration. */
export async function startServe(binary, more, issuer = 'https://authority.example') {
  return inFolder(async (home) => {
    const [authority, keys] = ['authority', 'keys'].map((name) => path.join(home, name));
    for (const folder of [authority, keys]) await run(binary, ['keys', 'new', folder], { env: environment, timeout: KEYS_TIMEOUT_MS });
    await mkdir(path.join(home, 'data'));
    const url = `http://127.0.0.1:${await freePort()}`;
    await writeFile(path.join(home, 'sharehold.toml'), configuration({ url, adminPort: await freePort(), issuer, more }), { mode: 0o600 });
    return { child: await begin(binary, ['serve', '--config', 'sharehold.toml'], home), authority, keys, issuer };
  }, binary);
}

const configuration = ({ url, adminPort, issuer, more }) => `
listen = "${new URL(url).host}"
admin_listen = "127.0.0.1:${adminPort}"
public_url = "${url}"

[database]
url = "sqlite://data/sharehold.db"

[keys]
decryption = ["keys/private.pem"]

[[authorization_servers]]
issuer = "${issuer}"
certificate = "authority/certificate.pem"

[server]
drain_wait_s = 0

${more}
`;

/** What `start` started in a folder that goes when it is stopped. */
async function inFolder(start, binary) {
  const home = await mkdtemp(path.join(tmpdir(), 'sharehold-client-'));
  try {
    const { child, authority, keys, issuer } = await start(home);
    const url = child.address;
    const minted = (...flags) => run(binary, ['token', 'mint', '--authority', authority, '--for', path.join(keys, 'certificate.pem'),
      '--issuer', issuer, '--audience', url, ...flags], { env: environment, timeout: MINT_TIMEOUT_MS }).then(({ stdout }) => stdout);
    const mint = (sub, scope, client = 'client-test', ...flags) => (
      minted('--sub', sub, '--client', client, '--scope', scope, ...flags).then((token) => token.trim()));
    const mintAll = (file) => minted('--file', file);
    const stop = async () => {
      const status = await end(child.process);
      await rm(home, { recursive: true, force: true });
      return status;
    };
    return { url, authority, keys, issuer, printed: child.printed, mint, mintAll, stop, log: () => child.log.join('').slice(-LOG_CHARS) };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Starts the server and waits for the line `ready http://host:port`; what it prints is kept for the report of a failure. `says`
 * waits for a line of its log.
 */
export async function begin(binary, args, home) {
  const child = spawn(binary, args, { cwd: home, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  // A stop by any road takes the server along.
  process.once('exit', () => child.kill('SIGKILL'));
  const log = [];
  const printed = [];
  let waiting = [];
  readline.createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(`${line}\n`);
    waiting = waiting.filter(({ words, resolve }) => !line.includes(words) || void resolve(line));
  });
  const says = (words, limit) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`did not say "${words}":\n${log.join('')}`)), limit);
    waiting.push({ words, resolve: (line) => { clearTimeout(timer); resolve(line); } });
  });
  try {
    const address = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready after ${START_TIMEOUT_MS} ms`)), START_TIMEOUT_MS);
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`the server ended before it was ready (${code ?? signal})`)));
      readline.createInterface({ input: child.stdout }).on('line', (line) => {
        const [word, where] = line.split(' ');
        printed.push(line);
        if (word !== 'ready') return;
        clearTimeout(timer);
        resolve(where);
      });
    });
    return { process: child, address, printed, log, says };
  } catch (error) {
    child.kill('SIGKILL');
    error.message += `\n${log.join('')}`;
    throw error;
  }
}

/** SIGTERM, and SIGKILL when that was not enough; the exit status, or the signal's name. */
export async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  const ended = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  const status = await ended;
  clearTimeout(timer);
  return status;
}
