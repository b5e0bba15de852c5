// Files and folders to backups.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { findTargets, isMissing, refuseSameNames } from '../../cli/targets.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-targets-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function make(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), 'x');
  }
}

async function find(given: string[], options: { recursive?: boolean; mayBeUnfinished?: boolean } = {}) {
  return await findTargets(given, { cwd: folder, recursive: false, ...options });
}

const shown = (targets: Awaited<ReturnType<typeof find>>): string[] => targets.map(({ shownAs }) => shownAs);

describe('folders', () => {
  it('give their backups in natural order, and nothing half-loaded or foreign', async () => {
    await make('b/10.tar', 'b/9.tar', 'b/A.TAR', 'b/deep/x.tar', 'b/notes.txt');
    await make(
      'b/._9.tar',
      'b/.DS_Store',
      'b/1.tar.part',
      'b/2.tar.crdownload',
      'b/3.tar.partial',
      'b/4.tar.tmp',
    );
    await make('b/5.tar.orig', 'b/6.tar.gz');
    await mkdir(join(folder, 'b/folder.tar'));
    expect(shown(await find(['b']))).toEqual(['b/9.tar', 'b/10.tar', 'b/A.TAR']);
  });

  it('are looked through with --recursive, but not the quarantine', async () => {
    await make('b/1.tar', 'b/deep/er/x.tar', 'b/Strongroom quarantine/old.tar');
    expect(shown(await find(['b'], { recursive: true }))).toEqual(['b/1.tar', 'b/deep/er/x.tar']);
  });

  it('without a backup are an answer of their own', async () => {
    await make('b/deep/x.tar');
    const [target] = await find(['b']);
    expect(target).toMatchObject({ shownAs: 'b', error: { code: 'NOT_A_BACKUP' } });
    expect(target && isMissing(target) && target.error.hint).toContain('--recursive');
  });

  it('do not lead in circles over links', async () => {
    await make('b/x.tar');
    await symlink('..', join(folder, 'b/up'));
    await symlink('x.tar', join(folder, 'b/link.tar'));
    expect(shown(await find(['b'], { recursive: true }))).toEqual(['b/link.tar']);
  });
});

describe('files', () => {
  it('are taken whatever their name, each once', async () => {
    await make('x.tar.orig', 'y.tar');
    expect(shown(await find(['x.tar.orig', './y.tar', 'y.tar', '.']))).toEqual(['x.tar.orig', './y.tar']);
  });

  it('that are not there get a friendly answer and do not stop the others', async () => {
    await make('y.tar', 'file');
    const targets = await find(['gone.tar', 'y.tar', 'file/inside.tar']);
    expect(targets[0]).toMatchObject({
      shownAs: 'gone.tar',
      error: { code: 'IO_FAILED', message: "I can't find this file or folder." },
    });
    expect(targets[1]).toEqual({ path: join(folder, 'y.tar'), shownAs: 'y.tar', sizeBytes: 1 });
    expect(targets[2]).toMatchObject({
      error: { message: expect.stringContaining('is a file, not a folder') },
    });
  });

  it('that an interrupted run may have moved are left to the engine', async () => {
    expect(await find(['gone.tar'], { mayBeUnfinished: true })).toEqual([
      { path: join(folder, 'gone.tar'), shownAs: 'gone.tar', sizeBytes: 0 },
    ]);
  });

  it('whose name a crash left to a journal are found in their folder', async () => {
    await make(
      'b/gone.tar.partial-journal',
      'b/gone.tar.partial',
      'b/there.tar.partial-journal',
      'b/there.tar',
    );
    expect(shown(await find(['b'], { mayBeUnfinished: true }))).toEqual(['b/gone.tar', 'b/there.tar']);
    expect(shown(await find(['b']))).toEqual(['b/there.tar']);
  });
});

describe('refuseSameNames', () => {
  it('lets only the first of each name be written to one folder', async () => {
    await make('a/home.tar', 'b/Home.tar', 'b/other.tar');
    const [first, second, third] = refuseSameNames(await find(['a/home.tar', 'b/Home.tar', 'b/other.tar']));
    expect(first && isMissing(first)).toBe(false);
    expect(second).toMatchObject({
      error: { code: 'OUTPUT_REFUSED', message: expect.stringContaining('a/home.tar') },
    });
    expect(third && isMissing(third)).toBe(false);
  });
});
