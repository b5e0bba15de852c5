// The framed part of the key page: the key in large characters, how to read them, and the square code.

import type { PageDocument } from './kit-page-fonts.ts';
import type { KeyGrid } from './kit-page-key.ts';
import { BLACK, GREY, PAGE, WIDTH, write } from './kit-page-paper.ts';
import { drawSquareCode } from './kit-page-qr.ts';

const PADDING = 18;
/** Of a character in DejaVu Sans Mono, as a part of its size; a little more, so that characters stand apart. */
const MONOSPACED_WIDTH = 0.62;
const LARGEST_CELL = 13.8;
const LEGEND_HEIGHT = 20;

/** @returns its lower edge */
export async function drawKeyBox(doc: PageDocument, grid: KeyGrid, top: number): Promise<number> {
  const codeSize = Buffer.byteLength(grid.text) <= 80 ? 132 : 150;
  const left = PAGE.left + PADDING;
  const keyWidth = WIDTH - 1.5 * PADDING - codeSize;
  const cell = Math.min((keyWidth - 6) / grid.columns, LARGEST_CELL);
  const size = cell / MONOSPACED_WIDTH;
  const rowHeight = size * (grid.kind === 'home-assistant' ? 2.15 : 1.85);
  const note = readingNote(grid);
  const noteOptions = { width: keyWidth - 12, lineGap: 2 };
  doc.font('text').fontSize(8);
  const noteHeight = doc.heightOfString(note, noteOptions) + LEGEND_HEIGHT;
  const keyHeight = grid.rows * rowHeight + 6;
  const height = Math.max(keyHeight + noteHeight + 2 * PADDING - 4, codeSize + 12);
  let y = top + (height - keyHeight - noteHeight) / 2;
  for (const { text, column, row } of grid.marks) {
    const x = left + column * cell + cell * 0.12;
    write(doc, 'text', 6.5, text, x, y + row * rowHeight, { lineBreak: false }, GREY);
  }
  for (const { character, column, row } of grid.cells) {
    write(doc, 'key', size, character, left + column * cell, y + row * rowHeight + 7, { lineBreak: false });
  }
  y = write(doc, 'text', 8, note, left, y + keyHeight, noteOptions, GREY);
  drawLegend(doc, grid, left, y + 4);
  const codeLeft = PAGE.right - PADDING / 2 - codeSize;
  await drawSquareCode(doc, grid.text, codeLeft, top + (height - codeSize) / 2, codeSize);
  doc.lineWidth(1.2).strokeColor(BLACK).roundedRect(PAGE.left, top, WIDTH, height, 7).stroke();
  return top + height;
}

function readingNote(grid: KeyGrid): string {
  if (grid.kind === 'home-assistant')
    return 'Seven groups of four. The dashes belong to the key, all letters are capitals.';
  const count =
    grid.characterCount === 1 ? '1 character' : `${grid.characterCount} characters, read line by line`;
  const foreign = grid.hasForeignLetters ? ' Some may look like others: rather use the square code.' : '';
  return `${count}. Capital and small letters differ.${foreign}`;
}

/** Characters that look alike, in the very font of the key, with their names. */
function drawLegend(doc: PageDocument, grid: KeyGrid, left: number, top: number): void {
  const pairs: (readonly [string, string])[] = [
    ['0', 'zero'],
    ['O', 'letter O'],
    ['1', 'one'],
    ['I', 'letter I'],
  ];
  if (grid.kind === 'other')
    pairs.push(['l', 'small L'], ...(grid.hasBlanks ? [['\u2423', 'blank'] as const] : []));
  let x = left;
  for (const [character, name] of pairs) {
    write(doc, 'key', 11, character, x, top, { lineBreak: false });
    write(doc, 'text', 7.5, name, x + 9, top + 2.6, { lineBreak: false }, GREY);
    doc.font('text').fontSize(7.5);
    x += 9 + doc.widthOfString(name) + 11;
  }
}
