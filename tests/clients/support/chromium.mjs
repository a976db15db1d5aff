// The system's Chromium, which reaches this machine and nothing else, and a page that writes down what it does.

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const LAUNCH_TIMEOUT_MS = 60_000;
const STEP_TIMEOUT_MS = 15_000;

// No other host has an address; and Chromium asks for nothing of its own.
const FLAGS = [
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Each script has Playwright in a folder of its own: `chromium` is that one's. */
export function launch(chromium) {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS, timeout: LAUNCH_TIMEOUT_MS });
}

/** A page, and what it asked for, complained of and was refused. */
export async function newPage(browser) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  const page = await context.newPage();
  const seen = { requests: [], complaints: [], violations: [] };
  page.on('request', (request) => seen.requests.push(request.url()));
  page.on('pageerror', (error) => seen.complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) seen.complaints.push(message.text());
  });
  await page.exposeFunction('violated', (directive, uri) => seen.violations.push(`${directive} ${uri}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => window.violated(event.effectiveDirective, event.blockedURI));
  });
  return { page, context, seen };
}
