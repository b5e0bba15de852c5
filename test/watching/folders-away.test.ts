// Watched folders that are not there: not yet, not any more, or only the empty place of a drive. Nothing in them is called gone,
// and everything works again when they are back.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { smallDiskMissing } from '../support/small-disk.ts';
import { record, type Recorder, type RecorderOptions } from './recorder.ts';

const noDisk = smallDiskMissing();

let base: string;
let folder: string;
let watching: Recorder | null = null;
let mounted: string[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'strongroom-away-'));
  folder = join(base, 'backups');
});

afterEach(async () => {
  await watching?.close();
  watching = null;
  for (const place of mounted.reverse()) unmount(place);
  mounted = [];
  rmSync(base, { recursive: true });
});

function mount(place: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'strongroom-test', place], { stdio: 'pipe' });
  mounted.push(place);
}

function unmount(place: string): void {
  execFileSync('umount', [place], { stdio: 'pipe' });
  mounted = mounted.filter((other) => other !== place);
}

describe.each(['never', 'always'] as const)('with polling: %s', (polling) => {
  const start = async (options: Partial<RecorderOptions> = {}): Promise<Recorder> => {
    watching = record({ folder, polling, ...options });
    await watching.ready;
    return watching;
  };
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const goneOnes = (told: Recorder): string[] => told.events.filter((event) => event.startsWith('gone'));

  it('waits for a folder that is not there yet', async () => {
    const told = await start();
    expect(told.events).toEqual(['folder unreachable']);
    mkdirSync(folder);
    await told.until('folder back');
    write('a.tar', 'a');
    await told.until('file a.tar 1');
    expect(told.events).toEqual(['folder unreachable', 'folder back', 'file a.tar 1']);
  });

  it('calls nothing gone when the folder itself is removed, and goes on when it is made again', async () => {
    mkdirSync(folder);
    write('a.tar', 'a');
    const told = await start();
    rmSync(folder, { recursive: true });
    await told.until('folder unreachable');
    mkdirSync(folder);
    await told.until('folder back');
    write('b.tar', 'bb');
    await told.until('file b.tar 2');
    expect(goneOnes(told)).toEqual([]);
  });

  it('leaves a folder that was renamed, and watches the one that took its name', async () => {
    mkdirSync(folder);
    write('a.tar', 'a');
    const told = await start();
    renameSync(folder, join(base, 'old'));
    mkdirSync(folder);
    await told.until('folder back');
    writeFileSync(join(base, 'old', 'b.tar'), 'not here');
    write('c.tar', 'ccc');
    await told.until('file c.tar 3');
    expect(told.events).toEqual(['folder ready', 'folder unreachable', 'folder back', 'file c.tar 3']);
  });

  it('says that a link to the folder leads elsewhere now', async () => {
    mkdirSync(folder);
    mkdirSync(join(base, 'other'));
    const link = join(base, 'link');
    symlinkSync(folder, link);
    const told = await start({ folder: link });
    unlinkSync(link);
    symlinkSync(join(base, 'other'), link);
    await told.until('folder back');
    writeFileSync(join(base, 'other', 'a.tar'), 'a');
    await told.until('file a.tar 1');
    expect(goneOnes(told)).toEqual([]);
  });

  it('does not take a file in the place of the folder for one', async () => {
    writeFileSync(folder, 'a file');
    const told = await start();
    unlinkSync(folder);
    mkdirSync(folder);
    await told.until('folder back');
    expect(told.events).toEqual(['folder unreachable', 'folder back']);
  });

  it('is not misled by a folder inside that has the name of the watched one', async () => {
    mkdirSync(folder);
    const told = await start();
    mkdirSync(join(folder, 'backups'));
    write('backups/a.tar', 'a');
    await told.until('file backups/a.tar 1');
    rmSync(join(folder, 'backups'), { recursive: true });
    await told.until('gone backups/a.tar');
    write('b.tar', 'b');
    await told.until('file b.tar 1');
    expect(told.events.filter((event) => event.startsWith('folder'))).toEqual(['folder ready']);
  });

  it('calls nothing gone when a drive is unmounted, and goes on when it is back', async (ctx) => {
    if (noDisk !== null) return ctx.skip(noDisk);
    mkdirSync(folder);
    mount(folder);
    write('a.tar', 'a');
    const told = await start();
    unmount(folder);
    await told.until('folder unreachable');
    expect(existsSync(folder)).toBe(true);
    mount(folder);
    await told.until('folder back');
    write('b.tar', 'bb');
    await told.until('file b.tar 2');
    expect(goneOnes(told)).toEqual([]);
    expect(told.events).toEqual(['folder ready', 'folder unreachable', 'folder back', 'file b.tar 2']);
    return undefined;
  });

  it('calls nothing gone when the folder was only a part of the drive', async (ctx) => {
    if (noDisk !== null) return ctx.skip(noDisk);
    const drive = join(base, 'drive');
    mkdirSync(drive);
    mount(drive);
    const part = join(drive, 'backups');
    mkdirSync(part);
    writeFileSync(join(part, 'a.tar'), 'a');
    const told = await start({ folder: part });
    unmount(drive);
    await told.until('folder unreachable');
    mount(drive);
    mkdirSync(part);
    writeFileSync(join(part, 'a.tar'), 'a');
    await told.until('folder back');
    expect(goneOnes(told)).toEqual([]);
    return undefined;
  });

  it('still hears of new files after a drive was away for less than a heartbeat', async (ctx) => {
    if (noDisk !== null) return ctx.skip(noDisk);
    mkdirSync(folder);
    mount(folder);
    const told = await start();
    unmount(folder);
    mount(folder);
    write('a.tar', 'a');
    // With the same numbers it is the same folder; with others it is another one, and what is in it is the caller's to find.
    await expect
      .poll(() => told.count('file a.tar 1') + told.count('folder back'), { timeout: 20_000 })
      .toBeGreaterThan(0);
    write('b.tar', 'bb');
    await told.until('file b.tar 2');
    return undefined;
  });

  it('takes a drive that is mounted over a watched empty folder for another folder', async (ctx) => {
    if (noDisk !== null) return ctx.skip(noDisk);
    mkdirSync(folder);
    const told = await start();
    mount(folder);
    await told.until('folder back');
    write('a.tar', 'a');
    await told.until('file a.tar 1');
    return undefined;
  });

  it('calls nothing gone when a drive inside the folder is unmounted', async (ctx) => {
    if (noDisk !== null) return ctx.skip(noDisk);
    const inner = join(folder, 'drive');
    mkdirSync(inner, { recursive: true });
    mount(inner);
    write('drive/a.tar', 'a');
    write('b.tar', 'b');
    const told = await start({ sweepMs: 50 });
    unmount(inner);
    unlinkSync(join(folder, 'b.tar'));
    await told.until('gone b.tar');
    for (const name of ['c.tar', 'd.tar']) {
      write(name, '');
      await told.until(`file ${name} 0`);
    }
    expect(goneOnes(told)).toEqual(['gone b.tar']);
    mount(inner);
    write('drive/e.tar', 'e');
    await told.until('file drive/e.tar 1');
    return undefined;
  });
});
