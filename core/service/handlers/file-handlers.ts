// Calls about files of this computer: choosing them, in the system's dialogs or by walking, and showing them.

import { dirname, resolve, sep } from 'node:path';

import { StrongroomError } from '../../../shared/errors.ts';
import type { LibraryDesk } from '../../library/index.ts';
import { browseFolder } from '../browse-folder.ts';
import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';
import { notHere } from '../refusals.ts';

export function fileHandlers(context: ServiceContext): HandlersOf<'files'> {
  const { host } = context;
  return {
    'files.choose': async ({ what, suggestedName }) => {
      if (host.choose === undefined) throw notHere('show the dialogs of the system');
      return host.choose(what, suggestedName);
    },
    'files.browse': ({ path }) => browseFolder(path),
    'files.reveal': async ({ path }) => {
      if (host.reveal === undefined) throw notHere('show files in the file manager');
      if (!(await isOurs(context, resolve(path)))) throw notOfTheLibrary();
      await host.reveal(resolve(path));
      return null;
    },
  };
}

/** A window shows what the library has, what was written for it, and where its own data is; nothing else of the disk. */
async function isOurs({ engine, written, dataFolder }: ServiceContext, path: string): Promise<boolean> {
  if (written.has(path) || isWithin(dataFolder, path)) return true;
  return isInLibrary(engine.library.desk, path);
}

async function isInLibrary(desk: LibraryDesk, path: string): Promise<boolean> {
  const folders = await desk.folders();
  if (folders.some((folder) => isWithin(folder.path, path))) return true;
  const backups = await desk.listBackups({ paths: [path] });
  return backups.some(({ copies }) =>
    copies.some((copy) => copy.path === path || dirname(copy.path) === path),
  );
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function notOfTheLibrary(): StrongroomError {
  return new StrongroomError('USAGE', 'This file is none of your library.', {
    hint: 'Add its folder to the library first.',
  });
}
