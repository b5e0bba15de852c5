// What copying backups into a folder would do, one item for each content, before any of it is done. Writes nothing but what it
// found out about files that the library has.

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import type { LibraryBackup } from '../../../shared/library.ts';
import type { CopyPlan, PlannedCopy } from '../../../shared/places.ts';
import { isBelow, isSameFile } from '../../catalog/index.ts';
import { throwIfCancelled } from '../../files/index.ts';
import { planSpace } from '../batch/batch-space.ts';
import { findVolumes } from '../batch/writing-room.ts';
import { placeNow, type SystemView } from '../places/index.ts';
import { endsEverything, stampFile } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';
import { chooseSource, damageAt } from './choose-source.ts';
import { backupsIn, nameNumber, targetFolder, type HeldFile } from './target-folder.ts';

export interface PlanCopiesOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly view?: SystemView;
}

/**
 * Items stand in the order of the backups, in which they will be copied.
 * @param given the folder that is copied to
 * @throws USAGE, OUTPUT_REFUSED, IO_FAILED the folder will not do; CANCELLED; DAMAGED_CATALOG, BUSY, NO_SPACE of the catalogue
 */
export async function planCopies(
  services: LibraryServices,
  backups: readonly LibraryBackup[],
  given: string,
  { signal, onProgress, view }: PlanCopiesOptions = {},
): Promise<CopyPlan> {
  const to = await targetFolder(given, services.catalog.folder);
  const { id, kind, label } = await placeNow(services, to, view);
  const held = await backupsIn(services, to, signal);
  const names = new Names(await readdir(to));
  const planned: PlannedCopy[] = [];
  for (const backup of backups) {
    throwIfCancelled(signal);
    planned.push(await planOne(services, backup, to, held, names));
    onProgress?.(planned.length, backups.length);
  }
  const freeBytes = (await findVolumes([to])).get(to)?.freeBytes ?? 0;
  const items = withRoom(planned, freeBytes);
  const { folders } = services.catalog;
  return {
    to,
    isInLibrary: folders.find(to) !== null || folders.holding(to) !== null,
    place: { id, kind, label },
    items,
    bytes: items.reduce((sum, { state, sizeBytes }) => (state === 'do' ? sum + sizeBytes : sum), 0),
    freeBytes,
  };
}

async function planOne(
  services: LibraryServices,
  backup: LibraryBackup,
  to: string,
  held: ReadonlyMap<string, readonly HeldFile[]>,
  names: Names,
): Promise<PlannedCopy> {
  const { identity, name, date, sizeBytes, copies } = backup;
  const first = copies[0]?.path ?? '';
  const item = {
    path: first,
    target: join(to, basename(first)),
    identity,
    name,
    date,
    sizeBytes,
    error: null,
  };
  const there = await heldCopy(services, backup, to, held);
  if (there !== null) return { ...item, target: there, state: 'nothing-to-do', message: THERE };
  try {
    const { path, sizeBytes: bytes } = await chooseSource(services, backup);
    const target = join(to, names.take(basename(path)));
    const renamed = basename(target) === basename(path) ? '' : ' Another file has its name there.';
    const message = `It will be copied as “${basename(target)}” and compared.${renamed}`;
    return { ...item, path, target, sizeBytes: bytes, state: 'do', message };
  } catch (thrown) {
    if (endsEverything(thrown)) throw thrown;
    const error = toPlainError(thrown);
    return { ...item, state: 'blocked', message: error.message, error };
  }
}

/** A file of this content in the folder, at whatever depth, of the same size and not known to be damaged. */
async function heldCopy(
  { catalog }: LibraryServices,
  { identity, copies, sizeBytes }: LibraryBackup,
  to: string,
  held: ReadonlyMap<string, readonly HeldFile[]>,
): Promise<string | null> {
  const history = catalog.verifications.history(identity);
  const isWhole = (file: HeldFile): boolean =>
    file.sizeBytes === sizeBytes && damageAt(file.path, history) === null;
  const direct = held.get(identity)?.find(isWhole);
  if (direct !== undefined) return direct.path;
  const deeper = copies.filter(
    ({ path, state }) => state === 'present' && isBelow(path, to) && dirname(path) !== to,
  );
  for (const copy of deeper.filter(isWhole)) {
    const stamp = await stampFile(copy.path).catch(() => null); // gone since: then it is no copy
    const known = catalog.copies.find(copy.path);
    if (stamp !== null && known !== null && isSameFile(stamp, known.stamp)) return copy.path;
  }
  return null;
}

/** In their order; what does not fit leaves its room to smaller ones after it. */
function withRoom(items: readonly PlannedCopy[], freeBytes: number): PlannedCopy[] {
  const todo = items.filter(({ state }) => state === 'do');
  const { fits } = planSpace(
    todo.map(({ sizeBytes }) => ({ volumeId: '', outputBytes: sizeBytes })),
    [{ id: '', freeBytes }],
  );
  const tooMuch = new Set(todo.filter((_, index) => fits[index] !== true));
  return items.map((item) => {
    if (!tooMuch.has(item)) return item;
    const error = toPlainError(
      new StrongroomError('NO_SPACE', 'There is no room for it beside what is copied before it.', {
        hint: 'Free some space there, or choose another folder or fewer backups.',
        details: { neededBytes: item.sizeBytes },
      }),
    );
    return { ...item, state: 'no-room', message: error.message, error };
  });
}

/** Names that are taken in a folder; many file systems see no difference between small and capital letters. */
class Names {
  readonly #taken: Set<string>;

  constructor(names: readonly string[]) {
    this.#taken = new Set(names.map(folded));
  }

  take(wanted: string): string {
    for (let count = 1; ; count++) {
      const name = nameNumber(wanted, count);
      if (this.#taken.has(folded(name))) continue;
      this.#taken.add(folded(name));
      return name;
    }
  }
}

const folded = (name: string): string => name.normalize('NFC').toLowerCase();
const THERE = 'It is there already.';
