// Copying: what is copied is proven, what cannot be is not kept, and the original is only read, whatever happens meanwhile.

import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { copyReport, createCopies } from '../../../core/library/copying/index.ts';
import { V3_HEADER_BYTES } from '../../../core/securetar/index.ts';
import { findPlace, placesOverview, thisSystem } from '../../../core/library/places/index.ts';
import { listBackups } from '../../../core/library/list-backups.ts';
import { leaveJournal } from '../../support/dead-owner.ts';
import { mountSmallDisk, smallDiskMissing } from '../../support/small-disk.ts';
import { tinyBackup } from '../library-samples.ts';
import { newCopying } from './copying-samples.ts';

/** What happens to the disk at a certain moment of a copy. */
const disk = vi.hoisted(() => {
  const beforeReading: (path: string) => void = () => undefined;
  return { beforeReading };
});
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const open: typeof real.open = (path, flags, mode) => {
    if (flags === 'r') disk.beforeReading(String(path));
    return real.open(path, flags, mode);
  };
  return { ...real, open };
});
afterEach(() => {
  disk.beforeReading = () => undefined;
});

const noSmallDisk = smallDiskMissing();

/** Turns one byte around in the middle, as a failing disk does. */
function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.of((bytes[at] ?? 0) ^ 0x40), 0, 1, at);
  closeSync(file);
}

/** Once, when the file that is written is read back. */
function onReadBack(work: (path: string) => void): void {
  disk.beforeReading = (path) => {
    if (!path.endsWith('.partial')) return;
    disk.beforeReading = () => undefined;
    work(path);
  };
}

