// Starts the server under test with keys, database and configuration of its own in a temporary folder, and stops it.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { promisify } from 'node:util';

const KEYS_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

const run = promisify(execFile);
// Nothing of the caller's environment may configure the server.
const environment = { PATH: process.env.PATH, HOME: tmpdir() };

/** A port of loopback that is free now: issuer and public_url must be known before anything listens. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const configuration = ({ url, adminPort, issuer }) => `
listen = "${new URL(url).host}"
admin_listen = "127.0.0.1:${adminPort}"
public_url = "${url}"
data_dir = "data"

[database]
url = "sqlite://data/sharehold.db"

[blobs]
url = "file://data/blobs"

[keys]
decryption = ["keys/private.pem"]

[[authorization_servers]]
issuer = "${issuer}"
jwks_uri = "${issuer}/jwks"
signature_algorithms = ["RS256"]
key_management_algorithms = ["RSA-OAEP-256"]
content_encryption_algorithms = ["A256GCM"]

[server]
drain_wait_s = 0
`;

/** The address in the line `ready http://host:port`; what else the server prints is kept for the report of a failure. */
function ready(child, log) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${START_TIMEOUT_MS} ms`)), START_TIMEOUT_MS);
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the server ended before it was ready (${code ?? signal})`)));
    child.stderr.on('data', (data) => log.push(data));
    readline.createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(`${line}\n`);
      const [word, address] = line.split(' ');
      if (word !== 'ready') return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

/** SIGTERM, and SIGKILL when that was not enough; the exit status, or the signal's name. */
async function end(child) {
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

/** Starts `sharehold serve` for one authorization server, which need not be reachable yet. */
export async function startSharehold({ binary, issuer }) {
  const home = await mkdtemp(path.join(tmpdir(), 'sharehold-oidc-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const adminPort = await freePort();
  const log = [];
  let child;
  const stop = async () => {
    const status = child ? await end(child) : 0;
    await rm(home, { recursive: true, force: true });
    return status;
  };
  try {
    await mkdir(path.join(home, 'data'));
    await run(binary, ['keys', 'new', path.join(home, 'keys')], { env: environment, timeout: KEYS_TIMEOUT_MS });
    const config = path.join(home, 'sharehold.toml');
    await writeFile(config, configuration({ url, adminPort, issuer }), { mode: 0o600 });
    child = spawn(binary, ['serve', '--config', config], { cwd: home, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    // A stop by any road takes the server along.
    process.once('exit', () => child.kill('SIGKILL'));
    const address = await ready(child, log);
    return { url, address, admin: `http://127.0.0.1:${adminPort}`, log: () => log.join(''), stop };
  } catch (error) {
    await stop();
    error.message += `\n${log.join('')}`;
    throw error;
  }
}
