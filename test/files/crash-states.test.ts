// Every state that a crash can leave of an output, made by hand: the next start finishes what was verified, undoes
// what was not, and the original's bytes exist at each moment. With and without hard links on the file system.

import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { partialPathOf, type OutputState } from '../../core/files/output-journal.ts';
import { recoverFolder, recoverOutput } from '../../core/files/index.ts';
import { leaveJournal, leaveStaging } from '../support/dead-owner.ts';
import { scratch } from '../support/fixtures.ts';
import { namesIn } from '../support/folder-state.ts';

const disk = vi.hoisted(() => ({ hasLinks: true }));
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const link: typeof real.link = (from, to) =>
    disk.hasLinks
      ? real.link(from, to)
      : Promise.reject(Object.assign(new Error('EPERM: no hard links here'), { code: 'EPERM' }));
  return { ...real, link };
});
const trashed = vi.hoisted(() => ({ paths: [] as string[] }));
vi.mock('trash', () => ({
  default: (path: string) => {
    trashed.paths.push(readFileSync(path, 'utf8'));
    rmSync(path);
    return Promise.resolve();
  },
}));

const ORIGINAL = 'the original backup';
const VERIFIED = 'the new backup, read back from the disk and found right';
const STRANGER = 'something of the user’s own';
type Policy = 'keep' | 'quarantine' | 'trash';

let folder = '';
let finalPath = '';
let partialPath = '';

beforeEach(async () => {
  trashed.paths = [];
  folder = await scratch();
  finalPath = join(folder, 'backup.tar');
  partialPath = partialPathOf(finalPath);
  writeFileSync(finalPath, ORIGINAL);
});
afterEach(() => {
  disk.hasLinks = true;
});

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

function keepAsOf(policy: Policy): string {
  return policy === 'quarantine' ? 'Strongroom quarantine/backup.tar.orig' : 'backup.tar.orig';
}

/** The journal of a replacement; `identity` is taken of the original as it is now. */
async function leaveReplacing(policy: Policy, state: Partial<OutputState>): Promise<string> {
  const { size, mtimeMs } = statSync(finalPath);
  const replaces = { sizeBytes: size, mtimeMs };
  const verified = state.step === 'verified' ? { outputBytes: Buffer.byteLength(VERIFIED) } : {};
  await leaveJournal(finalPath, { replaces, originals: policy, quarantineDays: 7, ...verified, ...state });
  await mkdir(join(folder, dirname(keepAsOf(policy))), { recursive: true });
  return join(folder, keepAsOf(policy));
}

function setAsideByHand(keepAs: string): void {
  if (disk.hasLinks) linkSync(finalPath, keepAs);
  else renameSync(finalPath, keepAs);
}

async function expectFinished(policy: Policy): Promise<void> {
  expect(read(finalPath)).toBe(VERIFIED);
  if (policy === 'trash') expect(trashed.paths).toEqual([ORIGINAL]);
  else expect(read(join(folder, keepAsOf(policy)))).toBe(ORIGINAL);
  const kept = policy === 'trash' ? [] : [keepAsOf(policy)];
  const recordName = `${keepAsOf(policy)}.quarantine.json`;
  const record = policy === 'quarantine' ? [dirname(keepAsOf(policy)), recordName] : [];
  expect(await namesIn(folder)).toEqual(['backup.tar', ...kept, ...record].sort());
  if (policy !== 'quarantine') return;
  const { replacement, replacementBytes, quarantinedAt, removeAfter } = JSON.parse(
    readFileSync(join(folder, recordName), 'utf8'),
  ) as Record<string, string>;
  expect({ replacement, replacementBytes }).toEqual({
    replacement: 'backup.tar',
    replacementBytes: Buffer.byteLength(VERIFIED),
  });
  // As many days as the user wanted, although another process finishes it.
  expect(Date.parse(removeAfter ?? '') - Date.parse(quarantinedAt ?? '')).toBe(7 * 24 * 60 * 60 * 1000);
}

