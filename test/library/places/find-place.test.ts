// In which place a folder is, on systems that a test describes: every kind of volume, every program that syncs, and what is not
// taken for either.

import { describe, expect, it } from 'vitest';

import { findPlace } from '../../../core/library/places/index.ts';
import { mountHolding, parseMountInfo, serverOf } from '../../../core/library/places/mounts.ts';
import { DISKS, fakeSystem, MOUNT_INFO, type FakeSystem } from './fake-system.ts';

async function placeOf(path: string, more: FakeSystem = {}): Promise<string> {
  const { id, kind, label, reason } = await findPlace(path, fakeSystem({ ...DISKS, ...more }));
  expect(reason).toMatch(/^[A-Z].*\.$/);
  return `${kind} ${id} ${label}`;
}

const THIS_DISK = 'this-disk this-disk This disk';

describe('the mounts of Linux', () => {
  it('are read with spaces in their names, and lines that say something else are left out', () => {
    const mounts = parseMountInfo(MOUNT_INFO);
    expect(mounts).toHaveLength(22);
    expect(mounts[4]).toEqual({
      mountPoint: '/media/ada/My Backups',
      device: '8:1',
      fileSystem: 'exfat',
      source: '/dev/sda1',
    });
  });

  it('hold what is below them and not what is beside them; the last one at a place hides the others', () => {
    const mounts = parseMountInfo(MOUNT_INFO);
    const at = (path: string): string | undefined => mountHolding(mounts, path)?.mountPoint;
    expect([at('/home/ada'), at('/home'), at('/homes'), at('/')]).toEqual(['/home', '/home', '/', '/']);
    expect(mountHolding(mounts, '/mnt/auto/x')?.source).toBe('other:/export');
    expect(mountHolding([], '/home')).toBeNull();
  });

  it.each([
    ['//NAS/backup', 'nas'],
    ['nas:/volume1', 'nas'],
    ['[fe80::1]:/volume1', '[fe80::1]'],
    ['ada@far.example.org:/backups', 'far.example.org'],
    ['https://ada@cloud.example.org:8443/dav', 'cloud.example.org'],
    ['gdrive:', 'gdrive'],
    ['hostshare', 'hostshare'],
  ])('of the share %s belong to %s', (source, server) => {
    expect(serverOf(source)).toBe(server);
  });
});

