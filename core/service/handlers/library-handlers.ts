// Calls about folders and the backups in them.

import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';

export function libraryHandlers({ engine, background, scanning }: ServiceContext): HandlersOf<'library'> {
  const { library, vault } = engine;
  const { desk } = library;
  return {
    'library.status': () => desk.status(),
    'library.backups': ({ identities }) =>
      identities === undefined ? desk.listBackups() : desk.backupsByIdentity(identities),
    'library.backup': ({ identity }) => desk.backupPage(identity),
    'library.addFolder': async ({ path }) => {
      const folder = await desk.addFolder(path);
      background.noteLibraryChange(null);
      scanning.scanSoon([folder.path]);
      return folder;
    },
    'library.removeFolder': async ({ path }) => {
      const folder = await desk.removeFolder(path);
      background.noteLibraryChange(null);
      return folder;
    },
    'library.scan': ({ folders }) => scanning.scan(folders),
    'library.cancelScan': () => {
      scanning.cancel();
      return null;
    },
    'library.takeIn': async ({ paths }) => {
      const taken = await desk.takeIn(paths);
      if (taken.folders.length > 0) scanning.scanSoon(taken.folders);
      if (taken.identities.length > 0) {
        background.noteLibraryChange(taken.identities);
        scanning.matchTheseSoon(taken.identities);
      }
      return taken;
    },
    'library.matchKeys': async () => {
      await vault.list(); // a locked vault says so
      return { triedCount: await scanning.match() };
    },
    'library.findContents': ({ text, limit }) => desk.findContents(text, limit),
    'library.trash': async ({ paths }) => {
      const report = await desk.trash(paths);
      if (report.trashed.length > 0) background.noteLibraryChange(null);
      return report;
    },
    'library.pin': async ({ identities, isPinned }) => {
      await desk.pin(identities, isPinned);
      background.noteLibraryChange(identities);
      return null;
    },
    'library.rebuildCatalog': async () => {
      await scanning.close();
      const { movedTo } = await desk.rebuildCatalog();
      const folders = (await desk.folders()).map(({ path }) => path);
      background.noteLibraryChange(null);
      if (folders.length > 0) scanning.scanSoon();
      return { damagedPath: movedTo, folders };
    },
  };
}
