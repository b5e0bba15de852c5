// A library with a folder of backups on this disk, and an empty one to copy to.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { copyReport, createCopies, planCopies } from '../../../core/library/copying/index.ts';
import { chooseFiles } from '../../../core/library/choose-files.ts';
import { addFolder } from '../../../core/library/folders.ts';
import { listBackups } from '../../../core/library/list-backups.ts';
import { scanFolders } from '../../../core/library/scan-folders.ts';
import type { LibraryFilter } from '../../../shared/library.ts';
import type { CopyPlan, CopyReport } from '../../../shared/places.ts';
import { makeQueuedLibrary, type QueuedLibrary } from '../batch/batch-samples.ts';
import { backupFolder, tinyBackup } from '../library-samples.ts';

export interface CopyingSample {
  readonly library: QueuedLibrary;
  readonly from: string;
  readonly to: string;
  /** Looks at the folder of the backups again. */
  scan(): Promise<void>;
  plan(to?: string, filter?: LibraryFilter): Promise<CopyPlan>;
  /** Of a plan, or of one that is made now, to its end. */
  copy(plan?: CopyPlan): Promise<CopyReport>;
  /** Whatever lies in the folder that is copied to. */
  names(): string[];
}

/** @param names of backups, each under the key “apple” unless its name begins with “plain” */
export async function newCopying(...names: string[]): Promise<CopyingSample> {
  const library = await makeQueuedLibrary();
  await library.addKeys('apple');
  const [from, to] = [await backupFolder(), await backupFolder()];
  for (const name of names)
    await tinyBackup(join(from, name), { password: name.startsWith('plain') ? null : 'apple' });
  await addFolder(library, from);
  const scan = async (): Promise<void> => {
    await scanFolders(library);
  };
  await scan();
  const plan = (folder = to, filter: LibraryFilter = {}): Promise<CopyPlan> => {
    const backups = listBackups(library, filter, null);
    const meant = new Set(chooseFiles(backups, filter).map(({ identity }) => identity));
    return planCopies(
      library,
      backups.filter(({ identity }) => meant.has(identity)),
      folder,
    );
  };
  const copy = async (given?: CopyPlan): Promise<CopyReport> => {
    const job = await createCopies(library, library.queue, given ?? (await plan()));
    await library.queue.run(job.id);
    return copyReport(library.catalog, job.id);
  };
  return { library, from, to, scan, plan, copy, names: () => readdirSync(to).sort() };
}
