// node run.mjs PATH_TO_SHAREHOLD [SCREENSHOT.png]
// What people and their browsers see of a running Sharehold. Ends by itself; exit status 1 if anything did not hold.

import { anyFailed, checks, holds } from '../support/checks.mjs';
import { startDemo } from '../support/sharehold.mjs';
import { launch } from './chromium.mjs';
import { explorer } from './explorer.mjs';

const WHOLE_RUN_MS = 150_000;

const [, , binary, screenshot] = process.argv;
if (!binary) {
  console.error('usage: node run.mjs PATH_TO_SHAREHOLD [SCREENSHOT.png]');
  process.exit(2);
}

await checks(WHOLE_RUN_MS, async () => {
  const demo = await startDemo(binary);
  const browser = await launch();
  try {
    await explorer(browser, demo, screenshot);
  } finally {
    await browser.close();
    const status = await demo.stop();
    holds('SIGTERM: ends with status 0', status === 0, status);
    if (anyFailed()) console.log(`--- what the server printed\n${demo.log()}---`);
  }
});
