// A backup that was dropped on the page comes as bytes: it is written whole or not at all into a folder of the library, which
// `received` in the data folder becomes with the first, and then taken in. Nothing is ever overwritten, and what turns out to be no backup is not kept.

import type { IncomingMessage } from 'node:http';
import { mkdir, realpath, stat, statfs, unlink } from 'node:fs/promises';
import { join, parse } from 'node:path';

import { OutputFile, recoverFolder } from '../../core/files/index.ts';
import type { Log, Service } from '../../core/service/index.ts';
import type { Reply } from '../../shared/contract/index.ts';
import { errorCode, fromPlainError, StrongroomError, toPlainError } from '../../shared/errors.ts';
import type { LibraryFolder } from '../../shared/library.ts';
import type { TakenIn } from '../../shared/window.ts';

const RECEIVED = 'received';
const PRIVATE_FOLDER = 0o700;
/** Left free for everything else. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const MOST_AT_ONCE = 4;
const NAME_LIMIT_BYTES = 200;
const MOST_OF_ONE_NAME = 1000;

export interface UploadsOptions {
  readonly service: Pick<Service, 'dispatch'>;
  /** Of the library. */
  readonly folders: () => Promise<readonly LibraryFolder[]>;
  readonly dataFolder: string;
  readonly log: Log;
}

export class Uploads {
  readonly #options: UploadsOptions;
  #count = 0;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** What a crash left of uploads is removed. */
  async begin(): Promise<void> {
    const folder = join(this.#options.dataFolder, RECEIVED);
    await recoverFolder(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') this.#options.log.failure('web', 'Uploads could not be tidied up', error);
    });
  }

  /** Answers as `library.takeIn` does; never rejects for what is wrong with the upload. */
  async take(request: IncomingMessage, wanted: URLSearchParams): Promise<Reply> {
    if (this.#count >= MOST_AT_ONCE) return failed(tooManyAtOnce());
    this.#count++;
    try {
      const name = checkedName(wanted.get('name') ?? '');
      const folder = await this.#folderFor(wanted.get('folder'));
      const path = await receive(request, folder, name);
      return await this.#takeIn(path, name);
    } catch (error) {
      const { code } = toPlainError(error);
      if (code === 'INTERNAL' || code === 'IO_FAILED')
        this.#options.log.failure('web', 'An upload failed', error);
      return failed(error);
    } finally {
      this.#count--;
    }
  }

  /** @throws USAGE */
  async #folderFor(wanted: string | null): Promise<string> {
    if (wanted === null) return await this.#receivedFolder();
    if (await this.#isOfLibrary(wanted)) return wanted;
    throw new StrongroomError('USAGE', 'This is no folder of your library.', {
      hint: 'Add the folder to the library first.',
    });
  }

  async #receivedFolder(): Promise<string> {
    const given = join(this.#options.dataFolder, RECEIVED);
    await mkdir(given, { recursive: true, mode: PRIVATE_FOLDER });
    const folder = await realpath(given); // as the library knows it
    if (await this.#isOfLibrary(folder)) return folder;
    const reply = await this.#options.service.dispatch('library.addFolder', { path: folder });
    if (!reply.ok) throw fromPlainError(reply.error);
    return folder;
  }

  async #isOfLibrary(folder: string): Promise<boolean> {
    return (await this.#options.folders()).some(({ path }) => path === folder);
  }

  async #takeIn(path: string, name: string): Promise<Reply> {
    const reply = await this.#options.service.dispatch('library.takeIn', { paths: [path] });
    if (!reply.ok) return reply;
    const taken = reply.value as TakenIn;
    const refused = taken.problems.find((problem) => problem.path === path)?.error;
    if (refused?.code !== 'NOT_A_BACKUP') return reply;
    await unlink(path); // the person has the file that this is a copy of
    return { ok: true, value: { ...taken, problems: [{ path: name, error: refused }] } };
  }
}

/**
 * A plain file name of a backup.
 * @throws USAGE, NOT_A_BACKUP
 */
function checkedName(name: string): string {
  const isPlain =
    Buffer.byteLength(name) <= NAME_LIMIT_BYTES &&
    !/[/\\:*?"<>|\p{Cc}]/u.test(name) &&
    !/^[. ]/.test(name) &&
    !/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
  if (!isPlain || name === '') {
    throw new StrongroomError('USAGE', 'A file with this name cannot be kept on every system.', {
      hint: 'Give the file a plain name that ends in “.tar”, then drop it again.',
    });
  }
  if (/\.tar$/i.test(name)) return name;
  throw new StrongroomError('NOT_A_BACKUP', `“${name}” is no backup: their names end in “.tar”.`, {
    hint: 'Drop the file as Home Assistant wrote it, not unpacked and not packed again.',
  });
}

/** Writes what is sent into a new file. Returns its path. @throws CANCELLED, NO_SPACE, OUTPUT_REFUSED, IO_FAILED */
async function receive(request: IncomingMessage, folder: string, name: string): Promise<string> {
  const announced = request.headers['content-length'];
  const sizeBytes = announced === undefined ? null : Number(announced);
  await requireRoom(folder, sizeBytes ?? 0);
  const output = await newOutput(folder, name);
  try {
    const receivedBytes = await copyInto(output, request);
    if (sizeBytes !== null && receivedBytes !== sizeBytes) throw brokenOff();
    await output.publish();
    return output.finalPath;
  } catch (error) {
    await output.discard();
    throw request.readableAborted || (error as NodeJS.ErrnoException).code === 'ECONNRESET'
      ? brokenOff()
      : error;
  }
}

async function copyInto({ handle }: OutputFile, request: IncomingMessage): Promise<number> {
  let position = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    for (let done = 0; done < piece.length;) {
      const { bytesWritten } = await handle.write(piece, done, piece.length - done, position);
      done += bytesWritten;
      position += bytesWritten;
    }
  }
  return position;
}

/** `home.tar`, or `home (2).tar` and so on where that is taken, or being written. */
async function newOutput(folder: string, name: string): Promise<OutputFile> {
  const { name: stem, ext } = parse(name);
  for (let number = 1; number <= MOST_OF_ONE_NAME; number++) {
    const path = join(folder, number === 1 ? name : `${stem} (${number})${ext}`);
    if (await isThere(path)) continue;
    try {
      return await OutputFile.create(path, { kind: 'new-file' });
    } catch (error) {
      const isTaken =
        errorCode(error) === 'BUSY' || (await isThere(path)) || (await isThere(`${path}.partial`));
      if (!isTaken) throw error;
    }
  }
  throw new StrongroomError('OUTPUT_REFUSED', `There are too many files called “${name}” already.`, {
    hint: 'Give the file another name, then drop it again.',
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

/** @throws NO_SPACE */
async function requireRoom(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= sizeBytes + RESERVE_BYTES) return;
  throw new StrongroomError('NO_SPACE', `There is not enough room in “${folder}” for this backup.`, {
    hint: 'Make room there, or add the folder where the backup already is to the library.',
  });
}

function brokenOff(): StrongroomError {
  return new StrongroomError('CANCELLED', 'The file was not sent to its end, so nothing of it was kept.');
}

function tooManyAtOnce(): StrongroomError {
  return new StrongroomError('USAGE', 'Other files are being sent at this moment.', {
    hint: 'Wait until they have arrived, then drop this one again.',
  });
}

function failed(thrown: unknown): Reply<never> {
  return { ok: false, error: toPlainError(thrown) };
}
