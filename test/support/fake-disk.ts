// A disk with or without hard links, and a trash of the test's own. A test file has to mock both modules itself
// (vi.mock is hoisted only there); this file may import nothing that imports them.

import { readFileSync, rmSync } from 'node:fs';

export const disk = { hasLinks: true };

/** node:fs/promises on a disk that has hard links, or not. */
export function onDisk(real: typeof import('node:fs/promises')): typeof import('node:fs/promises') {
  const link: typeof real.link = (from, to) =>
    disk.hasLinks
      ? real.link(from, to)
      : Promise.reject(Object.assign(new Error('EPERM: no hard links here'), { code: 'EPERM' }));
  return { ...real, link };
}

/** Contents of what was thrown away. */
export const trashed: string[] = [];

export function trash(path: string): Promise<void> {
  trashed.push(readFileSync(path, 'utf8'));
  rmSync(path);
  return Promise.resolve();
}
