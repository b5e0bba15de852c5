// An output that a crash left unfinished, made by hand.

import { linkSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';

import { recoverFolder, recoverOutput } from '../../core/files/index.ts';
import { partialPathOf, type OutputState } from '../../core/files/output-journal.ts';
import { leaveJournal } from './dead-owner.ts';
import { disk, trashed } from './fake-disk.ts';
import { scratch } from './fixtures.ts';
import { namesIn } from './folder-state.ts';

export const ORIGINAL = 'the original backup';
export const VERIFIED = 'the new backup, read back from the disk and found right';
export const STRANGER = 'something of the user’s own';
export type Policy = 'keep' | 'quarantine' | 'trash';

export function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function keepAsOf(policy: Policy): string {
  return policy === 'quarantine' ? 'Strongroom quarantine/backup.tar.orig' : 'backup.tar.orig';
}

export class Unfinished {
  folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A folder with the original in it. */
  static async begin(): Promise<Unfinished> {
    trashed.length = 0;
    const unfinished = new Unfinished(await scratch());
    writeFileSync(unfinished.finalPath, ORIGINAL);
    return unfinished;
  }

  get finalPath(): string {
    return join(this.folder, 'backup.tar');
  }

  get partialPath(): string {
    return partialPathOf(this.finalPath);
  }

  /** Leaves the journal of a replacement of the file as it is now. Returns where the original is to be set aside. */
  async leaveReplacing(policy: Policy, state: Partial<OutputState>): Promise<string> {
    const { size, mtimeMs } = statSync(this.finalPath);
    const replaces = { sizeBytes: size, mtimeMs };
    const verified = state.step === 'verified' ? { outputBytes: Buffer.byteLength(VERIFIED) } : {};
    await leaveJournal(this.finalPath, {
      replaces,
      originals: policy,
      quarantineDays: 7,
      ...verified,
      ...state,
    });
    await mkdir(join(this.folder, dirname(keepAsOf(policy))), { recursive: true });
    return join(this.folder, keepAsOf(policy));
  }

  /** As far as the journal and the verified partial file; returns where the original is to be set aside. */
  async leaveVerified(policy: Policy): Promise<string> {
    const keepAs = await this.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
    writeFileSync(this.partialPath, VERIFIED);
    return keepAs;
  }

  setAside(keepAs: string): void {
    if (disk.hasLinks) linkSync(this.finalPath, keepAs);
    else renameSync(this.finalPath, keepAs);
  }

  /** Recovery is done once, and again changes nothing. */
  async recoverTwice(): Promise<void> {
    await recoverOutput(this.finalPath);
    const after = await namesIn(this.folder);
    await recoverOutput(this.finalPath);
    expect(await recoverFolder(this.folder)).toEqual([]);
    expect(await namesIn(this.folder)).toEqual(after);
  }

  async expectFinished(policy: Policy): Promise<void> {
    const { folder } = this;
    expect(read(this.finalPath)).toBe(VERIFIED);
    if (policy === 'trash') expect(trashed).toEqual([ORIGINAL]);
    else expect(read(join(folder, keepAsOf(policy)))).toBe(ORIGINAL);
    const kept = policy === 'trash' ? [] : [keepAsOf(policy)];
    const recordName = `${keepAsOf(policy)}.quarantine.json`;
    const record = policy === 'quarantine' ? [dirname(keepAsOf(policy)), recordName] : [];
    expect(await namesIn(folder)).toEqual(['backup.tar', ...kept, ...record].sort());
    if (policy === 'quarantine') expectRecord(join(folder, recordName), basename(this.finalPath));
  }
}

/** As many days as the user wanted, although another process finishes it. */
function expectRecord(path: string, replacement: string): void {
  const record = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, string>>;
  expect(record).toMatchObject({ replacement, replacementBytes: Buffer.byteLength(VERIFIED) });
  const [from, to] = [record['quarantinedAt'] ?? '', record['removeAfter'] ?? ''];
  expect(Date.parse(to) - Date.parse(from)).toBe(7 * 24 * 60 * 60 * 1000);
}
