// Where files can be: behind links, under names that are no text, in folders that may not be read, on drives that are not there.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { addFolder } from '../../core/library/folders.ts';
import { takeIn } from '../../core/library/take-in.ts';
import { smallDiskMissing, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { asNobody, backupBytes, makeScanLibrary, type ScanLibrary } from './scan-samples.ts';

describe('symbolic links', () => {
  it('to folders are followed, and never in circles', async () => {
    const library = await makeScanLibrary();
    library.put('backups/a.tar');
    library.put('elsewhere/deep/b.tar');
    symlinkSync(library.path('elsewhere'), library.path('backups/link'));
    symlinkSync(library.path('backups'), library.path('backups/self'));
    symlinkSync('..', library.path('backups/up'));
    symlinkSync('/', library.path('backups/root'));
    symlinkSync(library.path('elsewhere'), library.path('elsewhere/deep/back'));
    symlinkSync('round', library.path('backups/round'));
    expect(await library.scan()).toEqual({
      added: ['backups/a.tar', 'backups/link/deep/b.tar'],
      inspected: 2,
    });
    expect(await library.scan()).toEqual({ unchanged: 2, inspected: 0 });
  });

  it('make no file count twice, whichever of the names is read first', async () => {
    const library = await makeScanLibrary();
    library.put('backups/z/a.tar');
    library.put('outside/b.tar');
    symlinkSync(library.path('backups/z'), library.path('backups/0'));
    symlinkSync(library.path('backups/z/a.tar'), library.path('backups/a link.tar'));
    symlinkSync(library.path('outside'), library.path('backups/1'));
    symlinkSync(library.path('outside'), library.path('backups/2'));
    symlinkSync(library.path('outside/b.tar'), library.path('backups/0 b.tar'));
    expect(await library.scan()).toEqual({ added: ['backups/1/b.tar', 'backups/z/a.tar'], inspected: 2 });
    expect(await library.scan()).toEqual({ unchanged: 2, inspected: 0 });
  });

  it('leave a file to the folder of the library that it is in, also when that is not scanned', async () => {
    const library = await makeScanLibrary();
    library.put('other/a.tar');
    await addFolder(library, library.path('other'));
    symlinkSync(library.path('other'), library.path('backups/link'));
    symlinkSync(library.path('other/a.tar'), library.path('backups/a.tar'));
    expect(await library.scan({ folders: [library.path('backups')] })).toEqual({ inspected: 0 });
    expect(await library.scan()).toEqual({ added: ['other/a.tar'], inspected: 1 });
  });

  it('to files are backups where only they lead there, and are said where they lead nowhere', async () => {
    const library = await makeScanLibrary();
    const target = library.put('store/data.bin', 'x');
    symlinkSync(target, library.path('backups/a.tar'));
    symlinkSync(library.path('nothing'), library.path('backups/b.tar'));
    symlinkSync(library.path('nothing'), library.path('backups/notes'));
    const unreadable = ['backups/b.tar: IO_FAILED'];
    expect(await library.scan()).toEqual({ added: ['backups/a.tar'], unreadable, inspected: 1 });
    expect(await library.scan()).toEqual({ unchanged: 1, unreadable, inspected: 0 });
    rmSync(target);
    expect(await library.scan()).toEqual({ missing: ['backups/a.tar'], unreadable, inspected: 0 });
  });

  it('to a folder that is not there make nothing missing', async () => {
    const library = await makeScanLibrary();
    library.put('share/a.tar');
    symlinkSync(library.path('share'), library.path('backups/share'));
    await library.scan();
    renameSync(library.path('share'), library.path('away'));
    expect(await library.scan()).toEqual({ problems: ['backups: IO_FAILED'], inspected: 0 });
    expect(library.files()).toEqual({ 'backups/share/a.tar': 'present' });
    renameSync(library.path('away'), library.path('share'));
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 0 });
  });
});

