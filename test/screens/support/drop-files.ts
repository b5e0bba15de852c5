// Files of this machine dropped on the page, as a file manager does it: the page gets their bytes, not their paths.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import type { Page } from 'playwright-core';

/** On what `selector` finds; the whole page unless told. */
export async function dropFiles(page: Page, paths: readonly string[], selector = 'body'): Promise<void> {
  const files = paths.map((path) => ({
    name: basename(path),
    base64: readFileSync(path).toString('base64'),
  }));
  const transfer = await page.evaluateHandle((given) => {
    const made = new DataTransfer();
    for (const { name, base64 } of given) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      made.items.add(new File([bytes], name));
    }
    return made;
  }, files);
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent(selector, type, { dataTransfer: transfer });
  }
  await transfer.dispose();
}
