// The folder that is extracted into. The only code that creates anything there: never outside of it, never through a
// symbolic link, never over an existing file, and a file has its real name only when it is whole.

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, realpath, rename, stat, symlink, unlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

import { StrongroomError } from '../../../shared/errors.ts';
import { readRange, throwIfCancelled } from '../../files/index.ts';
import { ALREADY_THERE, attempt, refusalOf } from './refusals.ts';

/** Latest time that is passed on to the file system: the end of the year 9999, in seconds since 1970. */
const LAST_MTIME_SECONDS = 253_402_300_799;
/** Windows has no O_NOFOLLOW; O_EXCL alone does not follow either. */
const NO_FOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const CREATE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;

export interface NewFile {
  /** Components below the output folder. */
  readonly path: readonly string[];
  readonly sizeBytes: number;
  /** As archived; only whether the owner may run it is taken over. */
  readonly mode: number;
  readonly mtimeSeconds: number;
}

/** What an extraction does with its folder; a dry run has another one that only looks. Null means done, else why not. */
export interface ExtractOutput {
  makeFolder(path: readonly string[]): Promise<string | null>;
  writeFile(file: NewFile, content: AsyncIterable<Buffer>): Promise<string | null>;
  /** A second file with the content of one that was written before. */
  copyFile(file: NewFile, from: readonly string[]): Promise<string | null>;
  makeLink(path: readonly string[], target: string): Promise<string | null>;
}

export class OutputFolder implements ExtractOutput {
  /** Without symbolic links in it. */
  readonly root: string;
  readonly #signal: AbortSignal | undefined;
  readonly #partialName = `.strongroom-${randomBytes(8).toString('hex')}.partial`;
  /** Folders seen to be real ones. */
  readonly #known = new Set<string>();

  private constructor(root: string, signal: AbortSignal | undefined) {
    this.root = root;
    this.#signal = signal;
  }

  /** Makes the folder where it is missing; its parent has to exist. @throws OUTPUT_REFUSED, NO_SPACE */
  static async open(folder: string, signal: AbortSignal | undefined): Promise<OutputFolder> {
    if (!(await folderExists(folder))) {
      const reason = await attempt(folder, () => mkdir(folder, 0o700));
      if (reason !== null) throw refused(folder, `it cannot be created: ${reason}`);
    }
    return new OutputFolder(await realpath(folder), signal);
  }

