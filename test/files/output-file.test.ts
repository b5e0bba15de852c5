// An output is whole or not there at all: what each way of ending leaves behind, and what comes in between.

import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { OutputFile, identityOf, type Replacing } from '../../core/files/index.ts';
import { errorCode } from '../../shared/errors.ts';
import { scratch } from '../support/fixtures.ts';
import { namesIn, stateOf } from '../support/folder-state.ts';
import { mountSmallDisk, smallDiskMissing } from '../support/small-disk.ts';

/** What the disk does, or somebody does to it, at a certain call. */
const disk = vi.hoisted(() => ({
  beforeLink: (): void => undefined,
  afterList: (): Promise<unknown> => Promise.resolve(),
  hasLinks: true,
  failsToRename: '',
}));
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const link: typeof real.link = (from, to) => {
    disk.beforeLink();
    return disk.hasLinks ? real.link(from, to) : Promise.reject(systemError('EPERM'));
  };
  const rename: typeof real.rename = (from, to) =>
    String(to) === disk.failsToRename ? Promise.reject(systemError('EIO')) : real.rename(from, to);
  const readdir = (async (...args: Parameters<typeof real.readdir>) => {
    const names = real.readdir(...args);
    await Promise.allSettled([names]);
    await disk.afterList();
    return names;
  }) as typeof real.readdir;
  return { ...real, link, rename, readdir };
});

const diskMissing = smallDiskMissing();
const ORIGINAL = 'the original backup';
const POLICIES = ['keep', 'quarantine'] as const;
let folder = '';
let path = '';

beforeEach(async () => {
  folder = await scratch();
  path = join(folder, 'backup.tar');
});
afterEach(() => {
  const afterList = (): Promise<void> => Promise.resolve();
  Object.assign(disk, { beforeLink: () => undefined, afterList, hasLinks: true, failsToRename: '' });
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code, syscall: 'made up' });
}

async function replacing(originals: 'keep' | 'quarantine' | 'trash' = 'keep'): Promise<Replacing> {
  writeFileSync(path, ORIGINAL);
  const original = await identityOf(path);
  if (original === null) throw new Error('just written');
  return { kind: 'replace', original, originals, quarantineDays: 7 };
}

async function write(output: OutputFile, content: string): Promise<void> {
  await output.handle.writeFile(content);
}

describe('a new file', () => {
  it('has its name only once it is published', async () => {
    const output = await OutputFile.create(path, { kind: 'new-file' });
    await write(output, 'new');
    expect(existsSync(path)).toBe(false);
    expect(await output.publish()).toEqual({ originalPath: null, trashProblem: null });
    await output.discard();
    expect([readFileSync(path, 'utf8'), await namesIn(folder)]).toEqual(['new', ['backup.tar']]);
    expect(statSync(path).mode & 0o777).toBe(0o600); // until its maker says otherwise, nobody else's
  });

  it('leaves nothing when it is discarded, and discarding twice does no harm', async () => {
    const output = await OutputFile.create(path, { kind: 'new-file' });
    await write(output, 'half');
    await output.discard();
    await output.discard();
    expect(await namesIn(folder)).toEqual([]);
  });

  it('is refused where its name is taken, and when its name is taken meanwhile', async () => {
    const output = await OutputFile.create(path, { kind: 'new-file' });
    writeFileSync(path, 'somebody else’s');
    await expect(output.publish()).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    await output.discard();
    await expect(OutputFile.create(path, { kind: 'new-file' })).rejects.toMatchObject({
      code: 'OUTPUT_REFUSED',
    });
    expect([readFileSync(path, 'utf8'), await namesIn(folder)]).toEqual(['somebody else’s', ['backup.tar']]);
  });

  it('finds another Strongroom at it, and no stranger, when that one begins at the same instant', async () => {
    const begun: Promise<OutputFile>[] = [];
    disk.afterList = () => {
      disk.afterList = () => Promise.resolve();
      begun.push(OutputFile.create(path, { kind: 'new-file' }));
      return Promise.all(begun);
    };
    const late = OutputFile.create(path, { kind: 'new-file' });
    await expect(late).rejects.toMatchObject({ code: 'BUSY' });
    for (const output of await Promise.all(begun)) await output.publish();
    expect(await namesIn(folder)).toEqual(['backup.tar']);
  });

  it('is refused in a folder that is not there, with a name that is too long, and beside a stranger’s partial file', async () => {
    for (const refused of [join(folder, 'none', 'a.tar'), join(folder, 'n'.repeat(250))])
      expect(await OutputFile.create(refused, { kind: 'new-file' }).then(() => null, errorCode)).toBe(
        'OUTPUT_REFUSED',
      );
    writeFileSync(`${path}.partial`, 'a download');
    await expect(OutputFile.create(path, { kind: 'new-file' })).rejects.toMatchObject({
      code: 'OUTPUT_REFUSED',
    });
    expect(await namesIn(folder)).toEqual(['backup.tar.partial']);
    expect(readFileSync(`${path}.partial`, 'utf8')).toBe('a download');
  });

  it.skipIf(diskMissing !== null)('is refused on a full disk and leaves nothing', async () => {
    const small = mountSmallDisk(256 * 1024);
    onTestFinished(() => small.remove());
    small.fill();
    const failing = OutputFile.create(join(small.folder, 'backup.tar'), { kind: 'new-file' });
    expect(await failing.then(() => null, errorCode)).toBe('NO_SPACE');
    expect(await namesIn(small.folder)).toEqual(['filler']);
  });

  it.skipIf(diskMissing !== null)('leaves nothing when the disk is full at its last step', async () => {
    const small = mountSmallDisk(256 * 1024);
    onTestFinished(() => small.remove());
    const output = await OutputFile.create(join(small.folder, 'backup.tar'), { kind: 'new-file' });
    await write(output, 'new');
    small.fill();
    expect(await output.publish().then(() => null, errorCode)).toBe('NO_SPACE');
    await output.discard();
    expect(await namesIn(small.folder)).toEqual(['filler']);
  });
});

