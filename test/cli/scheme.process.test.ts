// The scheme through the real program: a plan, the removal, the way back, and a watched folder that thins itself out.

import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { WatchEvent } from '../../shared/library.ts';
import type { RemovedFile, SchemePlan, SchemeReport, UndoReport } from '../../shared/scheme.ts';
import { day, tinyBackup } from '../library/library-samples.ts';
import { stateOf } from '../support/folder-state.ts';
import { documentOf, type Run } from './run-program.ts';
import { newDataFolder, newVault, type VaultFolder } from './vault-folder.ts';

async function put(folder: string, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index++)
    await tinyBackup(join(folder, `${index}.tar`), { name: `Day ${index}`, date: day(index) });
}

async function ends(exitCode: number, running: Promise<Run>): Promise<Run> {
  const run = await running;
  expect(run, run.stderr).toMatchObject({ exitCode });
  return run;
}

describe('strongroom scheme', () => {
  it('plans, removes after a yes, and brings everything back byte for byte, without a vault', async () => {
    await using folder = await newDataFolder();
    const backups = join(folder.path, 'backups');
    mkdirSync(backups);
    await put(backups, 0, 40);
    const before = await stateOf(backups);
    await ends(0, folder.run(['library', 'add', 'backups']));
    const policy = ['--policy', 'daily=7,weekly=4'];
    const plan = documentOf<SchemePlan>(await ends(0, folder.run(['scheme', 'plan', ...policy, '--json'])));
    const [planned] = plan.report.folders;
    expect(planned?.items.length).toBe(40);
    expect(planned?.keptCount).toBeGreaterThan(7);
    expect(await stateOf(backups)).toEqual(before);
    await ends(2, folder.run(['scheme', 'apply', ...policy]));
    await ends(0, folder.run(['scheme', 'pin', 'backups/20.tar']));

    const applied = await ends(0, folder.run(['scheme', 'apply', ...policy, '--yes', '--json']));
    const { reports } = documentOf<{ reports: SchemeReport[] }>(applied).report;
    const removed = reports.flatMap(({ items }) => items.map(({ path }) => path));
    expect(removed).toHaveLength(40 - (planned?.keptCount ?? 0) - 1);
    expect(removed).not.toContain(join(backups, '20.tar'));
    const again = await ends(0, folder.run(['scheme', 'plan', '--json']));
    expect(documentOf<SchemePlan>(again).report).toMatchObject({
      rule: { policy: 'daily=7,weekly=4' },
      folders: [{ removedCount: 0, asks: null }],
    });
    const explained = await ends(0, folder.run(['scheme', 'explain', 'backups/20.tar']));
    expect(explained.stdout).toContain('stays in');
    expect(explained.stdout).toContain('pinned');
    const listed = await ends(0, folder.run(['scheme', 'undo', '--json']));
    const inQuarantine = documentOf<{ removed: RemovedFile[] }>(listed).report.removed;
    expect(inQuarantine.map(({ path }) => path).sort()).toEqual([...removed].sort());
    const shown = await ends(0, folder.run(['library', 'report', String(reports[0]?.jobId)]));
    expect(shown.stdout).toContain('these went to quarantine');

    const undone = await ends(0, folder.run(['scheme', 'undo', '--run', '--json']));
    expect(documentOf<UndoReport>(undone).report.restored).toHaveLength(removed.length);
    expect(await stateOf(backups)).toEqual({ ...before, 'Strongroom quarantine/': 'folder' });
    const scanned = await ends(0, folder.run(['library', 'scan', '--json']));
    expect(documentOf(scanned).report).toMatchObject({ unchangedCount: 40, added: [], missing: [] });
  });
});

describe('a watched folder with a scheme', () => {
  it('waits for a person the first time, and does it by itself after that', async () => {
    await using folder = await newVault();
    const inbox = join(folder.path, 'inbox');
    mkdirSync(inbox);
    await put(inbox, 0, 3);
    const rule = ['--watch', '--verify', 'quick', '--scheme', 'last=2'];
    await ends(0, folder.run(['library', 'add', 'inbox', ...rule]));

    const first = await watchUntil(folder, inbox, 3, 'waits');
    expect(first.find(({ kind }) => kind === 'waits')?.message).toContain('2 of 4 backups would go');
    await ends(0, folder.run(['scheme', 'apply', '--folder', 'inbox', '--policy', 'last=2', '--yes']));

    const second = await watchUntil(folder, inbox, 4, 'thinned');
    expect(second.map(({ kind }) => kind)).not.toContain('waits');
    const listed = documentOf<{ removed: RemovedFile[] }>(await folder.run(['scheme', 'undo', '--json']));
    expect(listed.report.removed.map(({ path }) => path).sort()).toEqual(
      [0, 1, 2].map((index) => join(inbox, `${index}.tar`)),
    );
  });
});

/** A backup comes once the folder is watched; ends when that kind of event is told. */
async function watchUntil(
  folder: VaultFolder,
  inbox: string,
  index: number,
  last: WatchEvent['kind'],
): Promise<WatchEvent[]> {
  const path = join(folder.path, `${index}.tar`);
  await tinyBackup(path, { name: `Day ${index}`, date: day(index) });
  let hasCome = false;
  let isStopped = false;
  const events = (stdout: string): WatchEvent[] =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as WatchEvent);
  const run = await folder.run(['watch', '--json'], {
    watch: ({ stdout, kill }) => {
      const kinds = events(stdout).map(({ kind }) => kind);
      if (!hasCome && kinds.includes('watching')) {
        hasCome = true;
        renameSync(path, join(inbox, `${index}.tar`));
      } else if (!isStopped && kinds.includes(last)) {
        isStopped = true;
        kill('SIGTERM');
      }
    },
  });
  expect(run.exitCode, run.stderr).toBe(0);
  return events(run.stdout);
}
