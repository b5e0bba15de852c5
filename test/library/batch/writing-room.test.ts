// As many side by side as there are threads, and one after the other where the disk is tight.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { filesAtATime } from '../../../core/library/batch/index.ts';
import { findVolumes } from '../../../core/library/batch/writing-room.ts';
import { mountSmallDisk, smallDiskMissing } from '../../support/small-disk.ts';
import { backupFolder } from '../library-samples.ts';

const MIB = 1024 * 1024;
const noSmallDisk = smallDiskMissing();

describe('how many are rewritten side by side', () => {
  it('is as many as asked for while there is room to spare', async () => {
    const folder = await backupFolder();
    const targets = [1, 2].map((index) => ({ path: join(folder, `${index}.tar`), sizeBytes: 1000 }));
    expect(await filesAtATime(3, targets, null)).toBe(3);
    expect(await filesAtATime(3, targets, folder)).toBe(3);
    expect(await filesAtATime(3, [], null)).toBe(3);
  });

  it('is one where a file system cannot hold all of it, or cannot be asked', async () => {
    const folder = await backupFolder();
    const huge = [{ path: join(folder, 'a.tar'), sizeBytes: 2 ** 60 }];
    expect(await filesAtATime(3, huge, null)).toBe(1);
    const away = [{ path: join(folder, 'not there', 'a.tar'), sizeBytes: 1 }];
    expect(await filesAtATime(3, away, null)).toBe(1);
  });

  it.skipIf(noSmallDisk !== null)('looks at each file system by itself', async () => {
    const disk = mountSmallDisk(40 * MIB);
    try {
      const roomy = await backupFolder();
      const onDisk = (mib: number) => ({ path: join(disk.folder, 'a.tar'), sizeBytes: mib * MIB });
      const elsewhere = { path: join(roomy, 'b.tar'), sizeBytes: 100 * MIB };
      expect(await filesAtATime(3, [onDisk(10), elsewhere], null)).toBe(3);
      expect(await filesAtATime(3, [onDisk(30), elsewhere], null)).toBe(1);
    } finally {
      disk.remove();
    }
  });
});

describe('file systems', () => {
  it('are found once for all folders that lie on them', async () => {
    const folder = await backupFolder();
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    writeFileSync(join(inner, 'file'), '');
    const volumes = await findVolumes([folder, inner, folder]);
    expect(volumes.size).toBe(2);
    expect(volumes.get(inner)).toBe(volumes.get(folder));
    expect(volumes.get(folder)?.freeBytes).toBeGreaterThan(0);
  });
});