describe('names', () => {
  it('that are no text are said, each apart from all others, and keep nobody from the rest', async (ctx) => {
    if (process.platform !== 'linux') return ctx.skip(`${process.platform} has no such names`);
    const library = await makeScanLibrary();
    const folder = library.path('backups');
    const bytes = (name: string): Buffer =>
      Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
    for (const name of ['b\xff.tar', 'b\xfe.tar', 'b\xfe\\.tar', 'b\xff.txt'])
      writeFileSync(bytes(name), backupBytes(name));
    writeFileSync(join(folder, 'b\uFFFD.tar'), backupBytes('honest'));
    writeFileSync(join(folder, 'b\\xff.tar'), backupBytes('spelled'));
    for (const name of ['d\xff', 'd\xfe']) {
      mkdirSync(bytes(name));
      writeFileSync(bytes(`${name}/in.tar`), backupBytes(`in ${name}`));
    }
    const { added, unreadable } = await library.scan();
    expect(added).toEqual(['backups/b\\xff.tar', 'backups/b\uFFFD.tar']);
    expect(unreadable).toHaveLength(5);
    const listed = library.catalog.unreadable.list();
    expect(listed.map(({ path }) => path)).toEqual(
      ['b\\xfe.tar', 'b\\xfe\\\\.tar', 'b\\xff.tar', 'd\\xfe/in.tar', 'd\\xff/in.tar'].map(
        (name) => `${folder}//${name}`,
      ),
    );
    expect(listed[0]?.error.message).toContain('no text');
    expect(await library.scan()).toMatchObject({ unchanged: 2, inspected: 0 });
    renameSync(bytes('b\xff.tar'), library.path('backups/renamed.tar'));
    expect(await library.scan()).toMatchObject({ added: ['backups/renamed.tar'], unchanged: 2 });
    expect(library.catalog.unreadable.list()).toHaveLength(4);
  });

  it('with every other byte that the disk takes are backups like all', async (ctx) => {
    if (process.platform !== 'linux') return ctx.skip(`${process.platform} forbids some of them`);
    const library = await makeScanLibrary();
    const characters = Array.from({ length: 127 }, (_, code) => String.fromCharCode(code + 1)).filter(
      (c) => c !== '/',
    );
    for (const character of characters)
      library.put(`backups/x${character}.tar`, `c${character.charCodeAt(0) % 16}`);
    const { added = [], copies = [] } = await library.scan();
    expect(added.length + copies.length).toBe(characters.length);
    expect(await library.scan()).toEqual({ unchanged: characters.length, inspected: 0 });
  });

  it('of folders, pipes and sockets are no backups', async (ctx) => {
    if (process.platform === 'win32') return ctx.skip('Windows has no pipes in folders');
    const library = await makeScanLibrary();
    execFileSync('mkfifo', [library.path('backups/pipe.tar')]);
    symlinkSync(library.path('backups/pipe.tar'), library.path('backups/link.tar'));
    expect(await library.scan()).toEqual({ inspected: 0 });
  });
});

