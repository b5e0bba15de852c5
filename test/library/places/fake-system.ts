// A system as a test describes it: what its files say, where links lead, what is on which device.

import type { SystemView } from '../../../core/library/places/index.ts';

export interface FakeSystem {
  readonly platform?: NodeJS.Platform;
  readonly homeFolder?: string;
  readonly ownFolders?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What files hold, by path. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Where links lead; all other paths that are named anywhere lead to themselves. */
  readonly links?: Readonly<Record<string, string>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly types?: Readonly<Record<string, 'file' | 'folder'>>;
  /** The deepest path that holds another counts. */
  readonly devices?: Readonly<Record<string, string>>;
}

export function fakeSystem(parts: FakeSystem = {}): SystemView {
  const { platform = 'linux', homeFolder = '/home/ada', links = {} } = parts;
  const known = new Set([homeFolder, ...Object.keys(parts.texts ?? {}), ...Object.keys(parts.names ?? {})]);
  return {
    platform,
    homeFolder,
    env: parts.env ?? {},
    ownFolders: parts.ownFolders ?? [homeFolder],
    readText: (path) => Promise.resolve(parts.texts?.[path] ?? null),
    realPath: (path) => Promise.resolve(links[path] ?? (known.has(path) ? path : null)),
    names: (path) => Promise.resolve(parts.names?.[path] ?? []),
    typeOf: (path) => Promise.resolve(parts.types?.[path] ?? null),
    deviceOf: (path) => {
      const holders = Object.keys(parts.devices ?? {}).filter((one) => path.startsWith(one));
      const deepest = holders.sort((a, b) => b.length - a.length)[0];
      return Promise.resolve(deepest === undefined ? null : (parts.devices?.[deepest] ?? null));
    },
  };
}

/** One disk with two partitions, a USB drive, an encrypted volume on it, a logical volume over two disks, an image, shares. */
export const MOUNT_INFO = `
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 259:3 / /home rw,relatime shared:2 - ext4 /dev/nvme0n1p3 rw
25 22 259:4 / /srv/data rw,relatime shared:3 - xfs /dev/nvme0n1p4 rw
26 22 8:1 / /media/ada/My\\040Backups rw,nosuid shared:4 - exfat /dev/sda1 rw
27 22 253:0 / /mnt/vault rw - ext4 /dev/mapper/vault rw
28 22 253:1 / /mnt/both rw - ext4 /dev/mapper/both rw
29 22 0:50 /@backups /mnt/pool rw - btrfs /dev/sdb1 rw,subvol=/@backups
30 22 7:0 / /mnt/image rw - ext4 /dev/loop0 rw
31 22 0:60 / /mnt/nas rw - cifs //NAS/backup rw,vers=3.1.1
32 22 0:61 / /mnt/photos rw - nfs4 nas:/volume1/photos rw
33 22 0:62 / /mnt/far rw - fuse.sshfs ada@far.example.org:/backups rw
34 22 0:63 / /mnt/dav rw - fuse https://cloud.example.org/dav rw
35 22 0:64 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw
36 22 0:65 / /mnt/memory rw - tmpfs tmpfs rw
37 22 0:66 / /mnt/merged rw - fuse.mergerfs a:b rw
38 22 0:67 / /mnt/auto rw - autofs systemd-1 rw
39 38 0:68 / /mnt/auto rw - nfs other:/export rw
40 22 0:69 / /mnt/tank rw - zfs tank/backups rw
41 22 0:70 / /mnt/e rw - 9p E:\\134 rw
42 22 0:71 / /mnt/c rw - 9p C:\\134 rw
43 22 0:72 / /mnt/host rw - 9p hostshare rw
not a line of it
`;

/** What sysfs says of these disks. */
export const DISKS: Pick<FakeSystem, 'texts' | 'links' | 'names' | 'devices'> = {
  texts: {
    '/proc/self/mountinfo': MOUNT_INFO,
    ...Object.fromEntries(
      ['nvme0n1p2', 'nvme0n1p3', 'nvme0n1p4', 'sda1', 'sdb1', 'sdc1'].map((name) => [
        `/sys/class/block/${name}/partition`,
        '1\n',
      ]),
    ),
    '/sys/class/block/nvme0n1/wwid': 'eui.0025385\n',
    '/sys/class/block/sda/device/serial': 'USB  0042\n',
    '/sys/class/block/loop0/loop/backing_file': '/srv/data/image.img\n',
  },
  links: {
    '/sys/dev/block/259:2': '/sys/devices/pci/nvme0n1/nvme0n1p2',
    '/sys/dev/block/259:3': '/sys/devices/pci/nvme0n1/nvme0n1p3',
    '/sys/dev/block/259:4': '/sys/devices/pci/nvme0n1/nvme0n1p4',
    '/sys/dev/block/8:1': '/sys/devices/usb/sda/sda1',
    '/sys/dev/block/253:0': '/sys/devices/virtual/dm-0',
    '/sys/dev/block/253:1': '/sys/devices/virtual/dm-1',
    '/sys/dev/block/7:0': '/sys/devices/virtual/loop0',
    '/sys/class/block/nvme0n1p2': '/sys/devices/pci/nvme0n1/nvme0n1p2',
    '/sys/class/block/nvme0n1p3': '/sys/devices/pci/nvme0n1/nvme0n1p3',
    '/sys/class/block/nvme0n1p4': '/sys/devices/pci/nvme0n1/nvme0n1p4',
    '/sys/class/block/sda1': '/sys/devices/usb/sda/sda1',
    '/sys/class/block/sdb1': '/sys/devices/ata/sdb/sdb1',
    '/sys/class/block/sdc1': '/sys/devices/ata/sdc/sdc1',
  },
  names: {
    '/sys/class/block/dm-0/slaves': ['sda1'],
    '/sys/class/block/dm-1/slaves': ['sdb1', 'sdc1'],
  },
  devices: { '/': '1', '/home': '2', '/mnt/memory': '65', '/mnt/merged': '66' },
};
