// The fonts of the key page: DejaVu, because its monospaced zero has a dot. They are read from one folder, which a packaged
// program names itself. A character that a font lacks must never reach the paper as an empty box.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';

/** The files that a bundle must bring along, in one folder. */
export const PAGE_FONT_FILES = {
  text: 'DejaVuSans.ttf',
  bold: 'DejaVuSans-Bold.ttf',
  key: 'DejaVuSansMono.ttf',
} as const;

export type PageFont = keyof typeof PAGE_FONT_FILES;

/** A document whose fonts are registered under the names of `PageFont`. */
export type PageDocument = PDFKit.PDFDocument;

/** Where the fonts are in a development tree; a bundle has them elsewhere and says so. */
export function defaultFontFolder(): string {
  return dirname(createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${PAGE_FONT_FILES.text}`));
}

/** @throws IO_FAILED a font is missing */
export async function registerPageFonts(doc: PageDocument, fontFolder: string): Promise<void> {
  for (const [font, file] of Object.entries(PAGE_FONT_FILES)) {
    try {
      doc.registerFont(font, await readFile(join(fontFolder, file)));
    } catch (error) {
      throw new StrongroomError('IO_FAILED', `The font “${file}” for the page cannot be read.`, {
        hint: 'Strongroom is not installed completely: install it again, or export the key as a text file.',
        cause: error,
      });
    }
  }
}

/** What pdfkit keeps of the font in use; its types do not tell. */
interface FontInUse {
  readonly _font?: { readonly font?: { hasGlyphForCodePoint?: (codePoint: number) => boolean } };
}

/** Whether every character of the text has a glyph in this font. Leaves the document with this font. */
export function canPrint(doc: PageDocument, font: PageFont, text: string): boolean {
  doc.font(font);
  const loaded = (doc as unknown as FontInUse)._font?.font;
  if (typeof loaded?.hasGlyphForCodePoint !== 'function') {
    throw new StrongroomError('INTERNAL', 'The PDF library does not say which characters a font has.');
  }
  return Array.from(text).every(
    (character) => loaded.hasGlyphForCodePoint?.(character.codePointAt(0) ?? 0) === true,
  );
}

/** Written from right to left, or with letters that join: the page sets one character after the other. */
const NEEDS_SHAPING = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A name or address as the page can show it, on one line; null when it cannot. */
export function printableText(doc: PageDocument, font: PageFont, text: string): string | null {
  const line = text
    .toWellFormed()
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return line === '' || NEEDS_SHAPING.test(line) || !canPrint(doc, font, line) ? null : line;
}
