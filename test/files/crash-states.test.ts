// Every state that a crash can leave of an output, made by hand: the next start finishes what was verified, undoes
// what was not, and the original's bytes exist at each moment. With and without hard links on the file system.

import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { recoverFolder } from '../../core/files/index.ts';
import type { OutputState } from '../../core/files/output-journal.ts';
import { leaveJournal, leaveStaging } from '../support/dead-owner.ts';
import { scratch } from '../support/fixtures.ts';
import { disk, trashed } from '../support/fake-disk.ts';
import { namesIn } from '../support/folder-state.ts';
import {
  ORIGINAL,
  STRANGER,
  Unfinished,
  VERIFIED,
  keepAsOf,
  read,
  type Policy,
} from '../support/unfinished.ts';

vi.mock('node:fs/promises', async (importOriginal) => {
  const { onDisk } = await import('../support/fake-disk.ts');
  return onDisk(await importOriginal<typeof import('node:fs/promises')>());
});
vi.mock('trash', async () => ({ default: (await import('../support/fake-disk.ts')).trash }));

let at: Unfinished;
beforeEach(async () => {
  at = await Unfinished.begin();
});
afterEach(() => {
  disk.hasLinks = true;
});

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
      await at.leaveReplacing(policy, { step });
      if (partial !== null) writeFileSync(at.partialPath, partial);
      await at.recoverTwice();
      expect(read(at.finalPath)).toBe(ORIGINAL);
      expect((await namesIn(at.folder)).filter((name) => name !== 'Strongroom quarantine')).toEqual([
        'backup.tar',
      ]);
    });

    it('a stranger’s partial file that was there before ours is not deleted', async () => {
      await at.leaveReplacing(policy, { step: 'starting' });
      writeFileSync(at.partialPath, STRANGER);
      await at.recoverTwice();
      expect([read(at.finalPath), read(at.partialPath)]).toEqual([ORIGINAL, STRANGER]);
    });

    it('when it was verified, it is finished', async () => {
      await at.leaveReplacing(policy, { step: 'verified' });
      writeFileSync(at.partialPath, VERIFIED);
      await at.recoverTwice();
      await at.expectFinished(policy);
    });

    it('when the place for the original was noted, it is finished', async () => {
      await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(at.partialPath, VERIFIED);
      await at.recoverTwice();
      await at.expectFinished(policy);
    });

    it('when the original was set aside, it is finished', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(at.partialPath, VERIFIED);
      at.setAside(keepAs);
      await at.recoverTwice();
      await at.expectFinished(policy);
    });

    it('when the new file stood at its place, the rest is done', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      at.setAside(keepAs);
      writeFileSync(at.partialPath, VERIFIED);
      renameSync(at.partialPath, at.finalPath);
      await at.recoverTwice();
      await at.expectFinished(policy);
    });

    it('when only the journal was left, it goes', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      at.setAside(keepAs);
      writeFileSync(at.partialPath, VERIFIED);
      renameSync(at.partialPath, at.finalPath);
      if (policy === 'trash') {
        rmSync(keepAs);
        trashed.push(ORIGINAL);
      }
      await at.recoverTwice();
      await at.expectFinished(policy);
    });

    it('a folder that was moved to another place is recovered there', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(at.partialPath, VERIFIED);
      at.setAside(keepAs);
      const moved = join(await scratch(), 'moved');
      renameSync(at.folder, moved);
      at.folder = moved;
      await at.recoverTwice();
      await at.expectFinished(policy);
    });
  });

  describe('of a new file', () => {
    beforeEach(() => rmSync(at.finalPath));

    it.each(['starting', 'writing'] as const)('%s, nothing is left of it', async (step) => {
      await leaveJournal(at.finalPath, { step });
      writeFileSync(at.partialPath, step === 'writing' ? 'half' : '');
      await at.recoverTwice();
      expect(await namesIn(at.folder)).toEqual([]);
    });

    it('verified, it gets its name', async () => {
      await leaveJournal(at.finalPath, { step: 'verified' });
      writeFileSync(at.partialPath, VERIFIED);
      await at.recoverTwice();
      expect([read(at.finalPath), await namesIn(at.folder)]).toEqual([VERIFIED, ['backup.tar']]);
    });

    it('that had both names, it keeps the right one', async () => {
      await leaveJournal(at.finalPath, { step: 'verified' });
      writeFileSync(at.partialPath, VERIFIED);
      linkSync(at.partialPath, at.finalPath);
      await at.recoverTwice();
      expect([read(at.finalPath), await namesIn(at.folder)]).toEqual([VERIFIED, ['backup.tar']]);
    });

    it('that had its name, only the journal goes', async () => {
      await leaveJournal(at.finalPath, { step: 'verified' });
      writeFileSync(at.finalPath, VERIFIED);
      await at.recoverTwice();
      expect([read(at.finalPath), await namesIn(at.folder)]).toEqual([VERIFIED, ['backup.tar']]);
    });

    it('whose name was taken meanwhile, it does not overwrite', async () => {
      await leaveJournal(at.finalPath, { step: 'verified' });
      writeFileSync(at.partialPath, VERIFIED);
      writeFileSync(at.finalPath, STRANGER);
      await at.recoverTwice();
      expect([read(at.finalPath), await namesIn(at.folder)]).toEqual([STRANGER, ['backup.tar']]);
    });
  });

  it('in the middle of removing the journal, the rest of it goes', async () => {
    leaveStaging(at.folder);
    await recoverFolder(at.folder);
    expect(await namesIn(at.folder)).toEqual(['backup.tar']);
  });

  it('one unfinished output does not keep others from being recovered', async () => {
    const other = join(at.folder, 'a.tar');
    writeFileSync(other, ORIGINAL);
    await leaveJournal(other, { step: 'writing' });
    await at.leaveReplacing('keep', { step: 'verified' });
    writeFileSync(at.partialPath, VERIFIED);
    writeFileSync(`${join(at.folder, '0.tar')}.partial-journal`, 'a file of that name');
    expect((await recoverFolder(at.folder)).sort()).toEqual([other, at.finalPath]);
    expect(read(at.finalPath)).toBe(VERIFIED);
  });
});
