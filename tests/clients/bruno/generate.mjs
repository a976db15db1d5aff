// node generate.mjs [FOLDER]
// Writes the Bruno collection anew from schema/openapi.json, with Bruno's own importer; into ./collection if not told otherwise.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const IMPORT_TIMEOUT_MS = 60_000;
const WINDOW = { startDateTime: '2026-03-01T00:00:00Z', endDateTime: '2026-04-01T00:00:00Z' };
const here = import.meta.dirname;
const into = path.resolve(process.argv[2] ?? path.join(here, 'collection'));

const spec = JSON.parse(readFileSync(path.join(here, '../../../schema/openapi.json'), 'utf8'));
// The importer names the environment after it.
spec.servers[0].description = 'demo';
// The importer knows one parameter a segment: for a picture's size stands the largest.
for (const [route, item] of Object.entries(spec.paths).filter(([route]) => route.includes('{W}x{H}'))) {
  delete spec.paths[route];
  spec.paths[route.replace('{W}x{H}', '648x648')] = item;
  for (const operation of Object.values(item)) {
    operation.parameters = operation.parameters.filter(({ name }) => !['W', 'H'].includes(name));
  }
}
// Every operation may answer with the same errors: as examples they would bury the request.
for (const operation of Object.values(spec.paths).flatMap(Object.values)) {
  for (const status of Object.keys(operation.responses)) {
    if (status >= 400) delete operation.responses[status];
  }
  // The importer takes the first form that a body may have, and writes only JSON out.
  const { content } = operation.requestBody ?? {};
  if (content?.['application/json']) operation.requestBody.content = { 'application/json': content['application/json'] };
  // Of what a parameter may be, the importer writes each value as a parameter of its own: one will do.
  for (const { name, schema } of operation.parameters ?? []) {
    if (schema.enum) schema.default = schema.enum.at(-1);
    // A window has to be named.
    if (name in WINDOW) schema.default = WINDOW[name];
    delete schema.enum;
  }
}

const scratch = mkdtempSync(path.join(tmpdir(), 'sharehold-bruno-'));
try {
  const source = path.join(scratch, 'openapi.json');
  writeFileSync(source, JSON.stringify(spec));
  execFileSync(path.join(here, 'node_modules/.bin/bru'),
    ['import', 'openapi', '--source', source, '--output', scratch, '--collection-name', 'Sharehold', '--collection-format', 'bru'],
    { timeout: IMPORT_TIMEOUT_MS });
  const made = path.join(scratch, 'Sharehold');
  // What is sent is the address alone, and the importer leaves the window out of it.
  for (const file of readdirSync(made, { recursive: true }).filter((name) => name.endsWith('.bru'))) {
    const text = readFileSync(path.join(made, file), 'utf8');
    if (text.includes(`\n  startDateTime: ${WINDOW.startDateTime}\n`)) {
      writeFileSync(path.join(made, file), text.replace(/^ {2}url: .*$/m, (url) => `${url}?${new URLSearchParams(WINDOW)}`));
    }
  }
  rmSync(into, { recursive: true, force: true });
  cpSync(made, into, { recursive: true });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