describe('on Linux', () => {
  it.each([
    ['the own partition', '/home/ada/backups', THIS_DISK],
    ['another partition of the same disk', '/srv/data/backups', THIS_DISK],
    ['an image that lies on that disk', '/mnt/image/backups', THIS_DISK],
    ['a USB drive', '/media/ada/My Backups/ha', 'other-drive disk:USB 0042 My Backups'],
    ['an encrypted volume on that drive', '/mnt/vault', 'other-drive disk:USB 0042 vault'],
    ['a volume over two disks', '/mnt/both', 'other-drive disk:sdb + disk:sdc both'],
    ['a subvolume of btrfs, by its source', '/mnt/pool', 'other-drive disk:sdb pool'],
    ['a pool of ZFS', '/mnt/tank/x', 'other-drive zfs:tank tank'],
    ['a share of Windows', '/mnt/nas/ha', 'network network:nas //NAS/backup'],
    ['another share of the same server', '/mnt/photos', 'network network:nas nas:/volume1/photos'],
    ['a folder over SSH', '/mnt/far', 'network network:far.example.org ada@far.example.org:/backups'],
    ['a folder over WebDAV', '/mnt/dav', 'network network:cloud.example.org https://cloud.example.org/dav'],
    [
      'a share that the desktop mounted',
      '/run/user/1000/gvfs/smb-share:server=nas,share=b/x',
      'network network:smb-share:server=nas,share=b smb-share:server=nas,share=b',
    ],
    ['memory', '/mnt/memory/x', 'other-drive volume:/mnt/memory memory'],
    ['what hides its disks', '/mnt/merged', 'other-drive volume:/mnt/merged merged'],
    ['drive E of Windows around it', '/mnt/e/x', 'other-drive drive:E E:'],
    ['drive C, where its own disk lies', '/mnt/c/x', THIS_DISK],
    ['a folder of the host of a virtual machine', '/mnt/host', 'network network:hostshare hostshare'],
  ])('%s', async (_, path, place) => {
    expect(await placeOf(path)).toBe(place);
  });

  it('a home folder behind a link is looked up where it is', async () => {
    const links = { ...DISKS.links, '/home/ada': '/media/ada/My Backups/home' };
    expect(await placeOf('/media/ada/My Backups/ha', { links })).toBe(THIS_DISK);
    expect(await placeOf('/home', { links })).toBe('other-drive disk:eui.0025385 home');
  });

  it('in a container nothing is promised: what cannot be told apart counts as this disk', async () => {
    const texts = {
      ...DISKS.texts,
      '/proc/self/mountinfo': [
        '1 0 0:99 / / rw - overlay overlay rw',
        '2 1 8:1 /data /backups rw - ext4 /dev/sda1 rw',
        '3 1 259:3 /x /data rw - ext4 /dev/nvme0n1p3 rw',
      ].join('\n'),
    };
    expect(await placeOf('/backups', { texts })).toBe(THIS_DISK);
    expect(await placeOf('/elsewhere', { texts, devices: { '/': '99' } })).toBe(THIS_DISK);
    // The data folder is a volume of its own: then it is known.
    const ownFolders = ['/home/ada', '/data'];
    expect(await placeOf('/backups', { texts, ownFolders })).toBe('other-drive disk:USB 0042 backups');
    expect(await placeOf('/data/backups', { texts, ownFolders })).toBe(THIS_DISK);
  });

  it('without a word about mounts the number of the device has to do', async () => {
    const devices = { '/home': '2', '/mnt/x': '3' };
    expect(await placeOf('/mnt/x', { texts: {}, devices })).toBe('other-drive volume:3 3');
    expect(await placeOf('/home/b', { texts: {}, devices })).toBe(THIS_DISK);
    expect(await placeOf('/nowhere', { texts: {}, devices })).toBe(THIS_DISK);
  });
});

describe('on Windows', () => {
  const windows: FakeSystem = { platform: 'win32', homeFolder: 'C:\\Users\\Ada' };
  it.each([
    ['C:\\Backups', THIS_DISK],
    ['c:\\Backups', THIS_DISK],
    ['E:\\Backups', 'other-drive drive:E: E:'],
    ['\\\\NAS\\backup\\ha', 'network network:nas \\\\NAS\\backup'],
    ['\\\\?\\UNC\\NAS\\backup\\ha', 'network network:nas \\\\NAS\\backup'],
    ['\\\\wsl.localhost\\Debian\\home', THIS_DISK],
    ['\\\\wsl$\\Debian\\home', THIS_DISK],
  ])('%s', async (path, place) => {
    expect(await placeOf(path, windows)).toBe(place);
  });

  it.each([
    ['C:\\Users\\Ada\\OneDrive\\ha', 'OneDrive'],
    ['C:\\Users\\Ada\\OneDrive - Contoso\\ha', 'OneDrive - Contoso'],
    ['C:\\Users\\Ada\\Dropbox', 'Dropbox'],
    ['C:\\Users\\Ada\\iCloudDrive\\x', 'iCloud Drive'],
    ['D:\\Cloud\\x', 'Cloud'],
    ['G:\\My Drive\\ha', 'Google Drive'],
  ])('%s is synced', async (path, service) => {
    const env = { OneDriveCommercial: 'd:\\Cloud', OneDrive: '', OneDriveConsumer: 'relative' };
    expect(await placeOf(path, { ...windows, env })).toBe(`cloud cloud:${service} ${service}`);
  });

  it.each(['D:\\Cloudy\\x', 'C:\\My Drive', 'C:\\Users\\Ada\\OneDriveTemp', 'C:\\Dropbox'])(
    '%s is not',
    async (path) => {
      expect(await placeOf(path, { ...windows, env: { OneDrive: 'D:\\Cloud' } })).not.toContain('cloud');
    },
  );
});

