// node dashboard.mjs DASHBOARD.json: holds a dashboard against Grafana's own schema (@grafana/schema, types of TypeScript), and each
// panel's options and display settings against those of its kind. Prints what does not fit; exit status 1 if anything does not.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const RAW = '@grafana/schema/dist/esm/raw/composable';
const dashboard = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const literal = (value) => JSON.stringify(value, null, 1);

let source = `
import type { Dashboard } from '@grafana/schema';
import type * as stat from '${RAW}/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeseries from '${RAW}/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
// JSON has an enumeration's strings, not its members.
type Json<T> = T extends string ? \`\${T}\` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
export const dashboard: Json<Dashboard> = ${literal(dashboard)};
`;
dashboard.panels.filter(({ type }) => type !== 'row').forEach(({ type, options, fieldConfig }, at) => {
  source += `export const options${at}: Json<Partial<${type}.Options>> = ${literal(options)};\n`;
  if (fieldConfig.defaults.custom) {
    source += `export const custom${at}: Json<Partial<${type}.FieldConfig>> = ${literal(fieldConfig.defaults.custom)};\n`;
  }
});

const name = path.join(import.meta.dirname, 'dashboard.ts');
const options = {
  noEmit: true, strict: true, skipLibCheck: true,
  module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
};
const host = ts.createCompilerHost(options);
const { fileExists, getSourceFile } = host;
// The one file that is not on the disk.
host.fileExists = (file) => file === name || fileExists(file);
host.getSourceFile = (file, ...rest) =>
  file === name ? ts.createSourceFile(file, source, ts.ScriptTarget.ESNext) : getSourceFile(file, ...rest);
const faults = ts.getPreEmitDiagnostics(ts.createProgram([name], options, host));
for (const fault of faults) {
  const line = fault.file?.fileName === name ? source.slice(fault.start, fault.start + 80).split('\n')[0] : '';
  console.log(`${ts.flattenDiagnosticMessageText(fault.messageText, ' ')} ${line}`);
}
process.exitCode = faults.length > 0 ? 1 : 0;
