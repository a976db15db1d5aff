// node page.mjs ADDRESS: what a person does with the page of javascript.md, in the system's Chromium. Says `saw …` for each thing seen.

import { chromium } from 'playwright-core';

// No other host has an address.
const FLAGS = ['--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];

const [, , address] = process.argv;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  page.on('console', (message) => console.error(message.text()));
  const saw = async (id) => console.log(`saw ${await page.locator(id).innerText()}`);
  await page.goto(address);
  await saw('#hello');
  await page.click('#sign-in');
  await page.fill('input[name=login]', 'ann');
  await page.fill('input[name=password]', 'any');
  await page.click('button[type=submit]');
  await page.click('button[type=submit]'); // agrees
  await page.waitForSelector('#move:not([hidden])');
  await saw('#hello');
  await page.fill('input[name=city]', 'Lisbon');
  await page.click('#move button');
  await page.getByText('in Lisbon').waitFor();
  await saw('#hello');
  console.log(`at ${page.url()}`);
} finally {
  await browser.close();
}
