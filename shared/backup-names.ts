// Which files count as backups by their names, wherever folders are looked through (“Watched folders” in the notes on Home
// Assistant). A file that a person names is always taken.

/**
 * Half-loaded files (`.part`, `.crdownload`, `.partial`, `.tmp`) and kept originals (`.orig`) do not end in .tar; what macOS puts
 * beside a file on foreign disks (`._x.tar`) does, and holds nothing of it.
 */
export function isBackupName(name: string): boolean {
  return /\.tar$/i.test(name) && !name.startsWith('._');
}
