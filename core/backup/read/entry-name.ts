// Names and link targets inside an archive are data: which of them would lead out of the folder they are
// unpacked into, whatever the system. Used to warn when verifying and to refuse when extracting.

import type { WalkedEntry } from '../../tar/index.ts';

/** The components of an entry's name; `./`, doubled and trailing slashes are none. */
export function entryParts(name: string): string[] {
  return name.split('/').filter((part) => part !== '' && part !== '.');
}

/** Why an entry may not be unpacked as it says; null where it may. */
export function unsafeReason(entry: Pick<WalkedEntry, 'name' | 'type' | 'linkName'>): string | null {
  const reason = unsafeName(entry.name);
  if (reason !== null) return reason;
  if (entry.type === 'hardlink') {
    const target = unsafeName(entry.linkName);
    return target === null ? null : `it is a hard link to another place: ${target}`;
  }
  return entry.type === 'symlink' ? unsafeLink(entryParts(entry.name), entry.linkName) : null;
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

/**
 * Why a symbolic link at `parts` would lead out of its folder; null where it stays. Absolute links to container
 * paths (“/config”) are everyday things, and still lead outside on a PC. “..” counts only at the beginning, where
 * it starts from a real folder: after a name it would start from wherever another link leads.
 */
export function unsafeLink(parts: readonly string[], target: string): string | null {
  if (target === '' || target.includes('\0')) return 'it is a link to nowhere';
  const steps = target.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  const firstName = steps.findIndex((part) => part !== '..');
  const up = firstName === -1 ? steps.length : firstName;
  const staysBelow = up <= parts.length - 1 && !steps.slice(up).includes('..');
  return staysBelow && !/^([/\\]|[A-Za-z]:)/.test(target) ? null : 'it is a link that points outside';
}
