// A key that a known backup needs, or may need, stays; and a compromised one says what it opens.

import { randomUUID } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { removeToQuarantine } from '../../core/files/index.ts';
import { addFolder } from '../../core/library/folders.ts';
import { withUses } from '../../core/library/key-uses.ts';
import { markCompromised } from '../../core/library/mark-compromised.ts';
import { matchKeys } from '../../core/library/match-keys.ts';
import { checkUnneeded, removeKey } from '../../core/library/remove-key.ts';
import { backupFolder, day, makeLibrary, tinyBackup } from './library-samples.ts';

async function threeBackups() {
  const library = await makeLibrary();
  const [right = '', spare = ''] = await library.addKeys('right', 'spare');
  const folder = await backupFolder();
  const paths = [
    await tinyBackup(join(folder, 'b.tar'), { password: 'right', date: day(2), name: 'Second' }),
    await tinyBackup(join(folder, 'a.tar'), { password: 'right', date: day(1), name: 'First' }),
    await tinyBackup(join(folder, 'plain.tar'), { date: day(3) }),
  ];
  return { library, right, spare, folder, paths };
}

describe('removing a key', () => {
  it('is refused while a known backup needs it, with how many', async () => {
    const { library, right, paths } = await threeBackups();
    await matchKeys(library, paths);
    await expect(removeKey(library, right)).rejects.toMatchObject({
      code: 'KEY_IN_USE',
      details: { neededBy: 2, mayBeNeededBy: 0 },
      message: 'The key “right” stays: 2 backups cannot be opened without it.',
    });
    expect(await library.vault.list()).toHaveLength(2);
  });

  it('is refused while a file that a scheme removed may need it, also when the catalogue was made anew since', async () => {
    const { library, right, folder, paths } = await threeBackups();
    await addFolder(library, folder);
    for (const path of paths) await removeToQuarantine(path, { runId: randomUUID(), days: 30 });
    await matchKeys(library, [await tinyBackup(join(folder, 'new.tar'), { password: 'spare' })]);
    await expect(removeKey(library, right)).rejects.toMatchObject({
      code: 'KEY_IN_USE',
      details: { neededBy: 0, mayBeNeededBy: 2 },
    });
  });

  it('is done for one that opens nothing that is known', async () => {
    const { library, right, spare, paths } = await threeBackups();
    await matchKeys(library, paths);
    await removeKey(library, spare);
    expect((await library.vault.list()).map(({ id }) => id)).toEqual([right]);
  });

  it('is refused while no backup is known that could need it, unless the person insists', async () => {
    const { library, spare } = await threeBackups();
    await expect(removeKey(library, spare)).rejects.toMatchObject({
      code: 'KEY_IN_USE',
      details: { neededBy: 0, mayBeNeededBy: 0 },
    });
    await removeKey(library, spare, { evenIfNothingIsKnown: true });
    expect(await library.vault.list()).toHaveLength(1);
  });

  it('is refused while a locked backup was never tried with it, and done once it was', async () => {
    const { library, folder } = await threeBackups();
    const path = await tinyBackup(join(folder, 'locked.tar'), { password: 'nobody' });
    await matchKeys(library, [path]);
    const [late = ''] = await library.addKeys('late');
    await expect(checkUnneeded(library, late)).rejects.toMatchObject({
      code: 'KEY_IN_USE',
      details: { neededBy: 0, mayBeNeededBy: 1 },
      message: 'The key “late” stays: one backup that no other key opens was never tried with it.',
    });
    await matchKeys(library, [path]);
    await removeKey(library, late);
    expect(await library.vault.list()).toHaveLength(2);
  });

  it('is done once its backups are encrypted under another key', async () => {
    const { library, right, paths, folder } = await threeBackups();
    await matchKeys(library, paths);
    for (const name of ['a.tar', 'b.tar']) await tinyBackup(join(folder, name), { password: 'spare' });
    await matchKeys(library, paths);
    await removeKey(library, right);
    expect(
      withUses(await library.vault.list(), library.catalog).map(({ label, use }) => [label, use.backupCount]),
    ).toEqual([['spare', 2]]);
  });

  it('is refused for a key that is not there', async () => {
    const { library } = await threeBackups();
    await expect(removeKey(library, 'no such key')).rejects.toMatchObject({ code: 'UNKNOWN_KEY' });
  });
});

describe('a compromised key', () => {
  it('stays, and lists every copy of what it opens by date, with what to do', async () => {
    const { library, right, paths, folder } = await threeBackups();
    const copy = join(folder, 'c.tar');
    copyFileSync(paths[1] ?? '', copy);
    await matchKeys(library, [...paths, copy]);
    const report = await markCompromised(library, right);
    expect(report.key).toMatchObject({ id: right, state: 'compromised' });
    expect(report.opens).toEqual([
      { path: paths[1], name: 'First', date: day(1) },
      { path: copy, name: 'First', date: day(1) },
      { path: paths[0], name: 'Second', date: day(2) },
    ]);
    expect(report.advice).toHaveLength(5);
    expect(report.advice.every((sentence) => /^[A-Z].*\.$/.test(sentence))).toBe(true);
    expect((await matchKeys(library, paths)).backups[0]?.keyIds).toEqual([right]);
  });
});

it('keys are listed with how many backups they open, from when to when', async () => {
  const { library, paths } = await threeBackups();
  await matchKeys(library, paths);
  expect(
    withUses(await library.vault.list(), library.catalog).map(({ label, use }) => ({ label, ...use })),
  ).toEqual([
    { label: 'right', backupCount: 2, earliest: day(1), latest: day(2) },
    { label: 'spare', backupCount: 0, earliest: null, latest: null },
  ]);
});
