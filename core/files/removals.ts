// Files that a scheme takes out of a folder: by one rename into the quarantine folder beside them, from which each can be brought
// back. The note about it is on the disk before the file moves, so at each moment a file is where it was, or in quarantine with its
// note. Notes name files of their own folder only.

import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

import * as v from 'valibot';

import { StrongroomError } from '../../shared/errors.ts';
import { ignoreMissing } from './output-journal.ts';
import { DAY_MS, fileOfRecord, QUARANTINE_FOLDER, recordPathOf } from './quarantine-record.ts';
import { identityOf, isOneFile, moveWithoutOverwriting } from './renames.ts';
import { syncFolder } from './sync-folder.ts';

const time = v.pipe(v.string(), v.isoTimestamp());
/** Format 1 are originals that were replaced: see originals.ts. */
const RECORD = v.object({
  format: v.literal(2),
  removedFrom: v.pipe(
    v.string(),
    v.check((name) => !['', '.', '..'].includes(name) && basename(name) === name && !name.includes('\0')),
  ),
  removedAt: time,
  deleteAfter: time,
  runId: v.pipe(v.string(), v.uuid()),
  sizeBytes: v.pipe(v.number(), v.minValue(0)),
});
type Record = v.InferOutput<typeof RECORD>;

/** A file in quarantine with what its note says. */
export interface Removal {
  /** Where it was. */
  readonly path: string;
  /** Where it is. */
  readonly keptAt: string;
  readonly sizeBytes: number;
  readonly removedAt: string;
  readonly deleteAfter: string;
  readonly runId: string;
}

export interface RemovalOrder {
  /** The same for all files that go together; a UUID. */
  readonly runId: string;
  readonly days: number;
  readonly now?: Date;
}

/**
 * Moves the file into the quarantine folder beside it.
 * @throws OUTPUT_REFUSED a link or a file has that folder's name; what the system says; then it is where it was
 */
export async function removeToQuarantine(
  path: string,
  { runId, days, now = new Date() }: RemovalOrder,
): Promise<Removal> {
  const folder = join(dirname(path), QUARANTINE_FOLDER);
  await makeFolder(folder);
  const keptAt = join(folder, unusedName(basename(path)));
  const record: Record = {
    format: 2,
    removedFrom: basename(path),
    removedAt: now.toISOString(),
    deleteAfter: new Date(now.getTime() + days * DAY_MS).toISOString(),
    runId,
    sizeBytes: (await identityOf(path))?.sizeBytes ?? 0,
  };
  try {
    await writeNewSynced(recordPathOf(keptAt), JSON.stringify(record, null, 2));
    await syncFolder(folder);
    await rename(path, keptAt);
  } catch (error) {
    // Over a network a rename may be done although it is said to have failed.
    if ((await identityOf(keptAt)) === null) await unlink(recordPathOf(keptAt)).catch(ignoreMissing);
    throw error;
  }
  // The new name first: after a power cut both may be there, but never none.
  await syncFolder(folder);
  await syncFolder(dirname(path));
  return removalOf(keptAt, record);
}

/** Where the file of this run is that was at `path`; null where none of it was moved. */
export async function findRemoval(path: string, runId: string): Promise<Removal | null> {
  const removals = await removalsIn(dirname(path));
  return removals.find((removal) => removal.path === path && removal.runId === runId) ?? null;
}

/**
 * The files that schemes took out of a folder and that are in its quarantine. One that is being brought back is in its place
 * already, and is none.
 */
export async function removalsIn(folder: string): Promise<Removal[]> {
  const removals: Removal[] = [];
  for (const removal of await notesIn(folder)) {
    const isThere = (await identityOf(removal.keptAt)) !== null;
    if (isThere && !(await isOneFile(removal.path, removal.keptAt))) removals.push(removal);
  }
  return removals;
}

