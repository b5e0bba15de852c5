// The key as a square code (ISO/IEC 18004), drawn as black rectangles: sharp at every size and on every printer.

import type { PageDocument } from './kit-page-fonts.ts';

/** White modules that the standard wants around the code. */
const QUIET_ZONE = 4;

/** Up to this many bytes the code has room for a quarter of it to be lost; longer ones survive a seventh. */
const QUARTILE_LIMIT_BYTES = 64;

/**
 * Draws the code into a square, its quiet zone included.
 * @param size side of the square, in points
 */
export async function drawSquareCode(
  doc: PageDocument,
  text: string,
  x: number,
  y: number,
  size: number,
): Promise<void> {
  const { default: encodeQR } = await import('qr');
  const ecc = Buffer.byteLength(text) <= QUARTILE_LIMIT_BYTES ? 'quartile' : 'medium';
  const modules = encodeQR(text, 'raw', { ecc, border: QUIET_ZONE });
  const side = size / modules.length;
  for (const [row, line] of modules.entries()) {
    let column = 0;
    while (column < line.length) {
      const start = column;
      while (line[column] === true) column++;
      if (column > start) {
        doc.rect(x + start * side, y + row * side, (column - start) * side, side);
      } else column++;
    }
  }
  doc.fill('black');
}
