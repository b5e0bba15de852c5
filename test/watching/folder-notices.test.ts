// What the system tells of a folder, and when it tells too much of it.

import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { canBeHeard, FolderNotices, type NoticesOptions } from '../../core/watching/folder-notices.ts';
import { record } from './recorder.ts';

let root: string;
let notices: FolderNotices | null = null;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'strongroom-notices-'));
});

afterEach(async () => {
  await notices?.close();
  notices = null;
  rmSync(root, { recursive: true });
});

async function open(given: Partial<NoticesOptions>): Promise<FolderNotices> {
  notices = new FolderNotices({ ...deaf(), root, ...given });
  expect(await notices.ready).toBe(true);
  return notices;
}

describe('notices', () => {
  it('come for wanted files, in folders inside too, and for folders', async () => {
    mkdirSync(join(root, 'inside'));
    const heard = new Set<string>();
    let folders = 0;
    await open({ onFile: (path) => heard.add(path), onFolders: () => folders++ });
    writeFileSync(join(root, 'a.part'), 'p');
    writeFileSync(join(root, 'inside', 'b.tar'), 'b');
    await expect.poll(() => [...heard], { timeout: 20_000 }).toEqual([join(root, 'inside', 'b.tar')]);
    mkdirSync(join(root, 'new'));
    await expect.poll(() => folders, { timeout: 20_000 }).toBeGreaterThan(0);
  });

  it('are given up once when they would cost too much', async () => {
    let loud = 0;
    let heard = 0;
    await open({ entryCount: () => 20_000, onLoud: () => loud++, onFile: () => heard++ });
    for (let n = 0; n < 40; n++) appendFileSync(join(root, `${n}.tar`), 'x');
    await expect.poll(() => heard, { timeout: 20_000 }).toBeGreaterThanOrEqual(40);
    expect(loud).toBe(1);
  });

  it('are not given up in a small folder, however many come', async () => {
    let loud = 0;
    const heard = new Set<string>();
    await open({ entryCount: () => 10, onLoud: () => loud++, onFile: (path) => heard.add(path) });
    for (let n = 0; n < 500; n++) writeFileSync(join(root, `${n}.tar`), 'x');
    await expect.poll(() => heard.size, { timeout: 20_000 }).toBe(500);
    expect(loud).toBe(0);
  });

  it('are never ready when they are closed before', async () => {
    const closing = await open({});
    const early = new FolderNotices({ ...deaf(), root });
    await early.close();
    expect(await early.ready).toBe(false);
    await closing.close();
  });

  it('are not to be had for a name that chokidar would take for another', () => {
    expect(canBeHeard('/srv/back\\slash')).toBe(process.platform === 'win32');
    expect(canBeHeard('/srv/backups')).toBe(true);
  });
});

it('a folder that is too loud is looked through instead', async () => {
  for (let n = 0; n < 3000; n++) writeFileSync(join(root, `${n}.txt`), '');
  const told = record({ folder: root });
  await told.ready;
  for (let n = 0; n < 200; n++) appendFileSync(join(root, 'noise.part'), 'x');
  writeFileSync(join(root, 'a.tar'), 'a');
  await told.until('file a.tar 1');
  writeFileSync(join(root, 'b.tar'), 'b');
  await told.until('file b.tar 1');
  await told.close();
  expect(told.events).toEqual(['folder ready', 'file a.tar 1', 'file b.tar 1']);
});

it('a folder with a backslash in its name is watched all the same', async (ctx) => {
  if (process.platform === 'win32') return ctx.skip('a backslash separates folders here');
  const folder = join(root, 'back\\slash');
  mkdirSync(folder);
  const told = record({ folder });
  await told.ready;
  writeFileSync(join(folder, 'a\\b.tar'), 'a');
  await told.until('file a\\b.tar 1');
  await told.close();
  return undefined;
});

function deaf(): Omit<NoticesOptions, 'root'> {
  const nothing = (): void => undefined;
  return {
    isWanted: (name) => name.endsWith('.tar'),
    isFolderWanted: () => true,
    entryCount: () => 1,
    onFile: nothing,
    onFolders: nothing,
    onRoot: nothing,
    onLoud: nothing,
    onFailure: nothing,
  };
}