/** What the note about a file in quarantine says. null: there is none, or it is not about a removal. */
export async function readRemoval(keptAt: string): Promise<Removal | null> {
  if (basename(dirname(keptAt)) !== QUARANTINE_FOLDER) return null;
  const content = await readFile(recordPathOf(keptAt), 'utf8').catch(nullIfMissing);
  const record = v.safeParse(v.pipe(v.string(), v.parseJson(), RECORD), content);
  return record.success ? removalOf(keptAt, record.output) : null;
}

/**
 * Moves it back to where it was.
 * @throws OUTPUT_REFUSED something else stands there now; what the system says
 */
export async function bringBack({ path, keptAt }: Removal): Promise<void> {
  // Where an earlier try was stopped half-way both names lead to it.
  if (await isOneFile(path, keptAt)) await unlink(keptAt).catch(ignoreMissing);
  else await moveWithoutOverwriting(keptAt, path);
  await syncFolder(dirname(path));
  await syncFolder(dirname(keptAt));
  await unlink(recordPathOf(keptAt)).catch(ignoreMissing);
}

/** For good. */
export async function deleteRemoval({ keptAt }: Removal): Promise<void> {
  await unlink(keptAt).catch(ignoreMissing);
  await unlink(recordPathOf(keptAt)).catch(ignoreMissing);
}

/**
 * Ends what was stopped half-way: a file that is back in its place loses its second name, and a note that no file followed goes, also one
 * that was only begun. Not on its first day, when whoever wrote it may be about to move the file.
 */
export async function tidyRemovals(folder: string, now: Date): Promise<void> {
  for (const keptAt of await notedIn(folder)) {
    const note = recordPathOf(keptAt);
    const removal = await readRemoval(keptAt);
    if (removal !== null && (await isOneFile(removal.path, keptAt))) {
      await unlink(keptAt).catch(ignoreMissing);
      await unlink(note).catch(ignoreMissing);
    } else if (OUR_NAME.test(keptAt) && (await identityOf(keptAt)) === null) {
      const writtenMs = (await identityOf(note))?.mtimeMs ?? Infinity;
      if (writtenMs + DAY_MS < now.getTime()) await unlink(note).catch(ignoreMissing);
    }
  }
}

async function notesIn(folder: string): Promise<Removal[]> {
  const removals: Removal[] = [];
  for (const keptAt of await notedIn(folder)) {
    const removal = await readRemoval(keptAt);
    if (removal !== null) removals.push(removal);
  }
  return removals;
}

/** Files in the quarantine of a folder about which there are notes, whoever wrote those. */
async function notedIn(folder: string): Promise<string[]> {
  const quarantine = join(folder, QUARANTINE_FOLDER);
  const names = (await readdir(quarantine).catch(nullIfMissing)) ?? [];
  return names.sort().flatMap((name) => {
    const file = fileOfRecord(name);
    return file === null ? [] : [join(quarantine, file)];
  });
}

function removalOf(keptAt: string, { removedFrom, ...record }: Record): Removal {
  const { sizeBytes, removedAt, deleteAfter, runId } = record;
  const path = join(dirname(dirname(keptAt)), removedFrom);
  return { path, keptAt, sizeBytes, removedAt, deleteAfter, runId };
}

/** One that no file has or will have, so that the rename cannot replace any; it ends as before, so that programs know what it is. */
function unusedName(name: string): string {
  const suffix = extname(name);
  return `${name.slice(0, name.length - suffix.length)}.removed-${randomUUID().slice(0, 13)}${suffix}`;
}

const OUR_NAME = /\.removed-[0-9a-f-]{13}(?:\.[^.]*)?$/;

/** A link would lead out of the folder, to where nobody looks for what was removed. */
async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw notAFolder(folder);
    throw error;
  });
  if (made !== undefined) await syncFolder(dirname(folder));
  else if (!(await lstat(folder)).isDirectory()) throw notAFolder(folder);
}

function notAFolder(path: string): StrongroomError {
  return new StrongroomError('OUTPUT_REFUSED', `“${path}” is no folder, so nothing can be moved into it.`, {
    hint: 'What is removed goes into a folder of that name. Give that link or file another name.',
  });
}

async function writeNewSynced(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
