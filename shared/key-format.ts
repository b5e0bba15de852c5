// The form of Home Assistant's encryption keys: seven groups of four from A-Z 0-9 with dashes, which belong
// to the password. There is no checksum, so a mistyped key can only be found out by trying it; this file
// says what may have been meant. Other passwords are arbitrary strings and are never changed here.

const GROUPS = 7;
const GROUP_LENGTH = 4;
const KEY = /^(?:[A-Z0-9]{4}-){6}[A-Z0-9]{4}$/;
const KEY_IN_TEXT = /(?<![A-Za-z0-9-])(?:[A-Z0-9]{4}-){6}[A-Z0-9]{4}(?![A-Za-z0-9-])/g;

/** Everything that people and word processors put where a hyphen was meant. */
const DASHES = /[\u00AD\u058A\u2010-\u2015\u2043\u2212\u2E3A\u2E3B\uFE58\uFE63\uFF0D]/g;
const BLANKS = /[\s\u00A0\u1680\u180E\u2000-\u200D\u202F\u205F\u2060\u3000\uFEFF]/g;

const INVISIBLE = /[\u200B-\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/g;

/** A line end after a dash of a key, with the marks of quoted mail at the start of the next line. */
const BREAK_AFTER_DASH = /(?<=[A-Z0-9]{4}-)[ \t]{0,8}(?:\r\n|[\r\n])[ \t>|]{0,16}(?=[A-Z0-9]{4})/g;
const RETYPED = /^[A-Za-z0-9]{4}(?: {0,2}- {0,2}[A-Za-z0-9]{4}){6}$/;

/** Capital letters of the Greek and Cyrillic alphabets that are drawn like Latin ones. */
const FOREIGN_LOOK_ALIKES: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЅІЈКМНОРСТУХ', (letter, index) => [
    letter,
    'ABEZHIKMNOPTYXABESIJKMHOPCTYX'[index] ?? letter,
  ]),
);

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  O: '0',
  0: 'O',
  I: '1',
  1: 'I',
  B: '8',
  8: 'B',
  S: '5',
  5: 'S',
  Z: '2',
  2: 'Z',
};

/** For hints: the characters that get mixed up. */
export const LOOK_ALIKE_PAIRS = 'O/0, I/1, B/8, S/5, Z/2';

/** Whether this is exactly a key as Home Assistant makes them. */
export function isHomeAssistantKey(text: string): boolean {
  return KEY.test(text);
}

/** The same for a secret that shall not become a string. */
export function isHomeAssistantKeyBytes(bytes: Uint8Array): boolean {
  const groupAndDash = GROUP_LENGTH + 1;
  return (
    bytes.length === GROUPS * groupAndDash - 1 &&
    bytes.every((byte, index) =>
      index % groupAndDash === GROUP_LENGTH
        ? byte === 0x2d
        : (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39),
    )
  );
}

/**
 * All keys in a text, in order, each once. Dashes and blanks of word processors are taken as plain ones; what
 * cannot be seen is left out; a key may go on in the next line after a dash, as in text copied from a PDF.
 */
export function findKeys(text: string): string[] {
  const seen = text.replace(INVISIBLE, '').replace(/[\u00A0\u2007\u202F]/g, ' ');
  // A soft hyphen is a typed dash in one program and an invisible break inside a group in another.
  const readings = [seen.replace(DASHES, '-'), seen.replaceAll('\u00AD', '').replace(DASHES, '-')];
  const joined = readings.map((plain) => plain.replace(BREAK_AFTER_DASH, ''));
  return [...new Set([...readings, ...joined].flatMap((plain) => plain.match(KEY_IN_TEXT) ?? []))];
}

/**
 * Keys in a text that someone typed by hand: lines that are nothing but a key, in small letters or mixed, perhaps
 * after a label and a colon. For texts in which `findKeys` finds none.
 */
export function findRetypedKeys(text: string): string[] {
  const keys = text.split(/[\r\n\u2028\u2029]/).flatMap((line) => {
    const value = line
      .replace(INVISIBLE, '')
      .replace(DASHES, '-')
      .replace(/^[^:：]{1,60}[:：]/, '')
      .trim();
    return RETYPED.test(value) ? [normaliseTypedKey(value)] : [];
  });
  return [...new Set(keys.filter((key) => key !== null))];
}

/** Whether a key stands in the text in which some letters only look like Latin ones (Cyrillic or Greek). */
export function hasForeignLookAlikes(text: string): boolean {
  const latin = text.replace(/[\u0370-\u04FF]/g, (letter) => FOREIGN_LOOK_ALIKES[letter] ?? letter);
  return latin !== text && findKeys(latin).length > 0;
}

/** Whether three groups of a key or more stand in the text: perhaps one that was cut off. */
export function hasPartOfKey(text: string): boolean {
  const plain = text.replace(INVISIBLE, '').replace(DASHES, '-');
  return /(?<![A-Za-z0-9-])(?:[A-Z0-9]{4}-){2}[A-Z0-9]{4}(?![A-Za-z0-9])/.test(plain);
}

/**
 * What Home Assistant's key must have been where someone typed one without dashes, in lower case, with spaces
 * or with typographic dashes. null when the text cannot be such a key: then it is some other password.
 */
export function normaliseTypedKey(typed: string): string | null {
  const letters = typed
    .normalize('NFKC')
    .replace(DASHES, '')
    .replace(BLANKS, '')
    .replace(/[-_.]/g, '')
    .toUpperCase();
  if (!/^[A-Z0-9]{28}$/.test(letters)) return null;
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    letters.slice(index * GROUP_LENGTH, (index + 1) * GROUP_LENGTH),
  );
  return groups.join('-');
}

/**
 * Keys that differ from this one in characters that look alike, the likeliest first: one character changed,
 * then two, and so on. Ends after `limit` candidates; gives none for a text that is not such a key.
 */
export function* lookAlikeKeys(key: string, limit: number): Generator<string> {
  if (!isHomeAssistantKey(key)) return;
  const places = Array.from(key).flatMap((character, index) => (character in LOOK_ALIKES ? [index] : []));
  let given = 0;
  for (let count = 1; count <= places.length; count++) {
    for (const chosen of combinations(places, count)) {
      if (given >= limit) return;
      given++;
      yield swapAt(key, chosen);
    }
  }
}

/** Where two keys differ, counted as people read them: group 1 to 7, character 1 to 4. */
export function differingPlaces(
  a: string,
  b: string,
): { readonly group: number; readonly character: number }[] {
  return Array.from(a).flatMap((character, index) =>
    character === b[index]
      ? []
      : [{ group: Math.floor(index / (GROUP_LENGTH + 1)) + 1, character: (index % (GROUP_LENGTH + 1)) + 1 }],
  );
}

/** Whether two keys differ only in characters that look alike. */
export function isLookAlike(a: string, b: string): boolean {
  return (
    a.length === b.length &&
    Array.from(a).every((character, index) => character === b[index] || LOOK_ALIKES[character] === b[index])
  );
}

function swapAt(key: string, places: readonly number[]): string {
  const characters = Array.from(key);
  for (const place of places)
    characters[place] = LOOK_ALIKES[characters[place] ?? ''] ?? characters[place] ?? '';
  return characters.join('');
}

function* combinations(items: readonly number[], count: number, from = 0): Generator<number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let index = from; index <= items.length - count; index++) {
    for (const rest of combinations(items, count - 1, index + 1)) yield [items[index] as number, ...rest];
  }
}
