// What a recode would do, decided before anything is written: which members change into what, whether every key
// is there, whether there is anything to do at all. A refusal here has touched nothing.

import type { RecodeOperation, RestoreNeeds, SecureTarVersion } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import { v2StreamBytes, v3StreamBytes, type V3Header } from '../../securetar/index.ts';
import type { BackupFile } from '../file/backup-file.ts';
import type { KeyRing } from '../open/key-ring.ts';
import { cutOffInside } from '../file/layout.ts';
import { isEncrypted, type Member } from '../file/member.ts';
import { openMembers, type OpenedMember } from '../open/open-member.ts';
import { plaintextSizeOf } from '../open/plaintext-size.ts';
import type { BackupKey } from '../options.ts';
import { planOuter, type OuterPlan } from './outer-writer.ts';
import { restoreNeeds } from '../file/remarks.ts';
import type { PlannedContent } from './write-member.ts';

export type TargetFormat = 'plain' | SecureTarVersion;

export interface RecodeWish {
  readonly operation: RecodeOperation;
  readonly newKey: BackupKey | undefined;
  readonly format: SecureTarVersion;
}

export interface PlannedMember {
  readonly opened: OpenedMember;
  /** null: its stored bytes are copied as they are. */
  readonly format: TargetFormat | null;
  readonly content: PlannedContent;
}

export interface RecodePlan {
  readonly operation: RecodeOperation;
  readonly members: readonly PlannedMember[];
  /** Encrypts what is encrypted anew; null where nothing is. */
  readonly key: BackupKey | null;
  /** The salts of an existing v3 part, to be shared by what is written beside it; null for fresh ones. */
  readonly beside: V3Header | null;
  readonly isProtected: boolean;
  /** A full sentence: why there is nothing to do; null where there is. */
  readonly nothingToDo: string | null;
  readonly restoreNeeds: RestoreNeeds;
}

/** @throws KEY_REQUIRED, WRONG_KEY, DAMAGED_HEADER, DAMAGED_PAYLOAD, TRUNCATED, UNSUPPORTED_VERSION, USAGE */
export async function planRecode(backup: BackupFile, wish: RecodeWish, ring: KeyRing): Promise<RecodePlan> {
  if (backup.layout.problem !== null) throw backup.layout.problem;
  const opened = await openMembers(backup, ring);
  requireAllOpen(opened);
  const target = chooseTarget(backup, wish, opened);
  const formats = opened.map(({ member }) => (member.variant === 'empty' ? null : target.format));
  const members = await Promise.all(
    opened.map(async (one, index) => ({
      opened: one,
      format: formats[index] ?? null,
      content: await contentOf(backup, one, ring),
    })),
  );
  return {
    operation: wish.operation,
    members,
    key: target.key,
    beside: null,
    isProtected: target.format !== 'plain',
    nothingToDo: target.nothingToDo,
    restoreNeeds: restoreNeeds(formats.filter((format) => format !== null)),
  };
}

/** Bytes that a member takes in the new file. */
export function storedBytes({ format, content }: PlannedMember): number {
  switch (format) {
    case null:
    case 'plain':
      return content.plaintextBytes;
    case 'v2':
      return v2StreamBytes(content.plaintextBytes);
    case 'v3':
      return v3StreamBytes(content.plaintextBytes);
  }
}

/** Every entry at its new place; the metadata is an entry like any other. */
export function layOut(backup: BackupFile, plan: Pick<RecodePlan, 'members'>, metadata: Buffer): OuterPlan {
  const sizes = new Map(plan.members.map((member) => [member.opened.member.entry, storedBytes(member)]));
  const copied = plan.members
    .filter(({ format }) => format === null)
    .map(({ opened }) => opened.member.entry);
  return planOuter(
    backup.layout.entries,
    (entry) => (entry === backup.metadataEntry ? metadata.length : (sizes.get(entry) ?? entry.sizeBytes)),
    new Set(copied),
  );
}

export async function contentOf(
  backup: BackupFile,
  opened: OpenedMember,
  ring: KeyRing,
): Promise<PlannedContent> {
  if (opened.member.variant === 'empty') return { plaintextBytes: 0, cure: null };
  const { bytes, v1GzipEnd } = await plaintextSizeOf(backup.handle, opened, ring);
  const cure =
    v1GzipEnd === null ? null : { keepBytes: v1GzipEnd.deflateEndBytes, flip: null, tail: v1GzipEnd.tail };
  return { plaintextBytes: bytes, cure };
}

