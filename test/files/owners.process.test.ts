// Whose unfinished work it is: a living process is never disturbed, a dead one's work is taken over, and what cannot
// be known counts as alive.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

import { OutputFile, recoverFolder, recoverOutput } from '../../core/files/index.ts';
import { journalPathOf } from '../../core/files/output-journal.ts';
import { leaveJournal, leaveStaging, ownerLike } from '../support/dead-owner.ts';
import { scratch } from '../support/fixtures.ts';
import { namesIn, stateOf } from '../support/folder-state.ts';

const CHILD = fileURLToPath(new URL('../support/holding-child.ts', import.meta.url));

/** A real process at work on `path`. */
async function holding(path: string): Promise<{ readonly pid: number; kill(): Promise<void> }> {
  const child = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  await once(child.stdout, 'data');
  if (child.pid === undefined) throw new Error('the child has no number');
  return { pid: child.pid, kill };
}

it('a living process is left alone, and once it was killed its work is undone', async () => {
  const folder = await scratch();
  const path = join(folder, 'backup.tar');
  const owner = await holding(path);
  const before = await stateOf(folder);
  await expect(recoverOutput(path)).rejects.toMatchObject({ code: 'BUSY' });
  await expect(OutputFile.create(path, { kind: 'new-file' })).rejects.toMatchObject({ code: 'BUSY' });
  expect(await recoverFolder(folder)).toEqual([]);
  expect(await stateOf(folder)).toEqual(before);
  await owner.kill();
  expect(await recoverFolder(folder)).toEqual([path]);
  expect(await namesIn(folder)).toEqual([]);
});

it('the next start of the same work goes on where a killed process stopped', async () => {
  const path = join(await scratch(), 'backup.tar');
  const owner = await holding(path);
  await owner.kill();
  const output = await OutputFile.create(path, { kind: 'new-file' });
  await output.handle.writeFile('whole');
  await output.publish();
  expect(readFileSync(path, 'utf8')).toBe('whole');
});

it('a process that only has the number of the dead one does not keep its work', async () => {
  const folder = await scratch();
  const path = join(folder, 'backup.tar');
  const other = await holding(join(folder, 'other.tar'));
  await leaveJournal(path, { step: 'writing' }, ownerLike({ pid: other.pid })); // started when this one was
  writeFileSync(`${path}.partial`, 'half');
  await recoverOutput(path);
  expect((await namesIn(folder)).filter((name) => name.startsWith('backup'))).toEqual([]);
});

it.each([
  ['another machine', () => ownerLike({ host: '0123456789ab' })],
  ['a machine where that number is free', () => ownerLike({ host: '0123456789ab', pid: 2 ** 22 - 1 })],
  ['another thread of this process', () => ownerLike({ thread: '7' })],
  ['nobody known', () => 'something-else'],
])('the work of %s is not touched', async (_, owner) => {
  const folder = await scratch();
  const path = join(folder, 'backup.tar');
  await leaveJournal(path, { step: 'verified' }, owner());
  writeFileSync(`${path}.partial`, 'whole');
  leaveStaging(folder, owner());
  const before = await stateOf(folder);
  await expect(recoverOutput(path)).rejects.toMatchObject({ code: 'BUSY' });
  expect(await recoverFolder(folder)).toEqual([]);
  expect(await stateOf(folder)).toEqual(before);
});

it.each(['', '{"format":1,"st', '{"format":2,"step":"verified"}', 'null', '{"format":1,"step":"other"}'])(
  'a journal that says “%s” is no ground to remove anything',
  async (content) => {
    const folder = await scratch();
    const path = join(folder, 'backup.tar');
    await leaveJournal(path, { step: 'verified' });
    const [name = ''] = readdirSync(journalPathOf(path));
    writeFileSync(join(journalPathOf(path), name), content);
    writeFileSync(`${path}.partial`, 'perhaps all that is left');
    await expect(recoverOutput(path)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    expect(readFileSync(`${path}.partial`, 'utf8')).toBe('perhaps all that is left');
    // Asked again, it gives the same reason, and the folder's other work goes on.
    await expect(recoverOutput(path)).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    expect(await recoverFolder(folder)).toEqual([]);
  },
);

it('this process’s own work is not touched while it is at it, and is recovered once it gave up', async () => {
  const folder = await scratch();
  const path = join(folder, 'backup.tar');
  const output = await OutputFile.create(path, { kind: 'new-file' });
  await expect(recoverOutput(path)).rejects.toMatchObject({ code: 'BUSY' });
  await expect(OutputFile.create(path, { kind: 'new-file' })).rejects.toMatchObject({ code: 'BUSY' });
  await output.discard();
  expect(await namesIn(folder)).toEqual([]);
  await leaveJournal(path, { step: 'writing' }, ownerLike({}));
  await recoverOutput(path);
  expect(await namesIn(folder)).toEqual([]);
});

it('an empty journal, which a power cut can leave, stands in nobody’s way', async () => {
  const folder = await scratch();
  const path = join(folder, 'backup.tar');
  mkdirSync(journalPathOf(path));
  await recoverOutput(path);
  expect(await namesIn(folder)).toEqual([]);
});

it('a file of the journal’s name that is not ours is refused and kept', async () => {
  const folder = await scratch();
  const path = join(folder, 'backup.tar');
  writeFileSync(journalPathOf(path), 'a file of the user’s');
  const before = await stateOf(folder);
  await expect(OutputFile.create(path, { kind: 'new-file' })).rejects.toMatchObject({
    code: 'OUTPUT_REFUSED',
  });
  expect(await stateOf(folder)).toEqual(before);
});
