// Names the content of a backup, so that copies and renamed files are known again and no key is tried twice on them.
// It is made of what inspecting reads anyway; it must never be taken for proof that two files are equal.

import { createHash } from 'node:crypto';

import type { BackupFile } from './backup-file.ts';

const FORMAT = 'strongroom backup identity 1';

/**
 * SHA-256, in hexadecimal, over the slug and each member's name, size and first bytes (up to a tar block). Every
 * encrypted member starts with random salts of its own, so this tells exactly which encrypted content it is: a copy has
 * the same identity, a backup that was encrypted anew another one, also under the same key. Damage beyond the first
 * bytes of a member, a cut-off end of the last one, and changes of the metadata other than the slug do not show.
 */
export function identityOf({ metadata, members }: Pick<BackupFile, 'metadata' | 'members'>): string {
  const hash = createHash('sha256');
  const add = (field: string | Buffer): void => {
    // Each with its length, so that no two lists of fields run together into the same bytes.
    hash.update(`${Buffer.byteLength(field)}:`).update(field);
  };
  add(FORMAT);
  add(metadata.slug);
  for (const { entry, start } of members) {
    add(entry.name);
    add(String(entry.sizeBytes));
    add(start);
  }
  return hash.digest('hex');
}
