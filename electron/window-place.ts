// Where a window goes: where it was, brought back onto a screen that is there. Sizes and places in the system's logical pixels.

import type { Rectangle } from 'electron';

export const DEFAULT_SIZE = { width: 1180, height: 780 } as const;
export const SMALLEST_SIZE = { width: 720, height: 520 } as const;
/** So much of its upper edge has to be on a screen that a person can take hold of it. */
const GRIP = { width: 120, height: 40 } as const;

/**
 * `workAreas`: of the screens that are there, the main one first, without bars and docks. `wanted`: null at the first start. No
 * answer is larger than the screen it is on.
 */
export function placeWindow(wanted: Rectangle | null, workAreas: readonly Rectangle[]): Rectangle {
  const main = workAreas[0] ?? { x: 0, y: 0, ...DEFAULT_SIZE };
  const home = wanted === null ? null : (workAreas.find((area) => canBeGripped(wanted, area)) ?? null);
  const area = home ?? main;
  const { width, height } = wanted ?? DEFAULT_SIZE;
  const size = { width: Math.min(width, area.width), height: Math.min(height, area.height) };
  if (wanted !== null && home !== null && size.width === width && size.height === height) return wanted;
  return {
    ...size,
    x: Math.round(area.x + (area.width - size.width) / 2),
    y: Math.round(area.y + (area.height - size.height) / 2),
  };
}

function canBeGripped(window: Rectangle, area: Rectangle): boolean {
  const shared = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  return shared >= GRIP.width && window.y >= area.y && window.y + GRIP.height <= area.y + area.height;
}