describe.each([true, false])('a replacement (hard links: %s)', (hasLinks) => {
  beforeEach(() => {
    disk.hasLinks = hasLinks;
  });

  it.each(POLICIES)('keeps the original where it was asked to: %s', async (originals) => {
    const output = await OutputFile.create(path, await replacing(originals));
    await write(output, 'new');
    const { originalPath } = await output.publish();
    await output.discard();
    expect([readFileSync(path, 'utf8'), readFileSync(originalPath ?? '', 'utf8')]).toEqual(['new', ORIGINAL]);
    expect((await namesIn(folder)).filter((name) => /partial|\.strongroom/.test(name))).toEqual([]);
  });

  it('is refused when the original is another one now', async () => {
    const output = await OutputFile.create(path, await replacing());
    await write(output, 'new');
    writeFileSync(path, 'changed');
    const after = await stateOf(folder).then((state) => state['backup.tar']);
    await expect(output.publish()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    await output.discard();
    expect(await stateOf(folder)).toEqual({ 'backup.tar': after });
  });

  it('is refused when the original changes at the last instant, and whoever changed it has his file', async () => {
    const output = await OutputFile.create(path, await replacing());
    await write(output, 'new');
    disk.beforeLink = () => {
      writeFileSync(path, 'changed at the last instant');
      disk.beforeLink = () => undefined;
    };
    await expect(output.publish()).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    await output.discard();
    expect(readFileSync(path, 'utf8')).toBe('changed at the last instant');
    expect(await namesIn(folder)).toEqual(['backup.tar']);
  });

  it('does not overwrite a file that takes the original’s second name at the last instant', async () => {
    const output = await OutputFile.create(path, await replacing());
    await write(output, 'new');
    disk.beforeLink = () => {
      writeFileSync(`${path}.orig`, 'somebody else’s');
      disk.beforeLink = () => undefined;
    };
    expect(await output.publish().then(() => null, errorCode)).toBe('OUTPUT_REFUSED');
    await output.discard();
    expect([readFileSync(path, 'utf8'), readFileSync(`${path}.orig`, 'utf8')]).toEqual([
      ORIGINAL,
      'somebody else’s',
    ]);
    expect(await namesIn(folder)).toEqual(['backup.tar', 'backup.tar.orig']);
  });

  it.each(POLICIES)('that the disk refuses at the swap leaves only the original (%s)', async (originals) => {
    const output = await OutputFile.create(path, await replacing(originals));
    await write(output, 'new');
    disk.failsToRename = path; // with hard links too: the new file takes the old one's name by a rename
    expect(await output.publish().then(() => null, errorCode)).toBe('IO_FAILED');
    disk.failsToRename = '';
    await output.discard();
    expect(readFileSync(path, 'utf8')).toBe(ORIGINAL);
    expect((await namesIn(folder)).filter((name) => name !== 'Strongroom quarantine')).toEqual([
      'backup.tar',
    ]);
  });

  it('finds a free name for every original', async () => {
    for (const [index, taken] of ['', '.2', '.3'].entries()) {
      mkdirSync(join(folder, `${index}`));
      path = join(folder, `${index}`, 'backup.tar');
      for (const name of ['', '.2'].slice(0, index)) writeFileSync(`${path}.orig${name}`, 'taken');
      const output = await OutputFile.create(path, await replacing());
      await write(output, 'new');
      expect((await output.publish()).originalPath).toBe(`${path}.orig${taken}`);
      expect(readFileSync(`${path}.orig${taken}`, 'utf8')).toBe(ORIGINAL);
    }
  });

  it('sees a change of size and a change of time, and no other', async () => {
    const replace = await replacing();
    const { mtime } = statSync(path);
    writeFileSync(path, ORIGINAL);
    utimesSync(path, mtime, mtime);
    const again = await OutputFile.create(path, replace);
    await write(again, 'new');
    await again.publish();
    expect(readFileSync(path, 'utf8')).toBe('new');
  });
});
