// The sheet of the key page: its measures in points, its two colours, and how a text gets onto it.

import type { PageDocument, PageFont } from './kit-page-fonts.ts';

/** A4, with so much left free that US Letter holds all of it, whichever way a printer puts it there. */
export const PAGE = { width: 595.28, height: 841.89, left: 56, right: 539.28, top: 60, bottom: 782 } as const;
export const WIDTH = PAGE.right - PAGE.left;
/** Two colours that every printer has. */
export const BLACK = '#000000';
export const GREY = '#444444';

/** Writes a text and says where the next one may begin. */
export function write(
  doc: PageDocument,
  font: PageFont,
  size: number,
  text: string,
  x: number,
  y: number,
  options: PDFKit.Mixins.TextOptions,
  colour: string = BLACK,
): number {
  doc.font(font).fontSize(size).fillColor(colour);
  doc.text(text, x, y, { features: [], ...options });
  return options.lineBreak === false ? y + doc.currentLineHeight(true) : doc.y;
}

/** The text, or as much of its start as is that wide in the font in use. @param width in points */
export function shorten(doc: PageDocument, text: string, width: number): string {
  if (doc.widthOfString(text) <= width) return text;
  const characters = Array.from(text);
  while (characters.length > 0 && doc.widthOfString(`${characters.join('')}…`) > width) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
