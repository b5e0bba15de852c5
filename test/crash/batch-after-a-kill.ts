// What must hold after a batch was killed, whenever that was: once the next start has recovered, every content is whole under its
// name, the originals are where they belong and nowhere else, no work is left half done, and the catalogue says what the disk
// says; and once the job was resumed, everything is as if nothing had happened.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { Job } from '../../shared/jobs.ts';
import type { BatchReport, BatchRequest } from '../../shared/library.ts';
import { namesIn, sha256Of } from '../support/folder-state.ts';
import { quietScan } from '../support/quiet-scan.ts';
import type { LibraryPlace, OpenPlace } from '../system/library-place.ts';
import type { BatchPlace, KnownFile } from './batch-place.ts';

const QUARANTINE = 'Strongroom quarantine';

/**
 * Nothing is lost, nothing is there twice, nothing is half done. Returns the names of the files that were rewritten.
 * @throws what is wrong, in words
 */
export async function requireOrder(
  place: LibraryPlace,
  { files, contents }: Pick<BatchPlace, 'files' | 'contents'>,
  { originals }: Pick<BatchRequest, 'originals'>,
): Promise<ReadonlySet<string>> {
  const rewritten = new Set<string>();
  for (const { name, sha256, content } of files) {
    const path = join(place.backups, name);
    if ((await sha256Of(path)) === sha256) continue;
    if (content === null) throw new Error(`“${name}” was damaged, and is something else now`);
    if ((await contents.of(path)) !== content) throw new Error(`“${name}” holds something else now`);
    rewritten.add(name);
  }
  const folders = new Set([QUARANTINE, ...files.map(({ name }) => dirname(name))]); // which may be made and left empty
  const names = (await namesIn(place.backups)).filter((name) => !folders.has(name));
  requireSame('names of files', names, namesAfter(files, rewritten, originals));
  for (const { name, sha256 } of files.filter((file) => rewritten.has(file.name))) {
    if (originals === 'trash') continue;
    const kept = join(place.backups, ...(originals === 'keep' ? [] : [QUARANTINE]), `${name}.orig`);
    if ((await sha256Of(kept)) !== sha256) throw new Error(`the original of “${name}” is not what it was`);
  }
  const inTrash = originals === 'trash' ? files.filter(({ name }) => rewritten.has(name)) : [];
  const wanted = inTrash.map(({ sha256 }) => sha256).sort();
  requireSame('originals in the trash', (await sumsInTrash(place)).sort(), wanted);
  return rewritten;
}

/** The database is whole, and every file that it says is there is there. @throws what is wrong */
export function requireSoundCatalog({ catalog }: LibraryPlace): void {
  const database = new DatabaseSync(catalog, { readOnly: true });
  try {
    const all = (sql: string): Record<string, unknown>[] => database.prepare(sql).all();
    requireSame('integrity', JSON.stringify(all('PRAGMA integrity_check')), '[{"integrity_check":"ok"}]');
    requireSame('foreign keys', JSON.stringify(all('PRAGMA foreign_key_check')), '[]');
    const copies = all('SELECT path FROM copies WHERE missing_since IS NULL').map(({ path }) => String(path));
    const absent = copies.filter((path) => !existsSync(path));
    requireSame('files that are not there', absent, []);
    requireSame(
      'jobs with an owner',
      JSON.stringify(all('SELECT id FROM jobs WHERE owner IS NOT NULL')),
      '[]',
    );
    const running = all("SELECT path FROM job_items WHERE state = 'running'");
    requireSame('items that run', JSON.stringify(running), '[]');
  } finally {
    database.close();
  }
}

/** A scan finds everything just as the catalogue has it. @throws what is news to it */
export async function requireNoNews({ desk }: OpenPlace, fileCount: number): Promise<void> {
  const found = await desk.scan({});
  const { folders, durationMs } = found;
  const nothing = quietScan(folders[0]?.path ?? '', { unchangedCount: fileCount, durationMs });
  requireSame('news of a scan', JSON.stringify(found), JSON.stringify(nothing));
}

/** Its counts add up, and it claims nothing that is not done. @throws what is wrong */
export function requireTruthfulJob(
  job: Job,
  rewritten: ReadonlySet<string>,
  files: readonly KnownFile[],
): void {
  const { total, done, skipped, failed, cancelled, left } = job.counts;
  requireSame('items', total, files.length);
  requireSame('sum of items', done + skipped + failed + cancelled + left, total);
  requireSame('skipped and cancelled items', skipped + cancelled, 0);
  const isWaiting = job.startedAt === null && job.state === 'waiting'; // killed before anybody took it
  const isDone = left === 0 && job.endedAt !== null;
  requireSame('state', job.state, isWaiting ? 'waiting' : isDone ? 'done' : 'interrupted');
  if (done > rewritten.size) throw new Error(`${done} items are said to be done, ${rewritten.size} are`);
  if (failed > 1) throw new Error(`${failed} items are said to have failed`);
}