/** Recovery is done once, and again changes nothing. */
async function recoverTwice(): Promise<void> {
  await recoverOutput(finalPath);
  const after = await namesIn(folder);
  await recoverOutput(finalPath);
  expect(await recoverFolder(folder)).toEqual([]);
  expect(await namesIn(folder)).toEqual(after);
}

describe.each([
  ['with hard links', true],
  ['without hard links', false],
])('after a crash, %s', (_, hasLinks) => {
  beforeEach(() => {
    disk.hasLinks = hasLinks;
  });

  describe.each<Policy>(['keep', 'quarantine', 'trash'])('of a replacement, originals: %s', (policy) => {
    const early: readonly (readonly [string, OutputState['step'], string | null])[] = [
      ['before the partial file was made', 'starting', null],
      ['when the partial file was just made', 'starting', ''],
      ['in the middle of writing', 'writing', 'half of the new ba'],
      ['before anything was written', 'writing', ''],
      ['when the partial file was gone already', 'writing', null],
    ];
    it.each(early)('%s, it is undone', async (_name, step, partial) => {
      await leaveReplacing(policy, { step });
      if (partial !== null) writeFileSync(partialPath, partial);
      await recoverTwice();
      expect(read(finalPath)).toBe(ORIGINAL);
      expect((await namesIn(folder)).filter((name) => name !== 'Strongroom quarantine')).toEqual([
        'backup.tar',
      ]);
    });

    it('a stranger’s partial file that was there before ours is not deleted', async () => {
      await leaveReplacing(policy, { step: 'starting' });
      writeFileSync(partialPath, STRANGER);
      await recoverTwice();
      expect([read(finalPath), read(partialPath)]).toEqual([ORIGINAL, STRANGER]);
    });

    it('when it was verified, it is finished', async () => {
      await leaveReplacing(policy, { step: 'verified' });
      writeFileSync(partialPath, VERIFIED);
      await recoverTwice();
      await expectFinished(policy);
    });

    it('when the place for the original was noted, it is finished', async () => {
      await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(partialPath, VERIFIED);
      await recoverTwice();
      await expectFinished(policy);
    });

    it('when the original was set aside, it is finished', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(partialPath, VERIFIED);
      setAsideByHand(keepAs);
      await recoverTwice();
      await expectFinished(policy);
    });

    it('when the new file stood at its place, the rest is done', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      setAsideByHand(keepAs);
      writeFileSync(partialPath, VERIFIED);
      renameSync(partialPath, finalPath);
      await recoverTwice();
      await expectFinished(policy);
    });

    it('when only the journal was left, it goes', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      setAsideByHand(keepAs);
      writeFileSync(partialPath, VERIFIED);
      renameSync(partialPath, finalPath);
      if (policy === 'trash') {
        rmSync(keepAs);
        trashed.paths.push(ORIGINAL);
      }
      await recoverTwice();
      await expectFinished(policy);
    });

    it('a file that has taken the original’s second name meanwhile is not overwritten', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(partialPath, VERIFIED);
      writeFileSync(keepAs, STRANGER);
      await recoverTwice();
      expect([read(finalPath), read(keepAs)]).toEqual([VERIFIED, STRANGER]);
      if (policy === 'trash') expect(trashed.paths).toEqual([ORIGINAL]);
      else expect(read(`${keepAs}.2`)).toBe(ORIGINAL);
    });

    it('another file at the backup’s place is its owner’s will: it stays, and so does the original', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(partialPath, VERIFIED);
      setAsideByHand(keepAs);
      rmSync(finalPath, { force: true });
      writeFileSync(finalPath, STRANGER);
      await recoverTwice();
      expect([read(finalPath), read(keepAs), read(partialPath)]).toEqual([STRANGER, ORIGINAL, null]);
      expect(trashed.paths).toEqual([]);
      expect(await namesIn(folder)).not.toContain(`${keepAsOf(policy)}.quarantine.json`);
    });

    it('another file at the backup’s place before the original was set aside stays, too', async () => {
      await leaveReplacing(policy, { step: 'verified' });
      writeFileSync(partialPath, VERIFIED);
      writeFileSync(finalPath, STRANGER);
      await recoverTwice();
      expect([read(finalPath), read(partialPath)]).toEqual([STRANGER, null]);
    });

    it('an original is not thrown away beside something else than its replacement', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      setAsideByHand(keepAs);
      rmSync(finalPath, { force: true });
      writeFileSync(finalPath, STRANGER);
      await recoverTwice();
      expect([read(finalPath), read(keepAs)]).toEqual([STRANGER, ORIGINAL]);
      expect(trashed.paths).toEqual([]);
      expect(await namesIn(folder)).not.toContain(`${keepAsOf(policy)}.quarantine.json`);
    });

    it('where the new file was lost, the original has its name again', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      setAsideByHand(keepAs);
      await recoverTwice();
      expect([read(finalPath), read(keepAs)]).toEqual([ORIGINAL, null]);
      expect(trashed.paths).toEqual([]);
    });

    it('where the original was moved away by hand, the new file takes its place', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(partialPath, VERIFIED);
      setAsideByHand(keepAs);
      rmSync(keepAs);
      rmSync(finalPath, { force: true });
      await recoverTwice();
      expect([read(finalPath), read(partialPath)]).toEqual([VERIFIED, null]);
    });

    it('a folder that was moved to another place is recovered there', async () => {
      const keepAs = await leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(partialPath, VERIFIED);
      setAsideByHand(keepAs);
      const moved = join(await scratch(), 'moved');
      renameSync(folder, moved);
      folder = moved;
      finalPath = join(moved, basename(finalPath));
      partialPath = partialPathOf(finalPath);
      await recoverTwice();
      await expectFinished(policy);
    });
  });

  describe('of a new file', () => {
    beforeEach(() => rmSync(finalPath));

    it.each(['starting', 'writing'] as const)('%s, nothing is left of it', async (step) => {
      await leaveJournal(finalPath, { step });
      writeFileSync(partialPath, step === 'writing' ? 'half' : '');
      await recoverTwice();
      expect(await namesIn(folder)).toEqual([]);
    });

    it('verified, it gets its name', async () => {
      await leaveJournal(finalPath, { step: 'verified' });
      writeFileSync(partialPath, VERIFIED);
      await recoverTwice();
      expect([read(finalPath), await namesIn(folder)]).toEqual([VERIFIED, ['backup.tar']]);
    });

    it('that had both names, it keeps the right one', async () => {
      await leaveJournal(finalPath, { step: 'verified' });
      writeFileSync(partialPath, VERIFIED);
      linkSync(partialPath, finalPath);
      await recoverTwice();
      expect([read(finalPath), await namesIn(folder)]).toEqual([VERIFIED, ['backup.tar']]);
    });

    it('that had its name, only the journal goes', async () => {
      await leaveJournal(finalPath, { step: 'verified' });
      writeFileSync(finalPath, VERIFIED);
      await recoverTwice();
      expect([read(finalPath), await namesIn(folder)]).toEqual([VERIFIED, ['backup.tar']]);
    });

    it('whose name was taken meanwhile, it does not overwrite', async () => {
      await leaveJournal(finalPath, { step: 'verified' });
      writeFileSync(partialPath, VERIFIED);
      writeFileSync(finalPath, STRANGER);
      await recoverTwice();
      expect([read(finalPath), await namesIn(folder)]).toEqual([STRANGER, ['backup.tar']]);
    });
  });

  it('in the middle of removing the journal, the rest of it goes', async () => {
    leaveStaging(folder);
    await recoverFolder(folder);
    expect(await namesIn(folder)).toEqual(['backup.tar']);
  });

  it('one unfinished output does not keep others from being recovered', async () => {
    const other = join(folder, 'a.tar');
    writeFileSync(other, ORIGINAL);
    await leaveJournal(other, { step: 'writing' });
    await leaveReplacing('keep', { step: 'verified' });
    writeFileSync(partialPath, VERIFIED);
    writeFileSync(`${join(folder, '0.tar')}.partial-journal`, 'a file of that name');
    expect((await recoverFolder(folder)).sort()).toEqual([other, finalPath]);
    expect(read(finalPath)).toBe(VERIFIED);
  });
});
