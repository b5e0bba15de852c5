// How far a rotation got, as parts of a bar and in words. Pure.

import type { RotationCopy, RotationState, RotationStatus } from '../../../shared/rotation.ts';
import { t } from '../../messages/messages.ts';
import type { Tone } from '../../widgets/icon.ts';
import type { Verdict } from '../activity/job-words.ts';

/** In the order in which they are drawn and said. Originals that were set aside are no part: nothing is to be done about them. */
export const ROTATION_PARTS = ['done', 'waiting', 'away', 'failed'] as const;
export type RotationPart = (typeof ROTATION_PARTS)[number];

export function partsOf({
  doneCount,
  left,
}: Pick<RotationStatus, 'doneCount' | 'left'>): Readonly<Record<RotationPart, number>> {
  const parts = { done: doneCount, waiting: 0, away: 0, failed: 0 };
  for (const { why } of left) if (why !== 'kept') parts[why]++;
  return parts;
}

/** Those with something to say, in their order. */
export function leftBy(
  left: readonly RotationCopy[],
): readonly { readonly why: RotationCopy['why']; readonly files: readonly RotationCopy[] }[] {
  return (['waiting', 'away', 'failed', 'kept'] as const)
    .map((why) => ({ why, files: left.filter((copy) => copy.why === why) }))
    .filter(({ files }) => files.length > 0);
}

const TONES: Readonly<Record<RotationState, Tone>> = {
  running: 'busy',
  paused: 'warning',
  interrupted: 'warning',
  open: 'warning',
  done: 'good',
  ended: 'neutral',
};

export function rotationVerdict({ state }: Pick<RotationStatus, 'state'>): Verdict {
  return { tone: TONES[state], word: t(`rotation.state.${state}`) };
}

const FRESH_MS = 86_400_000;

/** It is under way, or ended not long ago: what somebody wants to see first. */
export function isFresh(status: Pick<RotationStatus, 'state' | 'endedAt'>, nowMs: number): boolean {
  const { endedAt } = status;
  return isUnderWay(status) || (endedAt !== null && nowMs - Date.parse(endedAt) < FRESH_MS);
}

export function isUnderWay({ state }: Pick<RotationStatus, 'state'>): boolean {
  return state !== 'done' && state !== 'ended';
}

/** Paths of the folders that hold what was out of reach. */
export function foldersAway(
  left: readonly RotationCopy[],
  folders: readonly { readonly path: string }[],
): string[] {
  const paths = left.filter(({ why }) => why === 'away').map(({ path }) => path);
  return folders
    .map(({ path }) => path)
    .filter((folder) => {
      const length = folder.replace(/[/\\]$/, '').length;
      return paths.some((path) => path.startsWith(folder) && /^[/\\]/.test(path.slice(length)));
    });
}