/** After the job was resumed. @throws what is wrong */
export async function requireFinished(
  place: LibraryPlace,
  batch: BatchPlace,
  { desk }: OpenPlace,
  report: BatchReport,
): Promise<void> {
  const { request } = report;
  const rewritten = await requireOrder(place, batch, request);
  const sound = batch.files.filter(({ content }) => content !== null).map(({ name }) => name);
  requireSame('rewritten files', [...rewritten].sort(), [...sound].sort());
  requireSame('state of the report', report.state, 'done');
  for (const { path, outcome, originalPath, error } of report.items) {
    const isDamaged = path.endsWith('damaged.tar');
    requireSame(`outcome of ${path}`, outcome, isDamaged ? 'failed' : 'done');
    if (isDamaged) requireSame('error of the damaged one', error?.code, 'DAMAGED_PAYLOAD');
    const hasOriginal = originalPath !== null && existsSync(originalPath);
    if (!isDamaged) requireSame(`original of ${path}`, hasOriginal, request.originals !== 'trash');
  }
  const [one, other] = await Promise.all(
    ['backup-2.tar', 'copy of 2.tar'].map((name) => sha256Of(join(place.backups, name))),
  );
  requireSame('copies of one backup', one, other);
  requireSoundCatalog(place);
  await requireNoNews({ desk } as OpenPlace, batch.files.length);
  await requireKeysKnown(batch, desk, request);
  const again = await desk.planBatch(request, {});
  const left = again.items.filter(({ state }) => state !== 'nothing-to-do').map(({ path }) => path);
  requireSame('what a second batch would do', left, [join(place.backups, 'damaged.tar')]);
}

/** Where the key changes: each file is under exactly one of the two keys, and the library knows which. @throws what is wrong */
export async function requireKnownKeys(
  { desk }: OpenPlace,
  { oldKeyId, newKeyId }: BatchPlace,
  rewritten: ReadonlySet<string>,
  { operation }: BatchRequest,
): Promise<void> {
  if (operation !== 'rekey') return;
  await desk.matchUntried(); // as every start does: a file that was swapped in the last instant is tried
  for (const { copies, keyIds } of await desk.listBackups()) {
    for (const { path, folderId } of copies.filter(({ state }) => state === 'present')) {
      if (folderId === null) continue; // an original
      const wanted = rewritten.has(basename(path)) ? newKeyId : oldKeyId;
      requireSame(`keys of ${path}`, keyIds, [wanted]);
    }
  }
}

/** The rotation is told as it is, the old key is retired, and stays for the damaged one. @throws what is wrong */
export async function requireRotated({ backups }: LibraryPlace, { desk }: OpenPlace): Promise<void> {
  const rotations = await desk.rotations.list();
  requireSame('rotations', rotations.length, 1);
  const [{ left, oldKeys, apart, state } = ABSENT] = rotations;
  const notKept = left.filter(({ why }) => why !== 'kept').map(({ path, why }) => [path, why]);
  requireSame('what is left', notKept, [[join(backups, 'damaged.tar'), 'failed']]);
  requireSame('state of the rotation', state, 'open');
  requireSame(
    'old key',
    oldKeys.map((key) => key.state),
    ['retired'],
  );
  requireSame('backups whose copies are apart', apart, []);
}

const ABSENT = { left: [], oldKeys: [], apart: [], state: 'absent' } as const;

/** Every new backup is in its format, and known to be opened by the one key that it is under. @throws what is wrong */
async function requireKeysKnown(
  { oldKeyId, newKeyId }: BatchPlace,
  desk: OpenPlace['desk'],
  { operation, format: wantedFormat }: BatchRequest,
): Promise<void> {
  for (const { copies, format, keyState, keyIds } of await desk.listBackups()) {
    const present = copies.filter(({ folderId, state }) => folderId !== null && state === 'present');
    const [copy] = present;
    if (copy === undefined) continue; // an original: it is nowhere in the library any more
    const isDamaged = copy.path.endsWith('damaged.tar');
    const keyId = operation === 'rekey' && !isDamaged ? newKeyId : oldKeyId;
    const wanted = [isDamaged ? 'v2' : wantedFormat, 'opens', keyId];
    requireSame(`what is known of ${copy.path}`, [format, keyState, ...keyIds], wanted);
  }
}

function namesAfter(
  files: readonly KnownFile[],
  rewritten: ReadonlySet<string>,
  originals: BatchRequest['originals'],
): string[] {
  const kept = files.filter(({ name }) => rewritten.has(name)).map(({ name }) => `${name}.orig`);
  const names = files.map(({ name }) => name);
  if (originals === 'keep') names.push(...kept);
  if (originals === 'quarantine')
    for (const name of kept) names.push(`${QUARANTINE}/${name}`, `${QUARANTINE}/${name}.quarantine.json`);
  return names.sort();
}

async function sumsInTrash({ home }: LibraryPlace): Promise<string[]> {
  const trash = join(home, 'Trash', 'files');
  const names = await readdir(trash).catch(() => []); // nothing was ever put there
  return Promise.all(names.map((name) => sha256Of(join(trash, name))));
}

export function requireSame(what: string, found: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a === b) return;
  const without = (some: unknown, others: unknown): unknown =>
    Array.isArray(some) && Array.isArray(others) ? some.filter((one) => !others.includes(one)) : some;
  const news = JSON.stringify(without(found, wanted));
  throw new Error(`${what}: ${news}, and not ${JSON.stringify(without(wanted, found))}`);
}