describe('what may not be read', () => {
  async function closedLibrary(): Promise<ScanLibrary> {
    const library = await makeScanLibrary();
    library.put('backups/a.tar');
    library.put('backups/closed/b.tar');
    library.put('backups/closed/deep/c.tar');
    await library.scan();
    return library;
  }

  it.each([
    { mode: 0o000, says: 'no names' },
    { mode: 0o444, says: 'names and no files' },
  ])('a folder inside that gives $says is a problem, and its files are not missing', async ({ mode }) => {
    const library = await closedLibrary();
    const closed = library.path('backups/closed');
    chmodSync(closed, mode);
    onTestFinished(() => chmodSync(closed, 0o755));
    library.put('backups/new.tar');
    await asNobody(async () => {
      expect(await library.scan()).toEqual({
        added: ['backups/new.tar'],
        unchanged: 1,
        problems: ['backups: IO_FAILED'],
        inspected: 1,
      });
    });
    const [folder] = library.catalog.folders.list();
    expect(folder).toMatchObject({ state: 'ready', copyCount: 4 });
    expect(folder?.problem?.message).toContain('closed');
    chmodSync(closed, 0o755);
    expect(await library.scan()).toEqual({ unchanged: 4, inspected: 0 });
    expect(library.catalog.folders.list()[0]?.problem).toBeNull();
  });

  it('the folder itself is out of reach', async () => {
    const library = await closedLibrary();
    const path = library.path('backups');
    chmodSync(path, 0o000);
    onTestFinished(() => chmodSync(path, 0o755));
    await asNobody(async () => {
      expect(await library.scan()).toEqual({ problems: ['backups: IO_FAILED'], inspected: 0 });
    });
    expect(new Set(Object.values(library.files()))).toEqual(new Set(['unreachable']));
  });

  it('a file is unreadable until it may be read, and what was known of it stays', async () => {
    const library = await closedLibrary();
    const path = library.path('backups/a.tar');
    chmodSync(path, 0o000);
    await asNobody(async () => {
      const unreadable = ['backups/a.tar: IO_FAILED'];
      expect(await library.scan()).toEqual({ unchanged: 2, unreadable, inspected: 1 });
      expect(await library.scan()).toEqual({ unchanged: 2, unreadable, inspected: 1 });
    });
    expect(library.files()).toMatchObject({ 'backups/a.tar': 'present' });
    chmodSync(path, 0o644);
    expect(await library.scan()).toEqual({ unchanged: 3, inspected: 1 });
    expect(library.catalog.unreadable.list()).toEqual([]);
  });
});

describe('a folder that is not there', () => {
  it('is unreachable with all its files, and comes back as it was', async () => {
    const library = await makeScanLibrary();
    library.put('backups/a.tar');
    await library.scan();
    const [before] = library.catalog.folders.list();
    renameSync(library.path('backups'), library.path('away'));
    expect(await library.scan()).toEqual({ problems: ['backups: IO_FAILED'], inspected: 0 });
    const [away] = library.catalog.folders.list();
    expect(away).toMatchObject({ state: 'unreachable', scannedAt: before?.scannedAt, copyCount: 1 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'unreachable' });
    renameSync(library.path('away'), library.path('backups'));
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 0 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'present' });
  });

  it('does not lend its files to copies elsewhere', async () => {
    const library = await makeScanLibrary();
    mkdirSync(library.path('other'));
    await addFolder(library, library.path('other'));
    library.put('backups/a.tar', 'same');
    await library.scan();
    renameSync(library.path('backups'), library.path('away'));
    library.put('other/b.tar', 'same');
    expect(await library.scan()).toMatchObject({ copies: ['other/b.tar'] });
    rmSync(library.path('other/b.tar'));
    await library.scan();
    library.put('other/c.tar', 'same');
    expect(await library.scan({ folders: [library.path('other')] })).toMatchObject({
      moved: ['other/b.tar → other/c.tar'],
    });
    expect(library.files()).toEqual({ 'backups/a.tar': 'unreachable', 'other/c.tar': 'present' });
  });

  it('in whose place stands a file is unreachable, too', async () => {
    const library = await makeScanLibrary();
    library.put('backups/a.tar');
    await library.scan();
    rmSync(library.path('backups'), { recursive: true });
    writeFileSync(library.path('backups'), 'x');
    expect(await library.scan()).toEqual({ problems: ['backups: IO_FAILED'], inspected: 0 });
  });

  it('is not the same as one that was emptied', async () => {
    const library = await makeScanLibrary();
    rmSync(library.put('backups/a.tar'));
    library.put('backups/a.tar');
    await library.scan();
    rmSync(library.path('backups/a.tar'));
    expect(await library.scan()).toEqual({ missing: ['backups/a.tar'], inspected: 0 });
    expect(library.catalog.folders.list()).toMatchObject([{ state: 'ready', problem: null }]);
  });
});

