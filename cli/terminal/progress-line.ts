// The one live line of a long task: what it is about, a bar, and figures, as wide as the terminal allows.

import { displayWidth, shorten } from '../../shared/reports/table.ts';

/** It is drawn at most ten times a second. */
export const REDRAW_MS = 100;

const BAR_CELLS = { least: 8, most: 30 };
/** The bar's ends, and the gaps before and behind it. */
const LINE_EXTRA_CELLS = 6;

/** `share` is from 0 to 1. */
export function progressLine(
  columns: number,
  title: string,
  share: number,
  figures: readonly string[],
): string {
  const told = figures.join('  ');
  // One cell stays free, since some terminals go to the next line when the last one is written.
  const room = columns - 1 - displayWidth(told) - LINE_EXTRA_CELLS;
  const barCells = Math.min(BAR_CELLS.most, Math.max(BAR_CELLS.least, Math.floor(room / 3)));
  const line = `${shorten(title, Math.max(0, room - barCells))}  ${bar(share, barCells)}  ${told}`;
  return shorten(line, columns - 1);
}

function bar(share: number, cells: number): string {
  const filled = Math.floor(Math.min(1, Math.max(0, share)) * cells);
  return `[${'#'.repeat(filled)}${'-'.repeat(cells - filled)}]`;
}
