// A server of a check's own, which is seen to end well.

import { anyFailed, holds } from './checks.mjs';

/** Starts a server, does something with it, and sees it end well. */
export async function withServer(starting, what) {
  const server = await starting;
  try {
    await what(server);
  } finally {
    const status = await server.stop();
    holds('SIGTERM: ends with status 0', status === 0, status);
    if (anyFailed()) console.log(`--- what the server printed\n${server.log()}---`);
  }
}
