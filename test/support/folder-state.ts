// What a folder holds, to be compared before and after: names, contents, modes and times of all that is in it.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface FileState {
  readonly sha256: string;
  readonly mode: number;
  readonly mtimeMs: number;
}

/** Every file below `folder` by its relative path; folders as `name/`. */
export async function stateOf(folder: string): Promise<Record<string, FileState | 'folder'>> {
  const state: Record<string, FileState | 'folder'> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    const { mode, mtimeMs, isFolder } = await describe(path);
    if (isFolder) state[`${name}/`] = 'folder';
    else state[name] = { sha256: await sha256Of(path), mode, mtimeMs };
  }
  return state;
}

export async function sha256Of(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}

/** Names in `folder`, those of folders within included. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

async function describe(path: string): Promise<{ mode: number; mtimeMs: number; isFolder: boolean }> {
  const found = await stat(path);
  return { mode: found.mode & 0o7777, mtimeMs: found.mtimeMs, isFolder: found.isDirectory() };
}
