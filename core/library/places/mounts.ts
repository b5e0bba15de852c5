// What is mounted where on Linux, from /proc/self/mountinfo (proc_pid_mountinfo(5)). Pure.

export interface Mount {
  readonly mountPoint: string;
  /** Major and minor number as the kernel writes them, “8:1”; the major one is 0 where no disk of its own is behind it. */
  readonly device: string;
  readonly fileSystem: string;
  /** Of another computer “//nas/backup” or “nas:/export”, of a disk “/dev/sda1”, else whatever was said. */
  readonly source: string;
}

/** File systems whose files are on another computer. */
const NETWORK_FILE_SYSTEMS: ReadonlySet<string> = new Set([
  'cifs',
  'smb3',
  'smbfs',
  'nfs',
  'nfs4',
  'afs',
  'ceph',
  'ncpfs',
  'sshfs',
  'davfs',
  'glusterfs',
  'fuse.sshfs',
  'fuse.davfs',
  'fuse.davfs2',
  'fuse.rclone',
  'fuse.s3fs',
  'fuse.ceph',
  'fuse.glusterfs',
  'fuse.smbnetfs',
  'fuse.curlftpfs',
]);

/** Lines that are not understood are left out. */
export function parseMountInfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const separator = fields.indexOf('-', 6);
    const [device, , mountPoint] = fields.slice(2);
    const [fileSystem, source] = separator === -1 ? [] : fields.slice(separator + 1);
    if (device === undefined || mountPoint === undefined || fileSystem === undefined || source === undefined)
      return [];
    return [{ mountPoint: unescaped(mountPoint), device, fileSystem, source: unescaped(source) }];
  });
}

/** The mount that holds the path: the deepest, and of several at one place the last, which hides the others. */
export function mountHolding(mounts: readonly Mount[], path: string): Mount | null {
  let holder: Mount | null = null;
  for (const mount of mounts) {
    const { mountPoint } = mount;
    const inside = mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
    if (inside && mountPoint.length >= (holder?.mountPoint.length ?? 0)) holder = mount;
  }
  return holder;
}

/** A share of another computer, not a disk of this one. */
export function isOfNetwork({ fileSystem, source }: Mount): boolean {
  if (NETWORK_FILE_SYSTEMS.has(fileSystem)) return true;
  // Windows' own drives come over 9p into its Linux subsystem, and davfs2 says only “fuse”.
  if (fileSystem === '9p') return windowsDriveOf(source) === null;
  return fileSystem === 'fuse' && /^(?:https?|davs?):\/\//.test(source);
}

/** “C” of `C:\`, as Windows' Linux subsystem mounts it; null for all else. */
export function windowsDriveOf(source: string): string | null {
  return /^([A-Z]):\\?$/i.exec(source)?.[1]?.toUpperCase() ?? null;
}

/** The other computer's name in what was mounted; the whole of it where none can be told. In small letters. */
export function serverOf(source: string): string {
  const patterns = [
    /^\/\/([^/]+)/, // //server/share
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([^/:]+)/, // https://server/path
    /^(?:[^@/]*@)?(\[[^\]]+\]):/, // user@[fe80::1]:/path
    /^(?:[^@/]*@)?([^/:]+):/, // user@server:/path
  ];
  const normal = source.toLowerCase();
  for (const pattern of patterns) {
    const server = pattern.exec(normal)?.[1];
    if (server !== undefined) return server;
  }
  return normal;
}

/** The kernel writes space, tab, line feed and backslash as octal numbers, and other bytes as they are. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
