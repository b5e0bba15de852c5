// How the vault is, in words.

import type { UnlockWay, VaultStatus } from '../../shared/keys.ts';
import type { Formats } from '../../shared/reports/formats.ts';
import { printable } from '../../shared/reports/printable.ts';

const MINUTE_MS = 60_000;

const WAYS: Readonly<Record<UnlockWay, string>> = {
  keychain: "your system's keychain",
  passphrase: 'a passphrase',
};

export function statusLines(status: VaultStatus, formats: Formats): string[] {
  const where = `Vault: ${printable(status.path)}`;
  if (status.state === 'missing') return [where, 'There is none yet. Make it with: strongroom vault init'];
  if (status.error !== null) {
    const { message, hint } = status.error;
    return [where, message, ...(hint === undefined ? [] : [hint]), ...copyAdvice(status)];
  }
  return [
    where,
    stateLine(status, formats),
    `Opened by ${status.ways.map((way) => WAYS[way]).join(' or ')}.`,
    ...onlyKeychain(status),
    ...(status.changedAt === null ? [] : [`Last changed ${formats.date(status.changedAt)}.`]),
    ...(status.idleLockMs === null
      ? []
      : [
          `Programs that stay open lock it after ${formats.countOf(status.idleLockMs / MINUTE_MS, 'minute', 'minutes')} without use.`,
        ]),
    ...copyLines(status),
  ];
}

function stateLine({ state, lockedOnPurpose, keyCount, ways }: VaultStatus, formats: Formats): string {
  const locked = 'It was locked. Unlock it with: strongroom vault unlock';
  if (state === 'unlocked') {
    const open = `It opens, with ${formats.countOf(keyCount ?? 0, 'key', 'keys')} in it.`;
    return lockedOnPurpose ? `${open} For everybody else: ${locked}` : open;
  }
  if (lockedOnPurpose) return locked;
  return ways.includes('keychain')
    ? 'The keychain did not open it now.'
    : 'It opens when its passphrase is given: when a command asks for it, or with --passphrase-file.';
}

function onlyKeychain({ ways }: VaultStatus): string[] {
  if (ways.includes('passphrase')) return [];
  return ['On another computer nothing opens it. Add a passphrase for that day: strongroom vault passphrase'];
}

function copyLines({ copy }: VaultStatus): string[] {
  switch (copy) {
    case 'intact':
      return ['Its second copy is whole.'];
    case 'older':
      return ['Its second copy is older than the vault; the next change brings it up to date.'];
    case 'newer':
      return ['Its second copy is newer than the vault.'];
    case 'missing':
      return ['Its second copy is missing; the next change makes it again.'];
    case 'damaged':
      return ['Its second copy is damaged; the next change makes it again.'];
  }
}

function copyAdvice({ copy, error }: VaultStatus): string[] {
  // What cannot be read at present, or was written by a newer program, is nothing to replace.
  const isLost = error?.code === 'DAMAGED_VAULT' || error?.code === 'LIMIT_EXCEEDED';
  return isLost && (copy === 'intact' || copy === 'older' || copy === 'newer')
    ? ['A whole copy lies beside it. Put it in its place with: strongroom vault restore']
    : [];
}
