// node client.mjs: what a site does with fetch. Reads {url, whole, cut, files, sizes, out} from stdin: uploads the files, fetches each
// back with either token, and its renditions by their paths and by their signed addresses; writes all to `out` and tells of it on stdout.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { json } from 'node:stream/consumers';

const TIMEOUT_MS = 60_000;
const { url, whole, cut, files, sizes, out } = await json(process.stdin);

async function ask(address, token, options = {}) {
  const headers = { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...options.headers };
  const answer = await fetch(address, { ...options, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

async function keep(name, { status, bytes }) {
  if (status === 200) await writeFile(path.join(out, name), bytes);
  return status;
}

const told = {};
for (const file of files) {
  const name = path.basename(file);
  const options = { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: await readFile(file) };
  const made = await ask(`${url}/v1.0/me/photos?name=${encodeURIComponent(name)}`, whole, options);
  const seen = { upload: made.status };
  told[name] = seen;
  if (made.status !== 201) continue;
  const one = `${url}/v1.0/me/photos/${JSON.parse(made.bytes).id}`;
  for (const [kind, token] of [['whole', whole], ['cut', cut]]) {
    seen[kind] = await keep(`${kind}-${name}`, await ask(`${one}/content`, token));
    seen[`${kind} item`] = JSON.parse((await ask(one, token)).bytes);
  }
  const { value } = JSON.parse((await ask(`${one}/thumbnails`, cut)).bytes);
  for (const size of sizes) {
    seen[size] = await keep(`${size}-${name}.jpg`, await ask(`${one}/thumbnails/0/${size}/content`, cut));
    const address = value?.[0]?.[size]?.url;
    seen[`${size} signed`] = address ? await keep(`${size}-signed-${name}.jpg`, await ask(new URL(address, url))) : 'no address';
  }
}
console.log(JSON.stringify(told));
