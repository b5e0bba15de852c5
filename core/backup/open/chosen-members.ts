// The members of one backup that a caller wants to look into, opened with his keys. A damaged or cut-off file is
// opened as far as it goes: what is wrong with it is told beside what can be read.

import { StrongroomError } from '../../../shared/errors.ts';
import type { RangeOptions } from '../../files/index.ts';
import type { SodiumProvider } from '../../securetar/index.ts';
import type { WalkedEntry } from '../../tar/index.ts';
import { openBackup, openPartialBackup, type BackupFile } from '../file/backup-file.ts';
import { InnerArchive } from '../read/inner-archive.ts';
import { KeyRing } from './key-ring.ts';
import { folderOf, type Member } from '../file/member.ts';
import { openPlaintext, wipeSource } from './member-source.ts';
import { isArchiveMember, openMembers, sourceOf, type OpenedMember } from './open-member.ts';
import type { BackupKey } from '../options.ts';

/** Damage to the outer archive behind which the members may still be whole. */
const SURVIVABLE = new Set(['TRUNCATED', 'DAMAGED_METADATA', 'DAMAGED_HEADER', 'LIMIT_EXCEEDED']);

export class ChosenMembers {
  readonly members: readonly OpenedMember[];
  /** They were asked for by name. */
  readonly named: boolean;
  /** What is wrong with the file as a whole, where no chosen member will say so itself. */
  readonly problem: StrongroomError | null;
  readonly #path: string;
  readonly #handle: BackupFile['handle'];
  readonly #ring: KeyRing;

  private constructor(
    path: string,
    handle: BackupFile['handle'],
    ring: KeyRing,
    chosen: Pick<ChosenMembers, 'members' | 'named' | 'problem'>,
  ) {
    this.#path = path;
    this.#handle = handle;
    this.#ring = ring;
    this.members = chosen.members;
    this.named = chosen.named;
    this.problem = chosen.problem;
  }

  /**
   * Opens the members called `names`, with or without their suffix; all where it is missing or empty.
   * @throws USAGE for a name that is not there; NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, DAMAGED_HEADER, IO_FAILED
   */
  static async open(
    path: string,
    sodium: SodiumProvider,
    wanted: { readonly keys: readonly BackupKey[]; readonly members?: readonly string[] | undefined },
  ): Promise<ChosenMembers> {
    const { handle, members: present, problem } = await openReadable(path);
    const ring = new KeyRing(sodium, wanted.keys);
    try {
      const names = wanted.members ?? [];
      for (const name of names) {
        if (!present.some((member) => isCalled(member, name))) throw problem ?? noSuchMember(name, present);
      }
      const named = names.length > 0;
      const opened = await openMembers({ handle, members: present }, ring);
      const members = named
        ? opened.filter(({ member }) => names.some((name) => isCalled(member, name)))
        : opened;
      const toldByMember = members.some(({ member: { entry } }) => entry.presentBytes < entry.sizeBytes);
      return new ChosenMembers(path, handle, ring, {
        members,
        named,
        problem: named || toldByMember ? null : problem,
      });
    } catch (error) {
      ring.wipe();
      await handle.close();
      throw error;
    }
  }

  /** Bytes in the file of everything that will be read. */
  get storedBytes(): number {
    return this.members.reduce((sum, opened) => (isReadable(opened) ? sum + sizeOf(opened) : sum), 0);
  }

  /**
   * The entries of a member that opened; none where it is no archive.
   * @throws TRUNCATED, DAMAGED_HEADER, DAMAGED_PAYLOAD, LIMIT_EXCEEDED, UNSUPPORTED_VERSION, CANCELLED, IO_FAILED
   */
  async *entries(opened: OpenedMember, options: RangeOptions): AsyncGenerator<WalkedEntry> {
    if (!isReadable(opened)) return;
    const source = sourceOf(this.#path, opened, this.#ring);
    try {
      const plaintext = openPlaintext(this.#handle, source, this.#ring.sodium, options);
      yield* new InnerArchive(source.name, plaintext, source.cipher.variant).entries();
    } finally {
      wipeSource(source);
    }
  }

  async close(): Promise<void> {
    this.#ring.wipe();
    await this.#handle.close();
  }
}

/** Errors that concern one member only: the others are worth going on for. */
export function isOfOneMember(error: unknown): boolean {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (!(error instanceof StrongroomError)) return syscall === 'read';
  return !/^(CANCELLED|INTERNAL|USAGE|NO_SPACE|OUTPUT_REFUSED)$/.test(String(code));
}

function isReadable(opened: OpenedMember): boolean {
  return opened.error === null && isArchiveMember(opened.member);
}

function sizeOf({ member: { entry } }: OpenedMember): number {
  return entry.sizeBytes;
}

function isCalled({ name, entry }: Member, wanted: string): boolean {
  const names = [name, folderOf(name), entry.name, entry.storedName];
  return names.includes(wanted) || names.includes(wanted.replace(/^\.\//, ''));
}

async function openReadable(
  path: string,
): Promise<Pick<BackupFile, 'handle' | 'members'> & { readonly problem: StrongroomError | null }> {
  try {
    const backup = await openBackup(path);
    return { handle: backup.handle, members: backup.members, problem: backup.layout.problem };
  } catch (error) {
    if (!(error instanceof StrongroomError) || !SURVIVABLE.has(error.code)) throw error;
    const partial = await openPartialBackup(path);
    if (partial.members.length > 0) {
      return { handle: partial.handle, members: partial.members, problem: error };
    }
    await partial.handle.close();
    throw error;
  }
}

function noSuchMember(name: string, present: readonly Member[]): StrongroomError {
  const names = present.map((member) => `“${member.name}”`).join(', ');
  return new StrongroomError('USAGE', `This backup has no part called “${name}”.`, {
    hint: names === '' ? 'It has no parts at all, only its description.' : `It has: ${names}.`,
  });
}
