// What is asked of the system to find out where a folder is. An interface, so that tests can be on every system.

import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';

export interface SystemView {
  readonly platform: NodeJS.Platform;
  readonly homeFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the person's own files and the program's data are: the disk that must not be the only one. */
  readonly ownFolders: readonly string[];
  /** null where it cannot be read. */
  readText(path: string): Promise<string | null>;
  /** null where it leads nowhere. */
  realPath(path: string): Promise<string | null>;
  /** Names in a folder; none where it cannot be read. */
  names(path: string): Promise<readonly string[]>;
  /** null where nothing is there, or nothing that can be looked at. */
  typeOf(path: string): Promise<'file' | 'folder' | null>;
  /** Number of the device that it is on, as text; null where it is not there. */
  deviceOf(path: string): Promise<string | null>;
}

/** @param dataFolder where the program keeps what it knows */
export function thisSystem(dataFolder: string): SystemView {
  const { env, platform } = process;
  const homeFolder = homedir();
  return {
    platform,
    homeFolder,
    env,
    ownFolders: [homeFolder, dataFolder],
    readText: (path) => orElse(readFile(path, 'utf8'), null),
    realPath: (path) => orElse(realpath(path), null),
    names: (path) => orElse(readdir(path), []),
    typeOf: async (path) => {
      const found = await orElse(stat(path), null);
      if (found === null) return null;
      return found.isDirectory() ? 'folder' : 'file';
    },
    deviceOf: async (path) => {
      const found = await orElse(stat(path, { bigint: true }), null);
      return found === null ? null : String(found.dev);
    },
  };
}

/** What cannot be asked is not known: no guess is made of it. */
function orElse<T, E>(asked: Promise<T>, otherwise: E): Promise<T | E> {
  return asked.catch(() => otherwise);
}