describe('a copy', () => {
  it('has every byte, the time and the permissions of the original, and is known as one more file of the same backup', async () => {
    const { from, to, library, copy, names } = await newCopying('a.tar', 'plain.tar');
    utimesSync(join(from, 'a.tar'), 1_700_000_000, 1_600_000_000);
    const report = await copy();
    expect(report).toMatchObject({ state: 'done', to, error: null });
    expect(report.items.map(({ outcome }) => outcome)).toEqual(['verified', 'verified']);
    expect(names()).toEqual(['a.tar', 'plain.tar']);
    for (const name of names()) {
      expect(readFileSync(join(to, name)).equals(readFileSync(join(from, name)))).toBe(true);
      const [original, copied] = [statSync(join(from, name)), statSync(join(to, name))];
      expect(copied.mode).toBe(original.mode);
      expect(Math.abs(copied.mtimeMs - original.mtimeMs)).toBeLessThan(0.01); // a number holds no more
    }
    expect(report.copiedBytes).toBe(statSync(join(to, 'a.tar')).size + statSync(join(to, 'plain.tar')).size);
    const backups = listBackups(library, {}, null);
    expect(backups.map(({ copies }) => copies.filter(({ folderId }) => folderId !== null).length)).toEqual([
      2, 2,
    ]);
    const { catalog } = library;
    const identity = catalog.copies.find(join(to, 'a.tar'))?.identity ?? '';
    expect(catalog.verifications.lastOf(identity)).toMatchObject({
      path: join(to, 'a.tar'),
      level: 'full',
      status: 'good',
    });
    expect(catalog.folders.find(to)).not.toBeNull();
  });

  it('counts as a second place once it is somewhere else', async () => {
    const { to, library, copy } = await newCopying('a.tar');
    const overview = () => placesOverview(library, listBackups(library, {}, null));
    expect(overview()).toMatchObject({ goodCount: 0, counts: { 'one-place': 1, 'this-disk-only': 1 } });
    await copy();
    expect(overview()).toMatchObject({ goodCount: 0, counts: { 'one-place': 1 } });
    library.catalog.folders.setPlaceKind(library.catalog.folders.find(to)?.id ?? 0, 'other-drive');
    expect(overview()).toMatchObject({ goodCount: 1, counts: { 'one-place': 0, 'this-disk-only': 0 } });
  });

  it('is compared with its original, and no more, while no key can be had', async () => {
    const { from, to, library, plan, copy } = await newCopying('a.tar', 'plain.tar');
    const planned = await plan();
    library.vault.lock();
    const { items } = await copy(planned);
    const outcomes = Object.fromEntries(items.map(({ path, outcome }) => [path, outcome]));
    expect(outcomes).toEqual({ [join(from, 'a.tar')]: 'compared', [join(from, 'plain.tar')]: 'verified' });
    expect(items.map(({ message }) => message).join()).toContain('It was not read to its end');
    const identity = library.catalog.copies.find(join(to, 'a.tar'))?.identity ?? '';
    expect(library.catalog.verifications.lastOf(identity)).toBeNull();
  });

  it('also where no key of the vault fits', async () => {
    const { from, copy, scan } = await newCopying();
    await tinyBackup(join(from, 'locked.tar'), { password: 'pear' });
    await scan();
    const { items } = await copy();
    expect(items).toMatchObject([
      { outcome: 'compared', message: expect.stringContaining('No key') as string },
    ]);
  });

  it('is not kept where the disk gives back another byte than was written, and the original is as it was', async () => {
    const { from, copy, names } = await newCopying('a.tar');
    const before = readFileSync(join(from, 'a.tar'));
    onReadBack((path) => flip(path, 700));
    const report = await copy();
    expect(report.items).toMatchObject([{ outcome: 'failed', error: { code: 'IO_FAILED' } }]);
    expect(report.items[0]?.message).toContain('not what was written');
    expect(names()).toEqual([]);
    expect(readFileSync(join(from, 'a.tar')).equals(before)).toBe(true);
  });

  it('nor where it lost its end on the way to the disk', async () => {
    const { copy, names } = await newCopying('a.tar');
    onReadBack((path) => writeFileSync(path, readFileSync(path).subarray(0, -512)));
    expect((await copy()).items).toMatchObject([{ outcome: 'failed', error: { code: 'IO_FAILED' } }]);
    expect(names()).toEqual([]);
  });

  it('of a backup that proves damaged is not kept; it is said and noted that the original is', async () => {
    const { from, library, copy, names, scan } = await newCopying();
    const path = await tinyBackup(join(from, 'a.tar'), { password: 'apple' });
    flip(path, readFileSync(path).indexOf('SecureTar') + V3_HEADER_BYTES + 30);
    await scan();
    const identity = library.catalog.copies.find(path)?.identity ?? '';
    const report = await copy();
    expect(report.items).toMatchObject([{ outcome: 'failed' }]);
    expect(report.items[0]?.message).toContain('itself is damaged');
    expect(report.items[0]?.error?.code).toMatch(/^DAMAGED|TRUNCATED/);
    expect(names()).toEqual([]);
    expect(existsSync(path)).toBe(true);
    expect(library.catalog.verifications.lastOf(identity)).toMatchObject({ path, status: 'damaged' });
  });

  it('of a file that changes meanwhile is begun again, and is of what it is then', async () => {
    const { from, to, copy } = await newCopying('a.tar');
    const path = join(from, 'a.tar');
    onReadBack(() => utimesSync(path, 1_500_000_000, 1_500_000_000));
    const { items } = await copy();
    expect(items).toMatchObject([{ outcome: 'verified' }]);
    expect(statSync(join(to, 'a.tar')).mtimeMs).toBe(1_500_000_000_000);
  });

  it('of a file that is another backup by now is not made', async () => {
    const { from, copy, plan, names } = await newCopying('a.tar');
    const planned = await plan();
    rmSync(join(from, 'a.tar'));
    await tinyBackup(join(from, 'a.tar'), { password: 'apple', name: 'Another' });
    expect((await copy(planned)).items).toMatchObject([
      { outcome: 'failed', error: { code: 'SOURCE_CHANGED' } },
    ]);
    expect(names()).toEqual([]);
  });

  it('overwrites nothing that came to its name since it was planned', async () => {
    const { to, copy, plan, names } = await newCopying('a.tar');
    const planned = await plan();
    writeFileSync(join(to, 'a.tar'), 'mine');
    const { items } = await copy(planned);
    expect(items).toMatchObject([{ outcome: 'verified', target: join(to, 'a (2).tar') }]);
    expect(readFileSync(join(to, 'a.tar'), 'utf8')).toBe('mine');
    expect(names()).toEqual(['a (2).tar', 'a.tar']);
  });

  it('is not made of what came there since it was planned, if it is the same byte for byte', async () => {
    const { from, to, copy, plan, names } = await newCopying('a.tar');
    const planned = await plan();
    copyFileSync(join(from, 'a.tar'), join(to, 'a.tar'));
    expect((await copy(planned)).items).toMatchObject([{ outcome: 'nothing-to-do' }]);
    expect(names()).toEqual(['a.tar']);
  });

  it('is made beside one that has the same headers and another byte somewhere', async () => {
    const { from, to, copy, plan, names } = await newCopying('a.tar');
    const planned = await plan();
    copyFileSync(join(from, 'a.tar'), join(to, 'a.tar'));
    flip(join(to, 'a.tar'), statSync(join(to, 'a.tar')).size - 1);
    expect((await copy(planned)).items).toMatchObject([
      { outcome: 'verified', target: join(to, 'a (2).tar') },
    ]);
    expect(names()).toEqual(['a (2).tar', 'a.tar']);
  });
});

