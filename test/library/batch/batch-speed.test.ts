// How long a batch will take is learned from those that ran.

import { describe, expect, it } from 'vitest';

import { estimateSeconds, SpeedMeter } from '../../../core/library/batch/batch-speed.ts';
import { makeLibrary } from '../library-samples.ts';

function meterWithClock(operation: 'migrate' | 'rekey' = 'migrate') {
  const clock = { ms: 5000 };
  return { meter: new SpeedMeter(operation, () => clock.ms), clock };
}

describe('the estimate of a batch', () => {
  it('is not made up while no batch ran on this computer', async () => {
    const { catalog } = await makeLibrary();
    expect(estimateSeconds(catalog, 'migrate', 1_000_000)).toBeNull();
  });

  it('comes from the time in which several backups were rewritten side by side', async () => {
    const { catalog } = await makeLibrary();
    const { meter, clock } = meterWithClock();
    meter.begin();
    meter.begin();
    clock.ms += 1000;
    meter.end(catalog, 600);
    clock.ms += 1000;
    meter.end(catalog, 1400);
    expect(estimateSeconds(catalog, 'migrate', 5000)).toBe(5);
  });

  it('follows later batches slowly, so that one odd run does not spoil it', async () => {
    const { catalog } = await makeLibrary();
    const { meter, clock } = meterWithClock();
    for (const bytes of [1000, 2000]) {
      meter.begin();
      clock.ms += 1000;
      meter.end(catalog, bytes);
    }
    expect(estimateSeconds(catalog, 'migrate', 1300)).toBeCloseTo(1, 10);
  });

  it('is kept for each operation by itself, and learns nothing from what was not rewritten', async () => {
    const { catalog } = await makeLibrary();
    const { meter, clock } = meterWithClock('rekey');
    meter.begin();
    clock.ms += 1000;
    meter.end(catalog, 0);
    expect(estimateSeconds(catalog, 'rekey', 1000)).toBeNull();
    meter.begin();
    clock.ms += 1000;
    meter.end(catalog, 100);
    expect(estimateSeconds(catalog, 'rekey', 1000)).toBe(10);
    expect(estimateSeconds(catalog, 'migrate', 1000)).toBeNull();
  });
});
