// Whether a program keeps a folder in step with a service or with other computers, by the names and marks that those programs
// give their folders. Only what is theirs alone counts: a wrong guess is worse than none.

import { posix, win32 } from 'node:path';

import type { SystemView } from './system-view.ts';

export interface SyncedFolder {
  /** Its program or service, for people. */
  readonly service: string;
  /** A full sentence. */
  readonly reason: string;
}

/** Of folders right below the home folder, as the programs make them unless told otherwise. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/^Dropbox(?: \([^()]+\))?$/, 'Dropbox'],
  [/^Google ?Drive$/, 'Google Drive'],
  [/^My Drive(?: \([^()]+\))?$/, 'Google Drive'],
  [/^iCloud ?Drive$/, 'iCloud Drive'],
  [/^Nextcloud$/, 'Nextcloud'],
  [/^ownCloud$/, 'ownCloud'],
  [/^MEGA(?:sync)?$/, 'MEGA'],
  [/^pCloud ?Drive$/, 'pCloud'],
  [/^Box(?: Sync)?$/, 'Box'],
  [/^Proton ?Drive$/, 'Proton Drive'],
  [/^Seafile$/, 'Seafile'],
  [/^Synology ?Drive$/, 'Synology Drive'],
];
/** With the name of the company that it belongs to: another account, another place. */
const ONEDRIVE = /^OneDrive(?: - .+)?$/;

/** What programs put into the topmost folder that they keep in step. */
const BY_MARK: readonly (readonly [mark: string, type: 'file' | 'folder', service: string])[] = [
  ['.stfolder', 'folder', 'Syncthing'],
  ['.stfolder', 'file', 'Syncthing'],
  ['.dropbox', 'file', 'Dropbox'], // a folder of this name is in every home that has Dropbox
  ['.dropbox.cache', 'folder', 'Dropbox'],
  ['.nextcloudsync.log', 'file', 'Nextcloud'],
  ['.owncloudsync.log', 'file', 'ownCloud'],
  ['.megaignore', 'file', 'MEGA'],
  ['.SynologyWorkingDirectory', 'folder', 'Synology Drive'],
  ['.sync/ID', 'file', 'Resilio Sync'],
  ['.tmp.drivedownload', 'folder', 'Google Drive'],
  ['.849C9593-D756-4E56-8D6E-42412F2A707B', 'file', 'OneDrive'],
];

/** How macOS names what it keeps in ~/Library/CloudStorage, before the account. */
const CLOUD_STORAGE: Readonly<Record<string, string>> = {
  GoogleDrive: 'Google Drive',
  ProtonDrive: 'Proton Drive',
};

type View = Pick<SystemView, 'platform' | 'homeFolder' | 'env'>;

/** By its path alone; null where that says nothing. */
export function syncedByName(path: string, view: View): SyncedFolder | null {
  const service =
    (view.platform === 'win32' ? ofWindows(path, view) : null) ??
    ofHome(partsBelow(path, view.homeFolder, view), view);
  return service === null ? null : { service, reason: `It is in the folder that ${service} keeps in step.` };
}

/** By what lies in the folder, or in one above it; null where nothing of the kind does. */
export async function syncedByMark(
  path: string,
  view: Pick<SystemView, 'platform' | 'typeOf'>,
): Promise<SyncedFolder | null> {
  const paths = pathsOf(view);
  for (let folder = path; ; folder = paths.dirname(folder)) {
    for (const [mark, type, service] of BY_MARK) {
      if ((await view.typeOf(paths.join(folder, mark))) !== type) continue;
      return { service, reason: `It is kept in step by ${service}: its mark “${mark}” is in “${folder}”.` };
    }
    if (paths.dirname(folder) === folder) return null;
  }
}

function ofHome(parts: readonly string[] | null, { platform }: View): string | null {
  const [first, second, third] = parts ?? [];
  if (first === undefined) return null;
  if (platform === 'darwin' && first === 'Library') {
    if (second === 'Mobile Documents') return 'iCloud Drive';
    return second === 'CloudStorage' && third !== undefined ? ofCloudStorage(third) : null;
  }
  if (ONEDRIVE.test(first)) return first;
  return BY_NAME.find(([pattern]) => pattern.test(first))?.[1] ?? null;
}

/** “GoogleDrive-somebody@example.com”, “OneDrive-Company”, “Dropbox”. */
function ofCloudStorage(name: string): string {
  const dash = name.indexOf('-');
  const provider = dash === -1 ? name : name.slice(0, dash);
  const service = CLOUD_STORAGE[provider] ?? provider;
  return dash === -1 ? service : `${service} (${name.slice(dash + 1)})`;
}

/** OneDrive says itself where it is, and Google Drive makes a drive of its own. */
function ofWindows(path: string, view: View): string | null {
  for (const name of ['OneDrive', 'OneDriveConsumer', 'OneDriveCommercial']) {
    const folder = view.env[name];
    if (folder === undefined || folder === '' || !win32.isAbsolute(folder)) continue;
    if (partsBelow(path, folder, view) !== null) return win32.basename(folder);
  }
  const { root } = win32.parse(path);
  const isOwnDrive = root.toLowerCase() === win32.parse(view.homeFolder).root.toLowerCase();
  const isGoogles =
    /^[A-Za-z]:\\$/.test(root) && !isOwnDrive && partsBelow(path, root, view)?.[0] === 'My Drive';
  return isGoogles ? 'Google Drive' : null;
}

/** The names that lead from the folder to the path, none for the folder itself; null where it is not in it. */
function partsBelow(path: string, folder: string, view: Pick<View, 'platform'>): string[] | null {
  const paths = pathsOf(view);
  const way = paths.relative(folder, path); // which on Windows minds no case
  if (way === '') return [];
  const parts = way.split(paths.sep);
  return paths.isAbsolute(way) || parts[0] === '..' ? null : parts;
}

function pathsOf({ platform }: Pick<View, 'platform'>): typeof posix {
  return platform === 'win32' ? win32 : posix;
}
