// In which place a folder is: this disk, another drive, a share of another computer, or a folder that is kept in step with a
// service. Found out from what the system tells; where it does not tell which disk is behind a volume, the reason says so.

import { posix, win32 } from 'node:path';

import type { FolderPlace } from '../../catalog/index.ts';
import { disksHolding, modelOf } from './disks.ts';
import { isOfNetwork, mountHolding, parseMountInfo, serverOf, windowsDriveOf, type Mount } from './mounts.ts';
import { syncedByMark, syncedByName, type SyncedFolder } from './synced-folders.ts';
import type { SystemView } from './system-view.ts';

/** All folders on the disk of the person's own files are in one place. */
export const THIS_DISK_ID = 'this-disk';
export const THIS_DISK_LABEL = 'This disk';

/** @param path absolute and real: links were followed before */
export async function findPlace(path: string, system: SystemView): Promise<FolderPlace> {
  const view = await withRealPaths(system);
  const byName = syncedByName(path, view);
  if (byName !== null) return cloud(byName);
  const found = await volumeOf(path, view);
  if (found.kind === 'network') return found;
  const byMark = await syncedByMark(path, view);
  return byMark === null ? found : cloud(byMark);
}

/** Home folders are often behind a link. */
async function withRealPaths(view: SystemView): Promise<SystemView> {
  const real = async (path: string): Promise<string> => (await view.realPath(path)) ?? path;
  const [homeFolder, ownFolders] = await Promise.all([
    real(view.homeFolder),
    Promise.all(view.ownFolders.map(real)),
  ]);
  return { ...view, homeFolder, ownFolders };
}

function volumeOf(path: string, view: SystemView): Promise<FolderPlace> {
  if (view.platform === 'linux') return onLinux(path, view);
  if (view.platform === 'win32') return Promise.resolve(onWindows(path, view));
  return onMac(path, view);
}

async function onLinux(path: string, view: SystemView): Promise<FolderPlace> {
  const mounts = parseMountInfo((await view.readText('/proc/self/mountinfo')) ?? '');
  const mount = mountHolding(mounts, path);
  if (mount === null) return byDevice(path, null, view);
  if (isOfNetwork(mount)) return network(serverOf(mount.source), mount.source);
  const share = shareOfDesktop(path, mount);
  if (share !== null) return network(share, share);
  const drive = mount.fileSystem === '9p' ? windowsDriveOf(mount.source) : null;
  // The subsystem's own disk is an image on C.
  if (drive !== null)
    return drive === 'C' ? thisDisk() : otherDrive(`drive:${drive}`, `${drive}:`, `on drive ${drive}:`);
  const own = (await Promise.all(view.ownFolders.map((folder) => disksHolding(folder, mounts, view)))).flat();
  const disks = await disksHolding(path, mounts, view);
  if (disks.length === 0) return byDevice(path, mount, view);
  if (own.length === 0) return thisDisk(UNKNOWN_OWN_DISK);
  if (disks.some((disk) => own.includes(disk))) return thisDisk();
  const label = await labelOf(mount, mounts, view);
  return otherDrive(disks.join(' + '), label, `mounted at “${mount.mountPoint}”`);
}

/** The desktop mounts shares of all servers at one place, each in a folder that bears its address. */
function shareOfDesktop(path: string, { fileSystem, mountPoint }: Mount): string | null {
  if (fileSystem !== 'fuse.gvfsd-fuse') return null;
  const [share = ''] = path.slice(mountPoint.length + 1).split('/');
  return /^(?:smb-share|sftp|dav|davs|nfs|ftp|ftps|afp-volume):/.test(share) ? share : null;
}

async function labelOf(mount: Mount, mounts: readonly Mount[], view: SystemView): Promise<string> {
  const name = posix.basename(mount.mountPoint);
  return name === '' ? ((await modelOf(mount, mounts, view)) ?? mount.source) : name;
}

/** `path` is as the system's own resolution gives it: a share that has a letter is named by its address. */
function onWindows(path: string, { ownFolders }: SystemView): FolderPlace {
  const { root } = win32.parse(path.replace(/^\\\\\?\\UNC\\/i, '\\\\').replace(/^\\\\\?\\/, ''));
  const share = /^\\\\([^\\]+)\\([^\\]+)/.exec(root);
  if (share !== null) {
    const [label, server = ''] = share;
    // Windows’ Linux subsystem: its disk is an image on this one.
    return /^wsl(?:\$|\.localhost)$/i.test(server) ? thisDisk() : network(server.toLowerCase(), label);
  }
  const drive = root.slice(0, 2).toUpperCase();
  const isOwn = ownFolders.some((folder) => win32.parse(folder).root.slice(0, 2).toUpperCase() === drive);
  return isOwn ? thisDisk() : otherDrive(`drive:${drive}`, drive, `on drive ${drive}`);
}

async function onMac(path: string, view: SystemView): Promise<FolderPlace> {
  const [, top, volume] = path.split('/');
  if (top !== 'Volumes' || volume === undefined) return thisDisk();
  if (await isOnOwnDevice(path, view)) return thisDisk();
  return otherDrive(`volume:${volume}`, volume, `on the volume “${volume}”`);
}

/** Where no disk is seen behind it: another volume may be of the same disk, so the reason leaves it to the person. */
async function byDevice(path: string, mount: Mount | null, view: SystemView): Promise<FolderPlace> {
  const because =
    mount === null
      ? 'the system does not tell what is mounted where'
      : mount.fileSystem === 'tmpfs'
        ? 'it is in memory, and gone when the computer is switched off'
        : `“${mount.fileSystem}” hides which disk is behind it`;
  const device = await view.deviceOf(path);
  if (device === null || (await isOnOwnDevice(path, view)))
    return thisDisk(`It is on the volume that your own files are on; ${because}.`);
  const place = mount?.mountPoint ?? device;
  return {
    id: `volume:${place}`,
    kind: 'other-drive',
    label: posix.basename(place),
    reason: `It is on another volume than your own files: ${because}. Say yourself where it is.`,
  };
}

async function isOnOwnDevice(path: string, view: SystemView): Promise<boolean> {
  const device = await view.deviceOf(path);
  const own = await Promise.all(view.ownFolders.map((folder) => view.deviceOf(folder)));
  return device !== null && own.includes(device);
}

function thisDisk(reason = 'It is on the disk that your own files are on.'): FolderPlace {
  return { id: THIS_DISK_ID, kind: 'this-disk', label: THIS_DISK_LABEL, reason };
}

function otherDrive(id: string, label: string, where: string): FolderPlace {
  return { id, kind: 'other-drive', label, reason: `It is on another drive than your own files, ${where}.` };
}

function network(server: string, label: string): FolderPlace {
  const reason = `It is on a share of another computer, “${label}”.`;
  return { id: `network:${server}`, kind: 'network', label, reason };
}

function cloud({ service, reason }: SyncedFolder): FolderPlace {
  return { id: `cloud:${service}`, kind: 'cloud', label: service, reason };
}

/** In a container: then nothing is promised. */
const UNKNOWN_OWN_DISK =
  'Which disk your own files are on cannot be told here, so it counts as this disk until you say otherwise.';