describe('a copy job', () => {
  it.each([
    ['verified', 'nothing-to-do'],
    ['writing', 'verified'],
  ] as const)('finishes or undoes by itself what a crash left when it was %s', async (step, outcome) => {
    const { library, from, to, plan, names } = await newCopying('a.tar');
    const job = await createCopies(library, library.queue, await plan());
    const original = readFileSync(join(from, 'a.tar'));
    const isWhole = step === 'verified';
    writeFileSync(join(to, 'a.tar.partial'), isWhole ? original : original.subarray(0, 1000));
    const outputBytes = isWhole ? original.length : null;
    await leaveJournal(join(to, 'a.tar'), { step, replaces: null, originals: null, outputBytes });
    await library.queue.run(job.id); // without a recovery: its drive was away then
    expect(copyReport(library.catalog, job.id).items).toMatchObject([{ outcome }]);
    expect(names()).toEqual(['a.tar']);
    expect(readFileSync(join(to, 'a.tar')).equals(original)).toBe(true);
  });

  it('that is cancelled leaves nothing half done, and goes on later', async () => {
    const { library, plan, names } = await newCopying('a.tar', 'b.tar');
    const job = await createCopies(library, library.queue, await plan());
    onReadBack(() => void library.queue.cancel(job.id));
    await library.queue.run(job.id);
    await expect.poll(names).toEqual([]); // what was in work ends a moment after its job
    expect(copyReport(library.catalog, job.id)).toMatchObject({ state: 'cancelled', copiedBytes: 0 });
    await library.queue.run(job.id);
    expect(copyReport(library.catalog, job.id).state).toBe('done');
    expect(names()).toEqual(['a.tar', 'b.tar']);
  });

  it('stops where the folder is not the one it was planned for, before anything is written', async () => {
    const { library, to, plan, names } = await newCopying('a.tar', 'b.tar');
    const job = await createCopies(library, library.queue, await plan());
    renameSync(to, `${to}-away`);
    const ended = await library.queue.run(job.id);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'OUTPUT_REFUSED' }, counts: { left: 2 } });
    renameSync(`${to}-away`, to);
    await library.queue.run(job.id);
    expect(names()).toEqual(['a.tar', 'b.tar']);
  });

  it('ends, with the rest waiting, where the folder goes while it works', async () => {
    const { library, to, plan } = await newCopying('a.tar', 'b.tar');
    const job = await createCopies(library, library.queue, await plan());
    onReadBack(() => renameSync(to, `${to}-away`));
    const ended = await library.queue.run(job.id);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'OUTPUT_REFUSED' }, counts: { left: 2 } });
    renameSync(`${to}-away`, to);
  });

  it('is not made where there is nothing to copy, or the folder is somewhere else by now', async () => {
    const { library, plan } = await newCopying('a.tar');
    const planned = await plan();
    const nothing = { ...planned, items: [] };
    await expect(createCopies(library, library.queue, nothing)).rejects.toMatchObject({ code: 'USAGE' });
    const moved = { ...planned, place: { ...planned.place, id: 'disk:1' } };
    await expect(createCopies(library, library.queue, moved)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.skipIf(noSmallDisk !== null)(
    'onto a second volume is in a second place; one that fills ends the job',
    async () => {
      const { library, plan, copy, from, scan } = await newCopying('a.tar', 'b.tar');
      const small = mountSmallDisk(20 * 1024 * 1024);
      try {
        const report = await copy(await plan(small.folder, { text: 'a.tar' }));
        expect(report.items).toMatchObject([{ outcome: 'verified' }]);
        const place = await findPlace(small.folder, thisSystem(library.catalog.folder));
        expect(place.kind).toBe('other-drive');
        const overview = placesOverview(library, listBackups(library, {}, null));
        expect(overview).toMatchObject({ goodCount: 1, counts: { 'one-place': 1 } });
        await tinyBackup(join(from, 'c.tar'), { password: 'apple' });
        await scan();
        const planned = await plan(small.folder);
        const before = statSync(join(from, 'b.tar')).size;
        small.fill();
        const full = await copy(planned);
        expect(full).toMatchObject({ state: 'failed', error: { code: 'NO_SPACE' } });
        expect(full.items.map(({ outcome }) => outcome).sort()).toEqual(['not-started', 'not-started']);
        expect(existsSync(join(small.folder, 'b.tar'))).toBe(false);
        expect(statSync(join(from, 'b.tar')).size).toBe(before);
      } finally {
        small.remove();
      }
    },
  );
});
