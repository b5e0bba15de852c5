// The browser of the screen tests: a Chromium of this machine. Where there is none the tests are skipped with a printed reason; in CI
// they fail.

import { existsSync } from 'node:fs';
import { afterAll } from 'vitest';

import { chromium, type Browser } from 'playwright-core';

const PLACES = [
  process.env['STRONGROOM_TEST_BROWSER'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Quiet: nothing is looked for on the network. */
const ARGUMENTS = [
  '--no-sandbox', // tests may run as root
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  '--disable-dev-shm-usage',
  '--disable-gpu', // there is none on servers, and drawing without one is faster than pretending
  '--host-resolver-rules=MAP *.stranger.test 127.0.0.1', // whose owner made them lead here (DNS rebinding)
];

/** Where the browser is; null where there is none. @throws in CI, where the screens are never left out */
export function findChromium(): string | null {
  const found = PLACES.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  const reason = 'There is no Chromium, Chrome or Edge on this machine.';
  if (process.env['CI'] !== undefined) throw new Error(`${reason} (apt install chromium)`);
  process.stderr.write(`skipped: ${reason}\n`);
  return null;
}

/** For `describe.skipIf`. */
export const hasNoBrowser = findChromium() === null;

let browser: Promise<Browser> | null = null;

/** One for each test file. */
export function startedBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: findChromium() ?? '', args: ARGUMENTS });
  return browser;
}

afterAll(async () => {
  await (await browser)?.close();
  browser = null;
});
