// A large picture in parts, by upload.mjs in a process of its own, while the server is killed between the parts: once it is there again
// before the client notices, once the client fails and resumes.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';
import { crc32, deflateSync } from 'node:zlib';

import { holds } from '../support/checks.mjs';
import { begin } from '../support/sharehold.mjs';

const STEP_MS = 60_000;
const [WIDTH, HEIGHT] = [1024, 1000];

/** A PNG of noise: a megabyte that is no smaller in any form. */
function noise() {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.writeUInt8(8, 8);
  const rows = Buffer.concat(Array.from({ length: HEIGHT }, () => Buffer.concat([Buffer.alloc(1), randomBytes(WIDTH)])));
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 1 })), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
}

/** Kills the server as a power cut would. */
function kill(server) {
  return new Promise((resolve) => {
    server.process.once('exit', (code, signal) => resolve(signal));
    server.process.kill('SIGKILL');
  });
}

/** One upload; `between` is done between its parts, `failed` when it has failed. */
async function upload(environment, between, failed) {
  const child = spawn(process.execPath, ['upload.mjs'], { cwd: import.meta.dirname, env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), STEP_MS);
  const told = {};
  let errors = '';
  child.stderr.on('data', (text) => { errors += text; });
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const { name, body } = JSON.parse(line);
    told[name] = body;
    if (name === 'between') await between();
    if (name === 'failed') await failed();
    if (name !== 'done') child.stdin.write('go on\n');
  }
  clearTimeout(timer);
  return { ...told, errors };
}

function judge(what, { done, errors }, file) {
  const { item, location, ranges, sent, came, size } = done ?? {};
  holds(`${what}: the photo is there, by the name and the bytes that were sent`, item?.name === path.basename(file) && item.size === size
    && item.file.hashes.sha256Hash.toLowerCase() === sent && came === sent, done ?? errors);
  holds(`${what}: in four parts, each sent once`, ranges?.length === 4 && ranges.every(([from], at) => from === (ranges[at - 1]?.[1] ?? -1) + 1), ranges);
  holds(`${what}: the answer says where it is`, location?.endsWith(`/v1.0/me/photos/${item?.id}`), location);
}

/** The two; gives the server that runs at the end. */
export async function uploads(binary, home, first, { token, ca }) {
  let server = first;
  const start = async () => { server = await begin(binary, ['serve', '--config', 'sharehold.toml'], home); };
  const environment = (file) => ({ PATH: process.env.PATH, URL: first.address, TOKEN: token, PICTURE: file, NODE_EXTRA_CA_CERTS: ca });
  for (const [what, restarted] of [['killed and there again', true], ['killed, and resumed later', false]]) {
    const file = path.join(home, `${what.replaceAll(/\W+/g, '-')}.png`);
    await writeFile(file, noise());
    const between = async () => {
      holds(`${what}: by kill -9, between two parts`, await kill(server) === 'SIGKILL');
      if (restarted) await start();
    };
    const told = await upload(environment(file), between, start);
    holds(`${what}: the client ${restarted ? 'does not notice' : 'notices'}`, ('failed' in told) === !restarted, told);
    judge(what, told, file);
  }
  return server;
}
