// What must hold after a scheme or its undo was killed, whenever that was: each file is where it was, or in quarantine with its note, or in
// the trash, exactly once; what stays is untouched; the rest of the job can be done; and everything comes back byte for byte.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { tidyRemovals } from '../../core/files/index.ts';
import type { LibraryDesk } from '../../core/library/index.ts';
import { sha256Of, stateOf } from '../support/folder-state.ts';
import type { LibraryPlace } from '../system/library-place.ts';
import { requireSoundCatalog } from './batch-after-a-kill.ts';
import { KEPT, openScheme, type SchemePlace } from './scheme-place.ts';

const QUARANTINE = 'Strongroom quarantine';
const TWO_DAYS_MS = 2 * 86_400_000;

/** Recovers, checks, resumes, checks, brings everything back. Returns how many files had gone. @throws what is wrong */
export async function requireTakenUp(
  place: LibraryPlace,
  { files }: SchemePlace,
  to: 'quarantine' | 'trash',
): Promise<number> {
  process.env['XDG_DATA_HOME'] = place.home;
  const open = await openScheme(place);
  const { desk } = open.library;
  try {
    await desk.recover();
    const gone = await requireOnce(place, files);
    requireSoundCatalog(place);
    await requireNoNews(desk, Object.keys(files).length - gone.length);
    const [job] = await desk.jobs(1);
    const names = Object.keys(files).sort();
    const goes = names.slice(0, -KEPT);
    if (job !== undefined) {
      await desk.resumeJob(job.id, { signal: new AbortController().signal, retryFailed: false });
      const { state, items } = await desk.schemeReport(job.id);
      requireSame('state', state, 'done');
      requireSame('outcomes', [...new Set(items.map(({ outcome }) => outcome))], ['removed']);
      requireSame('what went', (await requireOnce(place, files)).sort(), goes);
    } else requireSame('what went without a job', gone, []);
    requireSoundCatalog(place);
    if (to === 'trash') return gone.length;
    await requireUndone(place, { files }, desk);
    return gone.length;
  } finally {
    await open.close();
  }
}

/** The undo after one that was killed. Returns how many files were back already. @throws what is wrong */
export async function requireUndoTakenUp(place: LibraryPlace, scheme: SchemePlace): Promise<number> {
  const open = await openScheme(place);
  const { desk } = open.library;
  try {
    await desk.purgeRemoved(); // a file that was half-way back loses its second name
    const gone = await requireOnce(place, scheme.files);
    await requireUndone(place, scheme, desk);
    return Object.keys(scheme.files).length - KEPT - gone.length;
  } finally {
    await open.close();
  }
}

async function requireUndone(
  place: LibraryPlace,
  { files }: Pick<SchemePlace, 'files'>,
  desk: LibraryDesk,
): Promise<void> {
  const removed = await desk.removedFiles();
  const { problems } = await desk.undoRemoval(removed.map(({ keptAt }) => keptAt));
  requireSame('problems of the undo', problems, []);
  await desk.scan({});
  requireSoundCatalog(place);
  await requireNoNews(desk, Object.keys(files).length);
  await tidyRemovals(place.backups, new Date(Date.now() + TWO_DAYS_MS));
  const state = Object.entries(await stateOf(place.backups));
  const left = state.filter(([name]) => name !== `${QUARANTINE}/`);
  requireSame('what is there after the undo', Object.fromEntries(left), files);
}

/** Returns the names that are not at their place. @throws where one is lost, doubled, changed, or without its note */
async function requireOnce(place: LibraryPlace, files: SchemePlace['files']): Promise<string[]> {
  const quarantine = join(place.backups, QUARANTINE);
  const trash = join(place.home, 'Trash', 'files');
  const found = new Map<string, string[]>();
  for (const folder of [place.backups, quarantine, trash]) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (name === QUARANTINE || name.endsWith('.quarantine.json')) continue;
      const path = join(folder, name);
      if (folder === quarantine && !existsSync(`${path}.quarantine.json`))
        throw new Error(`${path} has no note`);
      const sum = await sha256Of(path);
      found.set(sum, [...(found.get(sum) ?? []), path]);
    }
  }
  const gone: string[] = [];
  for (const [name, { sha256 }] of Object.entries(files)) {
    const places = found.get(sha256) ?? [];
    if (places.length !== 1) throw new Error(`“${name}” is at ${places.length} places: ${places.join(', ')}`);
    if (places[0] !== join(place.backups, name)) gone.push(name);
    found.delete(sha256);
  }
  requireSame('files that were not there before', [...found.values()], []);
  const staying = Object.keys(files).sort().slice(-KEPT);
  requireSame(
    'what should stay and is gone',
    gone.filter((name) => staying.includes(name)),
    [],
  );
  return gone;
}

async function requireNoNews(desk: LibraryDesk, count: number): Promise<void> {
  const { unchangedCount, added, changed, copies, missing, moved, unreadable } = await desk.scan({});
  const news = [added, changed, copies, missing, moved, unreadable].flat();
  requireSame('news of a scan', [unchangedCount, ...news], [count]);
}

function requireSame(what: string, found: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, and not ${b}`);
}
