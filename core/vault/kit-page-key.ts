// The key as it stands on the page: a grid of single characters, so that nothing is joined, kerned or wrapped by a font.
// What paper cannot show without doubt is refused: a wrongly printed key is worse than none.

import { StrongroomError } from '../../shared/errors.ts';
import { isHomeAssistantKeyBytes } from '../../shared/key-format.ts';

/** One character at its place. */
export interface KeyCell {
  readonly character: string;
  readonly column: number;
  readonly row: number;
}

export interface KeyGrid {
  readonly kind: 'home-assistant' | 'other';
  readonly cells: readonly KeyCell[];
  /** Small numbers above the characters: of groups, or of every fifth character. */
  readonly marks: readonly { readonly text: string; readonly column: number; readonly row: number }[];
  readonly columns: number;
  readonly rows: number;
  readonly characterCount: number;
  readonly hasBlanks: boolean;
  /** Beyond ASCII, where different characters can look the same. */
  readonly hasForeignLetters: boolean;
  /** What the square code says: exactly the password. */
  readonly text: string;
}

/** More does not fit the page in a size that can be read. */
export const PAGE_CHARACTER_LIMIT = 160;

const SHOWN_BLANK = '\u2423';
const FIRST_ROW_GROUPS = 4;
const GROUP_WIDTH = 5;

/** Drawn alone and unmistakably: letters, digits, punctuation, symbols; and the blank, which is made visible. */
const SHOWN_ALONE = /^(?:[\p{L}\p{N}\p{P}\p{S}]| )$/u;

/**
 * Where each character of the key stands. The cells hold the key as strings, which a PDF cannot be made without.
 * @param hasGlyph whether the page's font can draw a character
 * @throws USAGE a password that cannot be printed without doubt
 */
export function layOutKey(key: Buffer, hasGlyph: (character: string) => boolean): KeyGrid {
  if (key.length === 0) throw new StrongroomError('USAGE', 'There is no key to print: it is empty.');
  return isHomeAssistantKeyBytes(key)
    ? layOutGroups(key.toString('ascii'))
    : layOutOther(decode(key), hasGlyph);
}

function layOutGroups(text: string): KeyGrid {
  const groups = text.split('-');
  const cells: KeyCell[] = [];
  const marks: KeyGrid['marks'][number][] = [];
  for (const [index, group] of groups.entries()) {
    const row = index < FIRST_ROW_GROUPS ? 0 : 1;
    const start = (index - row * FIRST_ROW_GROUPS) * GROUP_WIDTH;
    marks.push({ text: String(index + 1), column: start, row });
    const shown = index < groups.length - 1 ? `${group}-` : group;
    cells.push(...Array.from(shown, (character, offset) => ({ character, column: start + offset, row })));
  }
  return {
    kind: 'home-assistant',
    cells,
    marks,
    columns: FIRST_ROW_GROUPS * GROUP_WIDTH,
    rows: 2,
    characterCount: text.length,
    hasBlanks: false,
    hasForeignLetters: false,
    text,
  };
}

function layOutOther(text: string, hasGlyph: (character: string) => boolean): KeyGrid {
  const characters = Array.from(text);
  if (characters.length > PAGE_CHARACTER_LIMIT) throw unprintable('is too long for a page');
  const inDoubt =
    text.normalize('NFC') !== text ||
    text.includes(SHOWN_BLANK) ||
    characters.some((character) => !SHOWN_ALONE.test(character) || isRightToLeft(character));
  if (inDoubt) throw unprintable('has characters in it that cannot be seen or told apart on paper');
  if (!characters.every((character) => character === ' ' || hasGlyph(character))) {
    throw unprintable("has characters in it that the page's font lacks");
  }
  const columns = columnsFor(characters.length);
  const cells = characters.map((character, index) => ({
    character: character === ' ' ? SHOWN_BLANK : character,
    column: index % columns,
    row: Math.floor(index / columns),
  }));
  return {
    kind: 'other',
    cells,
    marks: cells.flatMap(({ column, row }, index) =>
      (index + 1) % 5 === 0 ? [{ text: String(index + 1), column, row }] : [],
    ),
    columns,
    rows: Math.ceil(characters.length / columns),
    characterCount: characters.length,
    hasBlanks: text.includes(' '),
    hasForeignLetters: characters.some((character) => (character.codePointAt(0) ?? 0) > 0x7e),
    text,
  };
}

/** The fewer, the larger the characters; the whole takes four lines at most. */
function columnsFor(characterCount: number): number {
  if (characterCount <= 40) return 20;
  return characterCount <= 90 ? 30 : 40;
}

function isRightToLeft(character: string): boolean {
  return /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(
    character,
  );
}

function decode(key: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(key);
  } catch {
    // Its message would say nothing more, and its cause must not carry any of the key.
    throw unprintable('is not text');
  }
}

function unprintable(why: string): StrongroomError {
  return new StrongroomError(
    'USAGE',
    `This key ${why}, so it cannot be printed without the risk of a mistake.`,
    {
      hint: 'Export it as a text file instead, and keep that on a stick in a safe place.',
    },
  );
}
