// Where the vault and the catalogue live: the same folder for the window and the command line, so that both open the
// same vault. XDG Base Directory, Apple's File System Programming Guide, Windows' roaming application data.

import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { dirname, isAbsolute, join, posix, win32 } from 'node:path';

import { StrongroomError } from '../shared/errors.ts';

export interface DataFolderHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly homeFolder: string;
  readonly cwd: string;
}

/** The data folder, absolute: STRONGROOM_DATA, else the system's place for a program's data. Touches nothing. */
export function dataFolderOf({ env, platform, homeFolder, cwd }: DataFolderHost): string {
  const path = platform === 'win32' ? win32 : posix;
  const chosen = env['STRONGROOM_DATA'];
  if (chosen !== undefined && chosen !== '') return path.resolve(cwd, chosen);
  if (platform === 'win32') {
    return path.join(absolute(env['APPDATA']) ?? path.join(homeFolder, 'AppData', 'Roaming'), 'Strongroom');
  }
  if (platform === 'darwin') return path.join(homeFolder, 'Library', 'Application Support', 'Strongroom');
  // A relative XDG path is invalid and to be ignored, says the specification.
  return path.join(absolute(env['XDG_DATA_HOME']) ?? path.join(homeFolder, '.local', 'share'), 'strongroom');
}

/**
 * Makes the data folder, and tries whether something can be kept in it: for a window, which is nothing without.
 * @throws OUTPUT_REFUSED
 */
export function makeDataFolder(folder: string): void {
  try {
    makeFolders(folder);
    rmdirSync(mkdtempSync(join(folder, '.trying-')));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new StrongroomError(
      'OUTPUT_REFUSED',
      `Nothing can be kept in the data folder, “${folder}” (${code}).`,
      {
        hint: 'Choose another one with STRONGROOM_DATA, or let this one be written to by you.',
        cause: error,
      },
    );
  }
}

/** One after the other: where a system refuses them by saying that they are missing, Node’s own way never ends. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

function absolute(path: string | undefined): string | null {
  return path !== undefined && (isAbsolute(path) || win32.isAbsolute(path)) ? path : null;
}
