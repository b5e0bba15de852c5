// Two ways of looking at a screen: pictures for people, in test/screenshots, and axe for what a picture does not show.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type { AxeResults, ElementContext, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

import { ROOT } from '../../cli/run-program.ts';

interface Axe {
  run(where: ElementContext, options: RunOptions): Promise<AxeResults>;
}

/** The rules of axe about colours that are on by default; the tag cat.color would turn on those of AAA as well. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];
const PICTURES = join(ROOT, 'test/screenshots');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Each theme at one of the sizes: all four pairs would cost twice as much, and a screen's colours know nothing of its width. */
const LOOKS = [
  { theme: 'light', size: { width: 1280, height: 800 }, axe: 'everything' },
  { theme: 'dark', size: { width: 900, height: 600 }, axe: 'colours' },
] as const;

/** One picture of what can be seen now: test/screenshots/NAME.png */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
}

/** In light and wide, in dark and narrow: tables and their cells fit, and axe finds nothing, in the second look of what depends on colours. The page is left in light and 1280 × 800. */
export async function lookAt(page: Page, name: string): Promise<void> {
  for (const { theme, size, axe } of LOOKS) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize(size);
    await picture(page, `${name}-${theme}-${size.width}`);
    expect(await cutOff(page), `${name} at ${size.width}`).toEqual([]);
    await checkAccessibility(page, axe);
  }
  const [{ theme, size }] = LOOKS;
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize(size);
}

/** What of a table cannot be read: columns beside the window, and text that ends at the edge of its cell without saying so (…). */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[role=grid], [role=gridcell]')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
      .map((element) => element.getAttribute('aria-label') ?? element.innerText),
  );
}

/** Fails with what axe finds (WCAG 2.2 AA and good practice), each with where it is. */
export async function checkAccessibility(
  page: Page,
  what: 'everything' | 'colours' = 'everything',
): Promise<void> {
  const isLoaded = await page.evaluate(() => 'axe' in globalThis);
  if (!isLoaded) await page.evaluate(AXE);
  const options: RunOptions = what === 'colours' ? { runOnly: { type: 'rule', values: COLOUR_RULES } } : {};
  const found = await page.evaluate(async (given) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run(document, given);
    return violations.map(({ id, help, nodes }) => ({
      id,
      help,
      at: nodes.map(({ target, failureSummary }) => `${String(target)}: ${failureSummary ?? ''}`),
    }));
  }, options);
  expect(found).toEqual([]);
}
