// Names and link targets inside an archive are data: which of them would lead out of the folder they are
// unpacked into, whatever the system. Used to warn when verifying and to refuse when extracting.

import type { WalkedEntry } from '../tar/index.ts';

/** Why an entry may not be unpacked as it says; null where it may. */
export function unsafeReason(entry: Pick<WalkedEntry, 'name' | 'type' | 'linkName'>): string | null {
  const reason = unsafeName(entry.name);
  if (reason !== null) return reason;
  if (entry.type === 'hardlink') {
    const target = unsafeName(entry.linkName);
    return target === null ? null : `it is a hard link to another place: ${target}`;
  }
  if (entry.type === 'symlink' && leavesFolder(entry.name, entry.linkName))
    return 'it is a link that points outside';
  return null;
}

/** Why a name would leave its folder; null where it stays. */
export function unsafeName(name: string): string | null {
  if (name === '') return 'its name is empty';
  if (name.includes('\0')) return 'its name holds a zero byte';
  if (/^[/\\]/.test(name)) return 'its name is absolute';
  if (/^[A-Za-z]:/.test(name)) return 'its name begins with a drive letter';
  if (name.split(/[/\\]/).includes('..')) return 'its name leads out of the folder';
  return null;
}

/** Absolute links to container paths (“/config”) are everyday things, and still lead outside on a PC. */
function leavesFolder(name: string, target: string): boolean {
  if (/^([/\\]|[A-Za-z]:)/.test(target)) return true;
  let depth = name.split('/').filter((part) => part !== '' && part !== '.').length - 1;
  for (const part of target.split(/[/\\]/)) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return false;
}
