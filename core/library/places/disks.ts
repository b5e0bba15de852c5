// Which disks are behind a mount on Linux, as sysfs tells it: partitions lead to their disk, encrypted and logical volumes and
// software arrays to all of theirs, a mounted image to the disk that the image lies on. A dead disk takes everything on it.

import { basename, dirname } from 'node:path';

import { mountHolding, type Mount } from './mounts.ts';
import type { SystemView } from './system-view.ts';

/** Volumes on volumes on images: deeper than anybody builds. */
const MOST_LAYERS = 12;
/** Names that a disk keeps, wherever it is plugged in; the first that there is. */
const LASTING_NAMES = ['wwid', 'device/wwid', 'device/serial', 'serial', 'device/cid'];

type SysView = Pick<SystemView, 'readText' | 'realPath' | 'names'>;

/** Ids of the disks that a path is on, sorted; none where that cannot be told. */
export async function disksHolding(
  path: string,
  mounts: readonly Mount[],
  view: SysView,
  layer = 0,
): Promise<string[]> {
  const mount = mountHolding(mounts, path);
  if (mount === null || layer > MOST_LAYERS) return [];
  if (mount.fileSystem === 'zfs') return [`zfs:${mount.source.split('/')[0] ?? ''}`];
  const device = await blockDeviceOf(mount, view);
  return device === null ? [] : sorted(await disksBehind(device, mounts, view, layer));
}

/** What the maker calls the disk behind a mount; null where that is not known, or there are several. */
export async function modelOf(mount: Mount, mounts: readonly Mount[], view: SysView): Promise<string | null> {
  const device = await blockDeviceOf(mount, view);
  const wholes = device === null ? [] : await wholeDisksBehind(device, mounts, view, 0);
  const [name, ...others] = wholes;
  if (name === undefined || others.length > 0) return null;
  const model = (await view.readText(`${sysPathOf(name)}/device/model`))?.trim();
  return model === undefined || model === '' ? null : model;
}

/** The kernel's name, “sda1”. By its number; file systems over several disks have none, and say one of them as their source. */
async function blockDeviceOf({ device, source }: Mount, view: SysView): Promise<string | null> {
  if (!device.startsWith('0:')) {
    const real = await view.realPath(`/sys/dev/block/${device}`);
    if (real !== null) return basename(real);
  }
  if (!source.startsWith('/dev/')) return null;
  const name = basename((await view.realPath(source)) ?? source);
  return (await view.realPath(sysPathOf(name))) === null ? null : name;
}

async function disksBehind(
  name: string,
  mounts: readonly Mount[],
  view: SysView,
  layer: number,
): Promise<string[]> {
  const image = await imageBehind(name, view);
  if (image !== null) return disksHolding(image, mounts, view, layer + 1);
  const wholes = await wholeDisksBehind(name, mounts, view, layer);
  return Promise.all(wholes.map((whole) => idOf(whole, view)));
}

async function wholeDisksBehind(
  name: string,
  mounts: readonly Mount[],
  view: SysView,
  layer: number,
): Promise<string[]> {
  if (layer > MOST_LAYERS) return [];
  const sysPath = sysPathOf(name);
  if ((await view.readText(`${sysPath}/partition`)) !== null) {
    const real = await view.realPath(sysPath);
    return real === null ? [name] : wholeDisksBehind(basename(dirname(real)), mounts, view, layer + 1);
  }
  const below = await view.names(`${sysPath}/slaves`);
  if (below.length === 0) return [name];
  const found = await Promise.all(below.map((one) => wholeDisksBehind(one, mounts, view, layer + 1)));
  return sorted(found.flat());
}

async function imageBehind(name: string, view: SysView): Promise<string | null> {
  return (await view.readText(`${sysPathOf(name)}/loop/backing_file`))?.trimEnd() ?? null;
}

async function idOf(name: string, view: SysView): Promise<string> {
  for (const file of LASTING_NAMES) {
    const lasting = (await view.readText(`${sysPathOf(name)}/${file}`))?.trim();
    if (lasting !== undefined && lasting !== '') return `disk:${lasting.replaceAll(/\s+/g, ' ')}`;
  }
  return `disk:${name}`;
}

const sysPathOf = (name: string): string => `/sys/class/block/${name}`;
const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();
