// Where originals go after they were replaced: beside the new file, into a quarantine folder for some days, or into
// the system's trash. Nothing is deleted before its replacement has been read back, and only what was recorded here.

import { mkdir, readFile, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const QUARANTINE_FOLDER = 'Strongroom quarantine';
const RECORD_SUFFIX = '.quarantine.json';
const DAY_MS = 24 * 60 * 60 * 1000;

interface QuarantineRecord {
  readonly format: 1;
  readonly replacement: string;
  readonly replacementBytes: number;
  readonly removeAfter: string;
}

/** `<name>.orig`, or `<name>.orig.2` and so on where that is taken. */
export async function siblingPathFor(finalPath: string): Promise<string> {
  return freePath(`${finalPath}.orig`);
}

/** A free name in the quarantine folder, which is made beside the file, on the same drive. */
export async function quarantinePathFor(finalPath: string): Promise<string> {
  const folder = join(dirname(finalPath), QUARANTINE_FOLDER);
  await mkdir(folder, { recursive: true });
  return freePath(join(folder, `${basename(finalPath)}.orig`));
}

/** Notes when the quarantined file may go. */
export async function recordQuarantine(
  quarantinedPath: string,
  replacementPath: string,
  days: number,
): Promise<void> {
  const { size } = await stat(replacementPath);
  const record: QuarantineRecord = {
    format: 1,
    replacement: basename(replacementPath),
    replacementBytes: size,
    removeAfter: new Date(Date.now() + days * DAY_MS).toISOString(),
  };
  await writeFile(`${quarantinedPath}${RECORD_SUFFIX}`, JSON.stringify(record, null, 2));
}

/** Removes originals whose time is over and whose replacement still stands as it was. Returns their paths. */
export async function purgeQuarantine(folder: string, now: Date = new Date()): Promise<string[]> {
  const quarantine = join(folder, QUARANTINE_FOLDER);
  const removed: string[] = [];
  for (const name of await namesIn(quarantine)) {
    if (!name.endsWith(RECORD_SUFFIX)) continue;
    const recordPath = join(quarantine, name);
    const record = JSON.parse(await readFile(recordPath, 'utf8')) as QuarantineRecord;
    if (record.format !== 1 || !(new Date(record.removeAfter) < now)) continue;
    const replacement = await stat(join(folder, basename(record.replacement))).catch(() => null);
    if (replacement === null || replacement.size !== record.replacementBytes) continue;
    const quarantined = recordPath.slice(0, -RECORD_SUFFIX.length);
    await unlink(quarantined);
    await unlink(recordPath);
    removed.push(quarantined);
  }
  return removed;
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
    const taken = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (taken === null) return path;
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
