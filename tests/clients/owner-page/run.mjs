// node run.mjs PATH_TO_SHAREHOLD [SCREENSHOT.png]
// The owner's page of a running Sharehold, as people use it. Ends by itself; exit status 1 if anything did not hold.

import { chromium } from 'playwright-core';

import { checks } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';
import { freePort, startDemo, startServe } from '../support/sharehold.mjs';
import { withServer } from '../support/with-server.mjs';
import { startAuthority } from './authority.mjs';
import { ownerPage } from './page.mjs';
import { signingIn } from './signing-in.mjs';

const WHOLE_RUN_MS = 150_000;

const [, , binary, screenshot] = process.argv;
if (!binary) {
  console.error('usage: node run.mjs PATH_TO_SHAREHOLD [SCREENSHOT.png]');
  process.exit(2);
}

await checks(WHOLE_RUN_MS, async () => {
  const browser = await launch(chromium);
  const authority = await startAuthority(await freePort());
  try {
    await withServer(startDemo(binary), (demo) => ownerPage(browser, demo, screenshot));
    const configuration = `[owner_page]\nissuer = "${authority.issuer}"\nclient_id = "${authority.client}"\n[rate]\nenabled = false`;
    await withServer(startServe(binary, configuration, authority.issuer), (server) => signingIn(browser, server, authority));
  } finally {
    await browser.close();
    await authority.stop();
  }
});
