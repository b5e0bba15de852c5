// The one way in which Strongroom writes a file that matters: into `<name>.partial`, synced, read back by the
// caller, then made the real one by rename. At every instant an intact copy exists under a name a person finds.

import { open, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import {
  OutputJournal,
  ignoreMissing,
  partialPathOf,
  type FileIdentity,
  type OutputState,
} from './output-journal.ts';
import { recoverOutput, removePartial } from './recover-output.ts';
import { identityOf, refuseExisting, sameFile } from './renames.ts';
import { finishSwap, undoSwap, type Swapped } from './swap.ts';

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
  readonly #journal: OutputJournal;
  #state: OutputState;
  #open = true;
  #ended = false;

  private constructor(finalPath: string, handle: FileHandle, journal: OutputJournal, state: OutputState) {
    this.finalPath = finalPath;
    this.partialPath = partialPathOf(finalPath);
    this.handle = handle;
    this.#journal = journal;
    this.#state = state;
  }

  /**
   * Starts an output, after finishing or undoing what a crash left of an earlier one.
   * @throws BUSY, OUTPUT_REFUSED, NO_SPACE, IO_FAILED
   */
  static async create(finalPath: string, replacing: Replacing): Promise<OutputFile> {
    const starting = firstState(replacing);
    let journal: OutputJournal;
    try {
      await recoverOutput(finalPath);
      if (replacing.kind === 'new-file') await refuseExisting(finalPath);
      journal = await OutputJournal.begin(finalPath, starting);
    } catch (error) {
      throw refusedFolder(error, finalPath);
    }
    let handle: FileHandle | null = null;
    try {
      // Only under the lock is one that is there surely nobody's of ours.
      handle = await open(partialPathOf(finalPath), 'wx+', 0o600);
      const writing: OutputState = { ...starting, step: 'writing' };
      await journal.note(writing);
      return new OutputFile(finalPath, handle, journal, writing);
    } catch (error) {
      await handle?.close();
      if (handle !== null) await unlink(partialPathOf(finalPath)).catch(ignoreMissing);
      await journal.end();
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw strangersPartial(finalPath);
      throw refusedFolder(error, finalPath);
    }
  }

  /**
   * Makes the output, which the caller has read back and found right, the real file.
   * @throws SOURCE_CHANGED, OUTPUT_REFUSED, NO_SPACE, IO_FAILED: then nothing was replaced, once it is discarded
   */
  async publish(): Promise<Swapped> {
    await this.handle.sync();
    const { size } = await this.handle.stat();
    await this.#close();
    const { replaces } = this.#state;
    if (replaces !== null) await requireUnchanged(this.finalPath, replaces);
    this.#state = { ...this.#state, step: 'verified', outputBytes: size };
    await this.#journal.note(this.#state);
    const swapped = await finishSwap(this.finalPath, this.#journal);
    await this.#end();
    return swapped;
  }

  /** Removes everything that was begun; the original is as it was. Does nothing after a `publish` that succeeded. */
  async discard(): Promise<void> {
    await this.#close();
    if (this.#ended) return;
    try {
      const { state } = this.#journal;
      if (state !== 'unreadable' && state.step === 'verified') await undoSwap(this.finalPath, state);
      else await removePartial(this.finalPath, this.#state);
      await this.#end();
    } catch (error) {
      this.#journal.abandon();
      throw error;
    }
  }

  async #end(): Promise<void> {
    this.#ended = true;
    await this.#journal.end();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.handle.close();
  }
}

function firstState(replacing: Replacing): OutputState {
  const none = { replaces: null, originals: null, quarantineDays: 0 };
  const { replaces, originals, quarantineDays } =
    replacing.kind === 'replace' ? { ...replacing, replaces: replacing.original } : none;
  return {
    format: 1,
    step: 'starting',
    replaces,
    originals,
    quarantineDays,
    keepAs: null,
    outputBytes: null,
  };
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
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return error;
  return new StrongroomError(
    'OUTPUT_REFUSED',
    `Nothing can be written in “${dirname(finalPath)}” (${code}).`,
    {
      hint: 'Choose a folder that exists and that you may write to.',
      cause: error,
    },
  );
}

function strangersPartial(finalPath: string): StrongroomError {
  return new StrongroomError(
    'OUTPUT_REFUSED',
    `“${basename(partialPathOf(finalPath))}” already exists and is not from Strongroom.`,
    { hint: 'It may be a download that is still running. Wait for it, or move it away.' },
  );
}