  /** Makes every missing folder of the path, mode 0700. */
  async makeFolder(path: readonly string[]): Promise<string | null> {
    for (let depth = 1; depth <= path.length; depth++) {
      const parts = path.slice(0, depth);
      const folder = locate(this.root, parts);
      if (this.#known.has(folder)) continue;
      let found = await standing(folder);
      if (found === null) {
        const reason = await attempt(this.root, () => mkdir(folder, 0o700));
        if (reason !== null && reason !== ALREADY_THERE) return reason;
        found = await standing(folder);
      }
      const obstacle = obstacleAt(found, parts);
      if (obstacle !== null) return obstacle;
      this.#known.add(folder);
    }
    return null;
  }

  async writeFile(file: NewFile, content: AsyncIterable<Buffer>): Promise<string | null> {
    const obstacle = await this.#prepare(file.path);
    if (obstacle !== null) return obstacle;
    const final = locate(this.root, file.path);
    const partial = join(dirname(final), this.#partialName);
    try {
      return (await this.#fill(partial, file, content)) ?? (await this.#publish(partial, final));
    } finally {
      await unlink(partial).catch(ignoreMissing);
    }
  }

  async copyFile(file: NewFile, from: readonly string[]): Promise<string | null> {
    let source;
    try {
      source = await open(locate(this.root, from), constants.O_RDONLY | NO_FOLLOW);
    } catch (error) {
      return refusalOf(this.root, error);
    }
    try {
      return await this.writeFile(file, readRange(source, 0, file.sizeBytes, { signal: this.#signal }));
    } catch (error) {
      if ((error as StrongroomError).code !== 'TRUNCATED') throw error;
      return 'the file that it is a hard link to was changed meanwhile';
    } finally {
      await source.close();
    }
  }

  async makeLink(path: readonly string[], target: string): Promise<string | null> {
    const obstacle = await this.#prepare(path);
    return obstacle ?? (await attempt(this.root, () => symlink(target, locate(this.root, path))));
  }

  async #prepare(path: readonly string[]): Promise<string | null> {
    throwIfCancelled(this.#signal);
    const obstacle = await this.makeFolder(path.slice(0, -1));
    if (obstacle !== null) return obstacle;
    return (await standing(locate(this.root, path))) === null ? null : ALREADY_THERE;
  }

  async #fill(partial: string, file: NewFile, content: AsyncIterable<Buffer>): Promise<string | null> {
    let handle;
    try {
      handle = await open(partial, CREATE_NEW, (file.mode & 0o100) === 0 ? 0o600 : 0o700);
    } catch (error) {
      return refusalOf(this.root, error);
    }
    const { mtimeSeconds } = file;
    let closing: string | null = null;
    try {
      for await (const piece of content) {
        throwIfCancelled(this.#signal);
        const reason = await attempt(this.root, () => handle.writeFile(piece));
        if (reason !== null) return reason;
      }
      if (mtimeSeconds >= 0 && mtimeSeconds <= LAST_MTIME_SECONDS) {
        // A time that this file system cannot hold is no reason to go without the file.
        await attempt(this.root, () => handle.utimes(mtimeSeconds, mtimeSeconds));
      }
    } finally {
      // Some file systems say only here that they could not write.
      closing = await attempt(this.root, () => handle.close());
    }
    return closing;
  }

  /** A link never takes another file's place; where there are no hard links, looking first has to do. */
  async #publish(partial: string, final: string): Promise<string | null> {
    const reason = await attempt(this.root, () => link(partial, final));
    if (reason === null || reason === ALREADY_THERE) return reason;
    if ((await standing(final)) !== null) return ALREADY_THERE;
    return attempt(this.root, () => rename(partial, final));
  }
}

/** True for a folder, false for nothing at all. @throws OUTPUT_REFUSED */
export async function folderExists(folder: string): Promise<boolean> {
  try {
    if ((await stat(folder)).isDirectory()) return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw refused(folder, `it cannot be reached (${code ?? 'unknown'})`);
    const parent = await standing(dirname(resolve(folder)));
    if (parent === null) throw refused(folder, 'the folder that it shall be in does not exist');
    return false;
  }
  throw refused(folder, 'there is a file of this name');
}

/**
 * The path of `parts` below `root`. That they are harmless was seen to before; this is the last look.
 * @throws INTERNAL
 */
export function locate(root: string, parts: readonly string[]): string {
  const path = join(root, ...parts);
  const base = root.endsWith(sep) ? root : `${root}${sep}`;
  const harmless = parts.every((part) => !/^\.{0,2}$|[/\0]/.test(part) && !part.includes(sep));
  if (!harmless || (parts.length > 0 && !path.startsWith(base))) {
    throw new StrongroomError('INTERNAL', 'A path leads out of the output folder.');
  }
  return path;
}

/**
 * What is there, links not followed; null for nothing. Null too where the system does not tell: the reason shows when
 * something is created there, which never follows or overwrites either.
 */
export async function standing(path: string): Promise<'folder' | 'link' | 'other' | null> {
  try {
    const found = await lstat(path);
    return found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return null;
  }
}

/** Why nothing can be put into what stands there. */
export function obstacleAt(
  found: 'folder' | 'link' | 'other' | null,
  parts: readonly string[],
): string | null {
  if (found === 'folder') return null;
  const name = parts.join('/');
  return found === 'link'
    ? `“${name}” in the output folder is a symbolic link, and nothing is written through links`
    : `“${name}” in the output folder is not a folder that can be written to`;
}

function refused(folder: string, reason: string): StrongroomError {
  return new StrongroomError('OUTPUT_REFUSED', `Nothing can be extracted into “${folder}”: ${reason}.`, {
    hint: 'Choose a folder that exists, or a new one inside a folder that exists.',
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