/** @throws the first reason why a member stays closed, damage before keys */
function requireAllOpen(opened: readonly OpenedMember[]): void {
  const closed = opened.filter(({ error }) => error !== null);
  const damaged = closed.find(({ error }) => error?.code !== 'WRONG_KEY' && error?.code !== 'KEY_REQUIRED');
  const error = (damaged ?? closed[0])?.error;
  if (error != null) throw error;
  for (const { member } of opened) {
    const missing = member.entry.sizeBytes - member.entry.presentBytes;
    if (missing > 0) {
      throw cutOffInside(member.name, missing);
    }
  }
}

interface Target {
  readonly format: TargetFormat;
  readonly key: BackupKey | null;
  readonly nothingToDo: string | null;
}

function chooseTarget(backup: BackupFile, wish: RecodeWish, opened: readonly OpenedMember[]): Target {
  const content = opened.map(({ member }) => member).filter(({ variant }) => variant !== 'empty');
  const encrypted = content.filter(({ variant }) => isEncrypted(variant) === true);
  const keys = [...new Set(opened.flatMap(({ key }) => (key === null ? [] : [key])))];
  const flagRight = (isProtected: boolean) =>
    backup.metadata.protected === isProtected || content.length === 0;
  const allAre = (variant: Member['variant']) => content.every((member) => member.variant === variant);

  switch (wish.operation) {
    case 'decrypt':
      return {
        format: 'plain',
        key: null,
        nothingToDo:
          encrypted.length === 0 && flagRight(false) ? 'Nothing in this backup is encrypted.' : null,
      };
    case 'migrate': {
      if (encrypted.length === 0) {
        const nothingToDo =
          'Nothing in this backup is encrypted, so there is no old format to leave. To protect it, encrypt it.';
        return { format: 'plain', key: null, nothingToDo };
      }
      const key = onlyKey(keys);
      const done = allAre(wish.format) && flagRight(true);
      const nothingToDo = done
        ? `This backup is already in format ${wish.format} with your key “${key.label}”.`
        : null;
      return { format: wish.format, key, nothingToDo };
    }
    case 'encrypt': {
      if (encrypted.length > 0 && encrypted.length === content.length) {
        return {
          format: wish.format,
          key: null,
          nothingToDo: 'This backup is already encrypted. For another key, rekey it.',
        };
      }
      if (content.length === 0) {
        return { format: wish.format, key: null, nothingToDo: 'There is nothing in this backup to encrypt.' };
      }
      return { format: wish.format, key: requireNewKey(wish), nothingToDo: null };
    }
    case 'rekey': {
      const key = requireNewKey(wish);
      if (encrypted.length === 0) {
        return {
          format: wish.format,
          key,
          nothingToDo: 'Nothing in this backup is encrypted. To protect it, encrypt it.',
        };
      }
      const same =
        allAre(wish.format) && keys.every((old) => old.password.equals(key.password)) && flagRight(true);
      return {
        format: wish.format,
        key,
        nothingToDo: same ? 'This backup is already encrypted with this key.' : null,
      };
    }
    case 'repair':
      throw new StrongroomError('INTERNAL', 'a repair chooses its target itself');
  }
}

/** @throws USAGE when the members need different keys */
export function onlyKey(keys: readonly BackupKey[]): BackupKey {
  const [first, ...others] = keys;
  if (first === undefined) throw new StrongroomError('INTERNAL', 'no key for an encrypted backup');
  if (others.every((key) => key.password.equals(first.password))) return first;
  const labels = keys.map(({ label }) => `“${label}”`).join(' and ');
  throw new StrongroomError(
    'USAGE',
    `The parts of this backup need different keys (${labels}), so it has no “same key” to keep.`,
    {
      hint: 'Rekey it, with one new key for all parts.',
    },
  );
}

function requireNewKey({ newKey, operation }: RecodeWish): BackupKey {
  if (newKey === undefined) {
    throw new StrongroomError('KEY_REQUIRED', `To ${operation} a backup, a new key is needed.`, {
      hint: 'Give the key that shall open the backup from now on.',
    });
  }
  return newKey;
}
