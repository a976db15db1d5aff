// What an application does with Microsoft's client to send a large picture in parts, and what it is told: one JSON line on stdout for each
// thing. Before the second part it says `between`, and waits for a line on stdin: the server may be gone by then. When the upload fails it
// says `failed`, waits for another line, and resumes.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';

import graph from '@microsoft/microsoft-graph-client';

const TIMEOUT_MS = 60_000;
const RANGE = 320 * 1024;
const { URL: address, TOKEN, PICTURE } = process.env;

const client = () => graph.Client.initWithMiddleware({
  baseUrl: `${address}/`,
  customHosts: new Set([new URL(address).hostname]),
  authProvider: { getAccessToken: async () => TOKEN },
  fetchOptions: { signal: AbortSignal.timeout(TIMEOUT_MS) },
});
const tell = (name, body) => console.log(JSON.stringify({ name, body }));
const lines = readline.createInterface({ input: process.stdin });
const told = () => new Promise((resolve) => { lines.once('line', resolve); });
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A file that is slow to read, once. */
class Slow extends graph.FileUpload {
  async sliceFile(range) {
    if (range.minValue > 0 && !this.waited) {
      this.waited = true;
      tell('between', range.minValue);
      await told();
    }
    return super.sliceFile(range);
  }
}

const content = await readFile(PICTURE);
const name = path.basename(PICTURE);
const payload = { item: { '@microsoft.graph.conflictBehavior': 'rename', name, fileSize: content.length } };
const session = await graph.LargeFileUploadTask.createUploadSession(client(), '/me/photos/createUploadSession', payload);
const ranges = [];
const options = { rangeSize: RANGE, uploadEventHandlers: { progress: ({ minValue, maxValue }) => ranges.push([minValue, maxValue]) } };
const task = new graph.LargeFileUploadTask(client(), new Slow(content, name, content.length), session, options);
let result;
try {
  result = await task.upload();
} catch (error) {
  tell('failed', { type: error.constructor.name, status: error.statusCode });
  await told();
  result = await task.resume();
}
const { responseBody: item, location } = result;
const stream = await client().api(`/me/photos/${item.id}/content`).getStream();
const came = Buffer.from(await new Response(stream).arrayBuffer());
tell('done', { item, location, ranges, sent: sha256(content), came: sha256(came), size: content.length });
lines.close();
