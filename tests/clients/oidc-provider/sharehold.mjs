// Starts the server under test with keys, database and configuration of its own in a temporary folder, and stops it.

import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { begin, end, environment, freePort, run } from '../support/sharehold.mjs';

const KEYS_TIMEOUT_MS = 60_000;

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

/** Starts `sharehold serve` for one authorization server, which need not be reachable yet. */
export async function startSharehold({ binary, issuer }) {
  const home = await mkdtemp(path.join(tmpdir(), 'sharehold-oidc-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const adminPort = await freePort();
  const gone = () => rm(home, { recursive: true, force: true });
  try {
    await mkdir(path.join(home, 'data'));
    await run(binary, ['keys', 'new', path.join(home, 'keys')], { env: environment, timeout: KEYS_TIMEOUT_MS });
    await writeFile(path.join(home, 'sharehold.toml'), configuration({ url, adminPort, issuer }), { mode: 0o600 });
    const server = await begin(binary, ['serve', '--config', 'sharehold.toml'], home);
    const stop = async () => {
      const status = await end(server.process);
      await gone();
      return status;
    };
    return { url, address: server.address, admin: `http://127.0.0.1:${adminPort}`, log: () => server.log.join(''), stop };
  } catch (error) {
    await gone();
    throw error;
  }
}
