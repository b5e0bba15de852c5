// The shapes of marks, so that none is told from another by its colour alone. As SVG paths around a point. Pure.

import type { BadgeKind } from './timeline.ts';

export type MarkShape = 'kept' | 'gone' | 'only';

/** kept: a disc; gone: a cross; only: a square. */
export function markPath(shape: MarkShape, x: number, y: number): string {
  const at = `M${round(x)} ${round(y)}`;
  switch (shape) {
    case 'kept':
      return `${at}m-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z`;
    case 'gone':
      return `${at}m-2.6 -2.6l5.2 5.2m0 -5.2l-5.2 5.2`;
    case 'only':
      return `${at}m-3.5 -3.5h7v7h-7z`;
  }
}

/** A pin as a triangle that stands on its place, a ring, a tick, a cross, a lock, an arrow. */
export const BADGE_PATHS: Readonly<Record<BadgeKind, string>> = {
  pinned: 'M-4.5 -5h9L0 4z',
  newest: 'M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z',
  'last-verified': 'M-4.5 0l3.2 3.5L4.5 -4',
  failed: 'M-4 -4L4 4M4 -4L-4 4',
  locked: 'M-4 -0.5h8v5h-8zM-2.5 -0.5v-2a2.5 2.5 0 0 1 5 0v2',
  future: 'M-4 -4L3.5 0L-4 4z',
};

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
