// node run.mjs PATH_TO_SHAREHOLD [SCREENSHOT.png]
// What people and their browsers see of a running Sharehold. Ends by itself; exit status 1 if anything did not hold.

import { chromium } from 'playwright-core';

import { checks } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';
import { startDemo, startServe } from '../support/sharehold.mjs';
import { withServer } from '../support/with-server.mjs';
import { cors, startSite } from './cors.mjs';
import { explorer } from './explorer.mjs';

const WHOLE_RUN_MS = 150_000;

const [, , binary, screenshot] = process.argv;
if (!binary) {
  console.error('usage: node run.mjs PATH_TO_SHAREHOLD [SCREENSHOT.png]');
  process.exit(2);
}

await checks(WHOLE_RUN_MS, async () => {
  const browser = await launch(chromium);
  const [listed, unlisted] = await Promise.all([startSite(), startSite()]);
  try {
    await withServer(startDemo(binary), (demo) => explorer(browser, demo, screenshot));
    const configuration = `[cors]\norigins = ["${listed.origin}"]`;
    await withServer(startServe(binary, configuration), (server) => cors(browser, server, listed, unlisted));
  } finally {
    await browser.close();
    await Promise.all([listed.stop(), unlisted.stop()]);
  }
});
