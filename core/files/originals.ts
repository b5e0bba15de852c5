// Where originals go after they were replaced: beside the new file, into a quarantine folder for some days, or into
// the system's trash. Nothing is deleted before its replacement has been read back, and only what was recorded here.

import { mkdir, readFile, readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { ignoreMissing, writeSynced } from './output-journal.ts';
import { clockWasWrong, DAY_MS, fileOfRecord, QUARANTINE_FOLDER, recordPathOf } from './quarantine-record.ts';
import { identityOf } from './renames.ts';

interface QuarantineRecord {
  readonly format: 1;
  readonly replacement: string;
  readonly replacementBytes: number;
  readonly quarantinedAt: string;
  readonly removeAfter: string;
}

/** A free name for an original: `<name>.orig` (`.orig.2` …), beside it or in the quarantine folder, on the same drive. */
export async function placeForOriginal(
  finalPath: string,
  originals: 'keep' | 'quarantine' | 'trash',
): Promise<string> {
  if (originals !== 'quarantine') return freePath(`${finalPath}.orig`);
  const folder = join(dirname(finalPath), QUARANTINE_FOLDER);
  await mkdir(folder, { recursive: true });
  return freePath(join(folder, `${basename(finalPath)}.orig`));
}

/** Notes when the quarantined file may go, and that only beside a replacement of that size. */
export async function recordQuarantine(
  quarantinedPath: string,
  replacementPath: string,
  replacementBytes: number,
  days: number,
): Promise<void> {
  const now = Date.now();
  const record: QuarantineRecord = {
    format: 1,
    replacement: basename(replacementPath),
    replacementBytes,
    quarantinedAt: new Date(now).toISOString(),
    removeAfter: new Date(now + days * DAY_MS).toISOString(),
  };
  await writeSynced(recordPathOf(quarantinedPath), JSON.stringify(record, null, 2));
}

export async function forgetQuarantine(quarantinedPath: string): Promise<void> {
  await unlink(recordPathOf(quarantinedPath)).catch(ignoreMissing);
}

/** Removes originals whose time is over and whose replacement still stands as it was. Returns their paths. */
export async function purgeQuarantine(folder: string, now: Date = new Date()): Promise<string[]> {
  const quarantine = join(folder, QUARANTINE_FOLDER);
  const removed: string[] = [];
  for (const name of await namesIn(quarantine)) {
    const original = fileOfRecord(name);
    if (original === null) continue;
    const quarantined = join(quarantine, original);
    const record = parseRecord(await readFile(recordPathOf(quarantined), 'utf8'));
    if (record === null || !(new Date(record.removeAfter) < now)) continue;
    const replacement = await identityOf(join(folder, basename(record.replacement)));
    if (replacement?.sizeBytes !== record.replacementBytes) continue;
    if (clockWasWrong(record.quarantinedAt, (await identityOf(quarantined))?.mtimeMs ?? 0)) continue;
    await unlink(quarantined).catch(ignoreMissing);
    await forgetQuarantine(quarantined);
    removed.push(quarantined);
  }
  return removed;
}

/** null for a record that cannot be read: its original stays. */
function parseRecord(content: string): QuarantineRecord | null {
  try {
    const record = JSON.parse(content) as QuarantineRecord | { readonly format?: unknown };
    return record.format === 1 ? (record as QuarantineRecord) : null;
  } catch {
    return null; // cut off by a power cut, or not ours
  }
}

/** Moves a file to the system's trash. Returns why it could not, and the file then stays where it is. */
export async function moveToTrash(path: string): Promise<string | null> {
  try {
    const { default: trash } = await import('trash');
    await trash(path, { glob: false });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

async function freePath(wanted: string): Promise<string> {
  for (let count = 1; ; count++) {
    const path = count === 1 ? wanted : `${wanted}.${count}`;
    if ((await identityOf(path)) === null) return path;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
