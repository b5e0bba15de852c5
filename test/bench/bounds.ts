// What the raw figures of the stages allow at the most for a chain of them: megabytes (2^20) of backup a second, and
// what it is that allows no more.

import type { Stage, StageLimit } from './raw-limits.ts';

export interface RawCosts {
  readonly stages: readonly StageLimit[];
  readonly cores: number;
  /** Copying one file, or as many side by side as there are cores, and syncing them: MB/s. */
  readonly copyOne: number;
  readonly copySideBySide: number;
  /** Processor seconds that copying one MB takes, mostly in the system. */
  readonly copyCpuPerMb: number;
}

export interface Bound {
  readonly rate: number;
  readonly by: string;
}

/** What is done to each MB. A migration writes it, and then reads it back. */
const VERIFY: readonly Stage[] = ['read', 'aes-cbc', 'gunzip'];
const WRITE: readonly Stage[] = ['aes-cbc', 'gunzip', 'poly1305', 'secretstream'];
const READ_BACK: readonly Stage[] = ['read', 'secretstream', 'poly1305'];

export type Case = 'verify' | 'migrate';

/** Many backups at the same time: everything overlaps, so all cores together or the disk is the limit. */
export function boundOfBatch(work: Case, costs: RawCosts): Bound {
  if (work === 'verify') return slowest([processor(allCores(costs, VERIFY))]);
  const seconds = allCores(costs, [...WRITE, ...READ_BACK]) + costs.copyCpuPerMb / costs.cores;
  return slowest([processor(seconds), { by: 'disk (copies with fsync)', rate: costs.copySideBySide }]);
}

/** One member: its stages overlap, but none is faster than one core, and reading back begins when all is written. */
export function boundOfOneMember(work: Case, costs: RawCosts): Bound {
  if (work === 'verify')
    return slowest([processor(allCores(costs, VERIFY)), ...VERIFY.map((stage) => oneCore(costs, stage))]);
  const writing = slowest([
    processor(allCores(costs, WRITE) + costs.copyCpuPerMb / costs.cores),
    ...WRITE.map((stage) => oneCore(costs, stage)),
    { by: 'disk (copy with fsync)', rate: costs.copyOne },
  ]);
  const readingBack = slowest([
    processor(allCores(costs, READ_BACK)),
    ...READ_BACK.map((stage) => oneCore(costs, stage)),
  ]);
  return {
    by: `writing: ${writing.by}; reading back: ${readingBack.by}`,
    rate: 1 / (1 / writing.rate + 1 / readingBack.rate),
  };
}

function processor(secondsPerMb: number): Bound {
  return { by: 'processor, all cores', rate: 1 / secondsPerMb };
}

function oneCore(costs: RawCosts, stage: Stage): Bound {
  return { by: `${stage} on one core`, rate: limitOf(costs, stage).oneCore };
}

function allCores(costs: RawCosts, stages: readonly Stage[]): number {
  return stages.reduce((sum, stage) => sum + 1 / limitOf(costs, stage).allCores, 0);
}

function limitOf({ stages }: RawCosts, wanted: Stage): StageLimit {
  const limit = stages.find(({ stage }) => stage === wanted);
  if (limit === undefined) throw new Error(`${wanted} was not measured`);
  return limit;
}

function slowest(bounds: readonly Bound[]): Bound {
  return bounds.reduce((least, bound) => (bound.rate < least.rate ? bound : least));
}
