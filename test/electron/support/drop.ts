// A drag of files from the file manager onto a page, made by Chromium itself.

import type { Page } from 'playwright-core';

export async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await cdp.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data: { ...data, files: [...paths] } });
  }
  await cdp.detach();
}
