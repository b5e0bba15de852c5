// Backups in an old format that take a moment to rewrite, so that the middle of a job can be met. One is made, the others are its twins
// with slugs of their own, and so contents of their own.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeBackup } from '../../support/make-backup.ts';

const MEMBERS = 2;
const MEMBER_BYTES = 10_000_000;
const FIRST_SLUG = 'c0ffee00';

/** “large 0.tar” and so on. */
export async function writeLargeBackups(folder: string, password: string, count: number): Promise<void> {
  const first = join(folder, 'large 0.tar');
  await makeBackup(first, password, MEMBERS, MEMBER_BYTES, FIRST_SLUG);
  const bytes = readFileSync(first);
  const at = bytes.indexOf(FIRST_SLUG);
  if (at === -1) throw new Error('The slug is not in the file as it is.');
  for (let number = 1; number < count; number++) {
    bytes.write(FIRST_SLUG.slice(0, -2) + number.toString(16).padStart(2, '0'), at);
    writeFileSync(join(folder, `large ${number}.tar`), bytes);
  }
}

/** SHA-256 of each file in `folder`, by name; folders inside are left out, and files that are being written. */
export function digestsIn(folder: string): Map<string, string> {
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.endsWith('.partial'),
  );
  return new Map(
    files.map(({ name }) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}
