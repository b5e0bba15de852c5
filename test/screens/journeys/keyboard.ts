// The keyboard as somebody uses it who has no mouse: Tab from place to place, and at each the focus can be seen.

import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

const MOST_STOPS = 120;

/** Notes every touch of a pointer; answers with their count. */
export async function watchPointer(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const seen = { count: 0 };
    for (const kind of ['pointerdown', 'mousedown', 'mousemove', 'wheel', 'touchstart'])
      addEventListener(kind, () => seen.count++, { capture: true });
    Object.assign(globalThis, { seenPointer: seen });
  });
  return () =>
    page.evaluate(() => (globalThis as unknown as { seenPointer: { count: number } }).seenPointer.count);
}

/** Presses Tab until the focus is on it; on the way the focus can be seen at every stop. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const stops: string[] = [];
  for (let press = 0; press < MOST_STOPS; press++) {
    if (await isFocused(target)) return;
    await page.keyboard.press(key);
    const { name, fault } = await page.evaluate(describeFocus);
    expect(fault, `the focus on “${name}”`).toBeNull();
    stops.push(name);
  }
  throw new Error(`${key} never came to ${String(target)}, only to: ${stops.join(' | ')}`);
}

/** Tab to it, then the key. */
export async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await target.first().waitFor();
  await tabTo(page, target.first());
  await page.keyboard.press(key);
}

/** Tab to the field, and type in the place of what is in it. */
export async function typeInto(page: Page, target: Locator, text: string): Promise<void> {
  await target.first().waitFor();
  await tabTo(page, target.first());
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

async function isFocused(target: Locator): Promise<boolean> {
  if ((await target.count()) === 0) return false;
  return target.first().evaluate((node) => node === document.activeElement);
}

/** In the page. The window itself is where Tab goes from the last stop to the first. */
function describeFocus(): { readonly name: string; readonly fault: string | null } {
  const at = document.activeElement;
  if (at === null || at === document.body) return { name: 'the window', fault: null };
  const name = (at.getAttribute('aria-label') ?? at.textContent.trim()).slice(0, 40) || at.tagName;
  const row = at.getAttribute('aria-activedescendant');
  const shown = (row === null ? null : document.getElementById(row)) ?? at;
  const { left, top, right, bottom, width, height } = shown.getBoundingClientRect();
  if (width === 0 || height === 0) return { name, fault: 'is on something that has no size' };
  if (right < 0 || bottom < 0 || left > innerWidth || top > innerHeight)
    return { name, fault: 'is outside the window' };
  const hasMark = (element: Element): boolean => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
    const isOutlined =
      outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && !/, 0\)|transparent/.test(outlineColor);
    return isOutlined || boxShadow !== 'none';
  };
  return hasMark(shown) ? { name, fault: null } : { name, fault: 'cannot be seen' };
}