const noDisk = smallDiskMissing();

describe.skipIf(noDisk !== null)('drives', () => {
  function disk(): SmallDisk {
    const mounted = mountSmallDisk(4 * 1024 * 1024);
    onTestFinished(() => mounted.remove());
    return mounted;
  }

  function connect(drive: SmallDisk, place: string): () => void {
    execFileSync('mount', ['--bind', drive.folder, place]);
    let isConnected = true;
    const disconnect = (): void => {
      if (isConnected) execFileSync('umount', ['--lazy', place]);
      isConnected = false;
    };
    onTestFinished(disconnect);
    return disconnect;
  }

  it('that are unmounted leave an empty place, which is unreachable and not emptied', async () => {
    const library = await makeScanLibrary();
    const drive = disk();
    const place = library.path('backups');
    let disconnect = connect(drive, place);
    library.put('backups/a.tar', 'a');
    await library.scan();
    disconnect();
    expect(await library.scan()).toEqual({ problems: ['backups: IO_FAILED'], inspected: 0 });
    expect(library.files()).toEqual({ 'backups/a.tar': 'unreachable' });
    disconnect = connect(drive, place);
    expect(await library.scan()).toEqual({ unchanged: 1, inspected: 0 });
    rmSync(library.path('backups/a.tar'));
    expect(await library.scan()).toEqual({ missing: ['backups/a.tar'], inspected: 0 });
    disconnect();
  });

  it.each(['an empty place', 'no place'])(
    'inside a folder that leave %s make nothing missing',
    async (what) => {
      const library = await makeScanLibrary();
      const drive = disk();
      const place = library.path('backups/usb');
      mkdirSync(place);
      const disconnect = connect(drive, place);
      library.put('backups/usb/deep/a.tar', 'a');
      library.put('backups/b.tar', 'b');
      library.put('backups/c.tar', 'c');
      await library.scan();
      disconnect();
      if (what === 'no place') rmdirSync(place);
      rmSync(library.path('backups/c.tar'));
      expect(await library.scan()).toEqual({
        unchanged: 1,
        missing: ['backups/c.tar'],
        problems: ['backups: IO_FAILED'],
        inspected: 0,
      });
      expect(library.files()).toMatchObject({ 'backups/usb/deep/a.tar': 'present' });
      if (what === 'no place') mkdirSync(place);
      connect(drive, place);
      expect(await library.scan()).toEqual({ unchanged: 2, inspected: 0 });
    },
  );

  it('whose place is empty make nothing missing, also where a single file is asked for', async () => {
    const library = await makeScanLibrary();
    const disconnect = connect(disk(), library.path('backups'));
    const path = library.put('backups/a.tar', 'a');
    await library.scan();
    disconnect();
    expect(await takeIn(library, path)).toMatchObject({ outcome: 'missing' });
    expect(library.files()).toEqual({ 'backups/a.tar': 'present' });
  });

  it('that are pulled out while they are searched make nothing missing', async () => {
    const library = await makeScanLibrary();
    const drive = disk();
    const disconnect = connect(drive, library.path('backups'));
    library.put('backups/a.tar', 'a');
    library.put('backups/b.tar', 'b');
    await library.scan();
    rmSync(library.path('backups/a.tar'));
    writeFileSync(library.path('backups/b.tar'), backupBytes('another'));
    library.beforeInspecting = disconnect;
    await library.scan();
    expect(Object.values(library.files())).toEqual(['present', 'present']);
  });
});

it('a hard link under another name is a copy of its own', async () => {
  const library = await makeScanLibrary();
  const path = library.put('backups/a.tar');
  linkSync(path, library.path('backups/b.tar'));
  const { added = [], copies = [] } = await library.scan();
  expect([...added, ...copies].sort()).toEqual(['backups/a.tar', 'backups/b.tar']);
  rmSync(path);
  expect(await library.scan()).toMatchObject({ missing: ['backups/a.tar'] });
});
