// A catalogue in a folder of its own that goes with the test.

import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { openCatalog, type Catalog } from '../../core/catalog/index.ts';
import { scratch } from '../support/fixtures.ts';

export async function newPath(): Promise<string> {
  return join(await scratch(), 'catalog.sqlite');
}

export function opened(path: string, now?: () => Date): Catalog {
  const catalog = openCatalog(path, now);
  onTestFinished(() => catalog.close());
  return catalog;
}

export async function newCatalog(now?: () => Date): Promise<Catalog> {
  return opened(await newPath(), now);
}

/** A clock that is set by hand. */
export function handSetClock(start = '2025-03-01T12:00:00.000Z'): {
  set(iso: string): void;
  now: () => Date;
} {
  let at = start;
  return { set: (iso) => (at = iso), now: () => new Date(at) };
}