describe('on macOS', () => {
  const mac: FakeSystem = {
    platform: 'darwin',
    homeFolder: '/Users/ada',
    devices: { '/': '1', '/Volumes/Backup': '7' },
  };
  it.each([
    ['/Users/ada/backups', THIS_DISK],
    ['/Volumes/Backup/ha', 'other-drive volume:Backup Backup'],
    ['/Volumes/Macintosh HD/ha', THIS_DISK],
    ['/Volumes', THIS_DISK],
    ['/Users/ada/Library/Mobile Documents/x', 'cloud cloud:iCloud Drive iCloud Drive'],
    ['/Users/ada/Library/CloudStorage/Dropbox/x', 'cloud cloud:Dropbox Dropbox'],
    [
      '/Users/ada/Library/CloudStorage/GoogleDrive-a@b.c/x',
      'cloud cloud:Google Drive (a@b.c) Google Drive (a@b.c)',
    ],
    ['/Users/ada/Library/CloudStorage/OneDrive-Contoso', 'cloud cloud:OneDrive (Contoso) OneDrive (Contoso)'],
    ['/Users/ada/Library/CloudStorage', THIS_DISK],
    ['/Users/ada/Library/Application Support', THIS_DISK],
  ])('%s', async (path, place) => {
    expect(await placeOf(path, mac)).toBe(place);
  });
});

describe('a folder of a program that syncs', () => {
  it.each([
    ['Dropbox', 'Dropbox'],
    ['Dropbox (Personal)', 'Dropbox'],
    ['Google Drive', 'Google Drive'],
    ['GoogleDrive', 'Google Drive'],
    ['My Drive', 'Google Drive'],
    ['My Drive (a@b.c)', 'Google Drive'],
    ['OneDrive', 'OneDrive'],
    ['Nextcloud', 'Nextcloud'],
    ['ownCloud', 'ownCloud'],
    ['MEGA', 'MEGA'],
    ['MEGAsync', 'MEGA'],
    ['pCloudDrive', 'pCloud'],
    ['Box', 'Box'],
    ['Box Sync', 'Box'],
    ['Proton Drive', 'Proton Drive'],
    ['Seafile', 'Seafile'],
    ['SynologyDrive', 'Synology Drive'],
  ])('is known by its name ~/%s', async (name, service) => {
    expect(await placeOf(`/home/ada/${name}/ha`)).toBe(`cloud cloud:${service} ${service}`);
    expect(await placeOf(`/home/ada/${name}`)).toContain(`cloud:${service}`);
    expect(await placeOf(`/home/ada/old/${name}`)).toBe(THIS_DISK);
    expect(await placeOf(`/srv/data/${name}`)).toBe(THIS_DISK);
    expect(await placeOf(`/home/ada/${name} old`)).not.toMatch(/^cloud/);
  });

  it.each([
    ['.stfolder', 'folder', 'Syncthing'],
    ['.stfolder', 'file', 'Syncthing'],
    ['.dropbox', 'file', 'Dropbox'],
    ['.dropbox.cache', 'folder', 'Dropbox'],
    ['.nextcloudsync.log', 'file', 'Nextcloud'],
    ['.owncloudsync.log', 'file', 'ownCloud'],
    ['.megaignore', 'file', 'MEGA'],
    ['.SynologyWorkingDirectory', 'folder', 'Synology Drive'],
    ['.sync/ID', 'file', 'Resilio Sync'],
    ['.tmp.drivedownload', 'folder', 'Google Drive'],
    ['.849C9593-D756-4E56-8D6E-42412F2A707B', 'file', 'OneDrive'],
  ] as const)('is known by its mark %s (%s), also in a folder above', async (mark, type, service) => {
    const types = { [`/media/ada/My Backups/synced/${mark}`]: type };
    const place = `cloud cloud:${service} ${service}`;
    expect(await placeOf('/media/ada/My Backups/synced', { types })).toBe(place);
    expect(await placeOf('/media/ada/My Backups/synced/deep/er', { types })).toBe(place);
    expect(await placeOf('/media/ada/My Backups/other', { types })).not.toContain('cloud');
  });

  it('is not taken for one because of what Dropbox keeps in the home folder itself', async () => {
    const types = { '/home/ada/.dropbox': 'folder', '/home/ada/.sync': 'folder' } as const;
    expect(await placeOf('/home/ada/backups', { types })).toBe(THIS_DISK);
    expect(await placeOf('/home/ada/Sync')).toBe(THIS_DISK);
  });
});
