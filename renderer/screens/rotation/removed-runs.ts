// Files that schemes took away of late, gathered by the run that took them. Pure.

import type { RemovedFile } from '../../../shared/scheme.ts';

export interface RemovedRun {
  readonly runId: string;
  readonly removedAt: string;
  /** The first of its files goes for good after this moment. */
  readonly deletedAfter: string;
  readonly files: readonly RemovedFile[];
  readonly bytes: number;
}

const DAY_MS = 86_400_000;

/** The run that was last comes first. */
export function runsOf(files: readonly RemovedFile[]): readonly RemovedRun[] {
  const runs = [...Map.groupBy(files, ({ runId }) => runId)].map(([runId, group]): RemovedRun => ({
    runId,
    removedAt: group.reduce((latest, one) => (one.removedAt > latest ? one.removedAt : latest), ''),
    deletedAfter: group.reduce(
      (first, one) => (first === '' || one.deletedAfter < first ? one.deletedAfter : first),
      '',
    ),
    files: group,
    bytes: group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }));
  return runs.sort((a, b) => b.removedAt.localeCompare(a.removedAt));
}

/** Whole days until then, rounded down; 0 on the last day and after. */
export function daysLeft(deletedAfter: string, nowMs: number): number {
  return Math.max(0, Math.floor((Date.parse(deletedAfter) - nowMs) / DAY_MS));
}
