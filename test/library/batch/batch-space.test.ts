// A batch never plans more than there is room for, and says what it takes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { bytesOnDisk, MARGIN_BYTES, planSpace } from '../../../core/library/batch/batch-space.ts';

const MIB = 1024 * 1024;
const VOLUMES = ['disk', 'stick', 'share'];

const items = fc.array(
  fc.record({
    volumeId: fc.constantFrom(...VOLUMES),
    outputBytes: fc.oneof(fc.nat(100 * MIB), fc.nat(10), fc.constant(4096)),
  }),
  { maxLength: 40 },
);
const volumes = fc
  .tuple(...VOLUMES.map(() => fc.nat(500 * MIB)))
  .map((free) => VOLUMES.map((id, index) => ({ id, freeBytes: free[index] ?? 0 })));

describe('room for a batch', () => {
  it('never takes more than is free, less the margin, at whatever moment', () => {
    fc.assert(
      fc.property(items, volumes, (wanted, disks) => {
        const { fits } = planSpace(wanted, disks);
        for (const { id, freeBytes } of disks) {
          let used = 0;
          for (const [index, { volumeId, outputBytes }] of wanted.entries()) {
            if (volumeId !== id || fits[index] !== true) continue;
            used += bytesOnDisk(outputBytes);
            expect(used).toBeLessThanOrEqual(freeBytes - MARGIN_BYTES);
          }
        }
      }),
    );
  });

  it('takes every item that still fits when its turn comes, and only those', () => {
    fc.assert(
      fc.property(items, volumes, (wanted, disks) => {
        const { fits } = planSpace(wanted, disks);
        expect(fits).toHaveLength(wanted.length);
        for (const [index, { volumeId, outputBytes }] of wanted.entries()) {
          const freeBytes = disks.find(({ id }) => id === volumeId)?.freeBytes ?? 0;
          const before = wanted
            .slice(0, index)
            .filter((item, at) => item.volumeId === volumeId && fits[at] === true)
            .reduce((sum, item) => sum + bytesOnDisk(item.outputBytes), 0);
          expect(fits[index]).toBe(before + bytesOnDisk(outputBytes) <= freeBytes - MARGIN_BYTES);
        }
      }),
    );
  });

  it('says of each file system what stays used: the sum of what is written there', () => {
    fc.assert(
      fc.property(items, volumes, (wanted, disks) => {
        const { fits, uses } = planSpace(wanted, disks);
        for (const id of VOLUMES) {
          const growth = wanted
            .filter((item, index) => item.volumeId === id && fits[index] === true)
            .reduce((sum, item) => sum + bytesOnDisk(item.outputBytes), 0);
          const use = uses.find((one) => one.id === id);
          expect(use?.growthBytes ?? 0).toBe(growth);
          expect(use?.neededBytes ?? MARGIN_BYTES).toBe(growth + MARGIN_BYTES);
        }
      }),
    );
  });

  it('lets a smaller backup after a larger one have the room that was not enough for that', () => {
    const disk = [{ id: 'disk', freeBytes: MARGIN_BYTES + 50 * MIB }];
    const of = (mib: number) => ({ volumeId: 'disk', outputBytes: mib * MIB });
    expect(planSpace([of(30), of(30), of(10)], disk).fits).toEqual([true, false, true]);
  });

  it('counts whole blocks: ten thousand tiny backups take more than their bytes', () => {
    expect(bytesOnDisk(1)).toBeGreaterThanOrEqual(4096);
    expect(bytesOnDisk(4097) - bytesOnDisk(4096)).toBe(4096);
  });

  it('has no room on a file system that nobody knows', () => {
    expect(planSpace([{ volumeId: 'gone', outputBytes: 1 }], []).fits).toEqual([false]);
  });
});
