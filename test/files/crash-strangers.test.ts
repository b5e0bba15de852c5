// After a crash and before the next start, somebody moved, replaced or removed files: what he did stands, and no copy
// of the backup that may be the last one goes.

import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

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
    it('a file that has taken the original’s second name meanwhile is not overwritten', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(at.partialPath, VERIFIED);
      writeFileSync(keepAs, STRANGER);
      await at.recoverTwice();
      expect([read(at.finalPath), read(keepAs)]).toEqual([VERIFIED, STRANGER]);
      if (policy === 'trash') expect(trashed).toEqual([ORIGINAL]);
      else expect(read(`${keepAs}.2`)).toBe(ORIGINAL);
    });

    it('another file at the backup’s place is its owner’s will: it stays, and so does the original', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(at.partialPath, VERIFIED);
      at.setAside(keepAs);
      rmSync(at.finalPath, { force: true });
      writeFileSync(at.finalPath, STRANGER);
      await at.recoverTwice();
      expect([read(at.finalPath), read(keepAs), read(at.partialPath)]).toEqual([STRANGER, ORIGINAL, null]);
      expect(trashed).toEqual([]);
      expect(await namesIn(at.folder)).not.toContain(`${keepAsOf(policy)}.quarantine.json`);
    });

    it('another file at the backup’s place before the original was set aside stays, too', async () => {
      await at.leaveReplacing(policy, { step: 'verified' });
      writeFileSync(at.partialPath, VERIFIED);
      writeFileSync(at.finalPath, STRANGER);
      await at.recoverTwice();
      expect([read(at.finalPath), read(at.partialPath)]).toEqual([STRANGER, null]);
    });

    it('an original is not thrown away beside something else than its replacement', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      at.setAside(keepAs);
      rmSync(at.finalPath, { force: true });
      writeFileSync(at.finalPath, STRANGER);
      await at.recoverTwice();
      expect([read(at.finalPath), read(keepAs)]).toEqual([STRANGER, ORIGINAL]);
      expect(trashed).toEqual([]);
      expect(await namesIn(at.folder)).not.toContain(`${keepAsOf(policy)}.quarantine.json`);
    });

    it('where the new file was lost, the original has its name again', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      at.setAside(keepAs);
      await at.recoverTwice();
      expect([read(at.finalPath), read(keepAs)]).toEqual([ORIGINAL, null]);
      expect(trashed).toEqual([]);
    });

    it('where the original was moved away by hand, the new file takes its place', async () => {
      const keepAs = await at.leaveReplacing(policy, { step: 'verified', keepAs: keepAsOf(policy) });
      writeFileSync(at.partialPath, VERIFIED);
      at.setAside(keepAs);
      rmSync(keepAs);
      rmSync(at.finalPath, { force: true });
      await at.recoverTwice();
      expect([read(at.finalPath), read(at.partialPath)]).toEqual([VERIFIED, null]);
    });
  });
});
