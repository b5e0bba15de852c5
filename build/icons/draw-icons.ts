// `npm run icons`: draws every icon of the program from the three drawings beside this script, with the Chromium of this machine. The
// results are kept in the repository, so that packing needs no browser.

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { chromium, type Page } from 'playwright-core';

import { packIcns, packIco, type DrawnIcon } from './icon-containers.ts';

const here = import.meta.dirname;
/** Whole multiples of the small drawing's grid; between them it would blur. */
const DRAWN_SMALL = [16, 32];
const SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024];

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const browser = await chromium.launch({
  ...(executablePath === undefined ? { channel: 'chrome' } : { executablePath }),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage();
  const large = await readFile(join(here, 'strongroom.svg'), 'utf8');
  const small = await readFile(join(here, 'strongroom-small.svg'), 'utf8');
  const tray = await readFile(join(here, 'strongroom-tray.svg'), 'utf8');

  const icons: DrawnIcon[] = [];
  for (const sizePx of SIZES) {
    icons.push({ sizePx, png: await draw(page, DRAWN_SMALL.includes(sizePx) ? small : large, sizePx) });
  }
  await mkdir(join(here, 'png'), { recursive: true });
  for (const { sizePx, png } of icons) {
    await writeFile(join(here, 'png', `${String(sizePx)}x${String(sizePx)}.png`), png);
  }
  await writeFile(join(here, 'icon.ico'), packIco(icons.filter(({ sizePx }) => sizePx <= 256)));
  // macOS wants a margin around the shape, which its own icons have.
  const withMargin = large.replace('viewBox="0 0 512 512"', 'viewBox="-33 -33 578 578"');
  const forMac: DrawnIcon[] = [];
  for (const sizePx of SIZES) {
    forMac.push({ sizePx, png: await draw(page, sizePx <= 16 ? small : withMargin, sizePx) });
  }
  await writeFile(join(here, 'icon.icns'), packIcns(forMac));

  await mkdir(join(here, 'tray'), { recursive: true });
  for (const [suffix, scale] of [
    ['', 1],
    ['@2x', 2],
    ['@3x', 3],
  ] as const) {
    // macOS colours an icon by itself when its name ends in “Template”.
    await writeFile(join(here, 'tray', `trayTemplate${suffix}.png`), await draw(page, tray, 16 * scale));
    await writeFile(join(here, 'tray', `tray${suffix}.png`), await draw(page, small, 16 * scale));
  }
} finally {
  await browser.close();
}

async function draw(page: Page, svg: string, sizePx: number): Promise<Buffer> {
  await page.setViewportSize({ width: sizePx, height: sizePx });
  await page.setContent(
    `<!doctype html><style>html,body{margin:0;background:transparent}svg{display:block;width:${String(sizePx)}px;height:${String(sizePx)}px}</style>${svg}`,
  );
  return page.screenshot({ omitBackground: true });
}
