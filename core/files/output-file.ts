// The one way in which Strongroom writes a file that matters: into `<name>.partial`, synced, read back by the
// caller, then made the real one by rename. At every instant an intact copy exists under a name a person finds.

import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import { moveToTrash, quarantinePathFor, recordQuarantine, siblingPathFor } from './originals.ts';
import {
  createJournal,
  ignoreMissing,
  newJournal,
  partialPathOf,
  removeJournal,
  updateJournal,
  type FileIdentity,
  type OutputJournal,
} from './output-journal.ts';
import { recoverOutput } from './recover-output.ts';
import { identityOf, moveWithoutOverwriting, refuseExisting, sameFile, setAside } from './renames.ts';
import { syncFolderOf } from './sync-folder.ts';

export type Replacing =
  | { readonly kind: 'new-file' }
  | {
      readonly kind: 'replace';
      readonly original: FileIdentity;
      readonly originals: 'keep' | 'quarantine' | 'trash';
      readonly quarantineDays: number;
    };

export class OutputFile {
  readonly finalPath: string;
  readonly partialPath: string;
  readonly handle: FileHandle;
  readonly #replacing: Replacing;
  #journal: OutputJournal;
  #open = true;

  private constructor(finalPath: string, handle: FileHandle, replacing: Replacing, journal: OutputJournal) {
    this.finalPath = finalPath;
    this.partialPath = partialPathOf(finalPath);
    this.handle = handle;
    this.#replacing = replacing;
    this.#journal = journal;
  }

  /**
   * Starts an output, after finishing or undoing what a crash left of an earlier one.
   * @throws BUSY, OUTPUT_REFUSED, NO_SPACE, IO_FAILED
   */
  static async create(finalPath: string, replacing: Replacing): Promise<OutputFile> {
    await recoverOutput(finalPath);
    if (replacing.kind === 'new-file') await refuseExisting(finalPath);
    const journal =
      replacing.kind === 'replace'
        ? newJournal(replacing.original, replacing.originals)
        : newJournal(null, null);
    try {
      await createJournal(finalPath, journal);
    } catch (error) {
      throw refusedFolder(error, finalPath);
    }
    try {
      const handle = await open(partialPathOf(finalPath), 'wx+', 0o600);
      return new OutputFile(finalPath, handle, replacing, journal);
    } catch (error) {
      await removeJournal(finalPath);
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refusedFolder(error, finalPath);
      throw new StrongroomError(
        'OUTPUT_REFUSED',
        `“${partialPathOf(finalPath)}” already exists and is not from Strongroom.`,
        {
          hint: 'It may be a download that is still running. Wait for it, or move it away.',
        },
      );
    }
  }

  /**
   * Makes the output, which the caller has read back and found right, the real file. Returns where the original
   * is now, null for a new file and for the trash.
   * @throws SOURCE_CHANGED, OUTPUT_REFUSED, IO_FAILED
   */
  async publish(): Promise<{ readonly originalPath: string | null; readonly trashProblem: string | null }> {
    await this.handle.sync();
    await this.#close();
    const replacing = this.#replacing;
    if (replacing.kind === 'new-file') {
      await this.#note({ ...this.#journal, step: 'verified' });
      await moveWithoutOverwriting(this.partialPath, this.finalPath);
      await syncFolderOf(this.finalPath);
      await removeJournal(this.finalPath);
      return { originalPath: null, trashProblem: null };
    }
    await requireUnchanged(this.finalPath, replacing.original);
    const keepAs =
      replacing.originals === 'quarantine'
        ? await quarantinePathFor(this.finalPath)
        : await siblingPathFor(this.finalPath);
    await this.#note({ ...this.#journal, step: 'verified', keepAs });
    await setAside(this.finalPath, keepAs);
    await rename(this.partialPath, this.finalPath);
    await syncFolderOf(this.finalPath);
    let originalPath: string | null = keepAs;
    let trashProblem: string | null = null;
    if (replacing.originals === 'quarantine')
      await recordQuarantine(keepAs, this.finalPath, replacing.quarantineDays);
    if (replacing.originals === 'trash') {
      trashProblem = await moveToTrash(keepAs);
      if (trashProblem === null) originalPath = null;
    }
    await removeJournal(this.finalPath);
    return { originalPath, trashProblem };
  }

  /** Removes everything that was begun; the original is as it was. Safe to call after `publish`. */
  async discard(): Promise<void> {
    await this.#close();
    if (this.#journal.step === 'verified') return recoverOutput(this.finalPath, { own: true });
    await unlink(this.partialPath).catch(ignoreMissing);
    await removeJournal(this.finalPath);
  }

  async #note(journal: OutputJournal): Promise<void> {
    await updateJournal(this.finalPath, journal);
    await syncFolderOf(this.finalPath);
    this.#journal = journal;
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.handle.close();
  }
}

async function requireUnchanged(path: string, original: FileIdentity): Promise<void> {
  if (sameFile(await identityOf(path), original)) return;
  throw new StrongroomError(
    'SOURCE_CHANGED',
    'The file changed while it was being worked on; it was left as it is now.',
    {
      hint: 'Wait until the download or copy is finished, then try again.',
    },
  );
}

function refusedFolder(error: unknown, finalPath: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR'].includes(code)) return error;
  return new StrongroomError(
    'OUTPUT_REFUSED',
    `Nothing can be written in “${dirname(finalPath)}” (${code}).`,
    {
      hint: 'Choose a folder that exists and that you may write to.',
      cause: error,
    },
  );
}
