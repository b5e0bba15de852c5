// File and folder names out of paths, as the system of the engine writes them, which need not be the one of this page. Pure.

/** "backup.tar" of "/srv/backups/backup.tar" and of "D:\backups\backup.tar". */
export function nameOfPath(path: string): string {
  return path.slice(lastSeparator(path) + 1) || path;
}

/** "/srv/backups" of "/srv/backups/backup.tar"; empty where there is none. */
export function folderOfPath(path: string): string {
  const end = lastSeparator(path);
  return end === 0 ? path.slice(0, 1) : path.slice(0, Math.max(0, end));
}

function lastSeparator(path: string): number {
  const windows = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(path);
  return windows ? Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) : path.lastIndexOf('/');
}
