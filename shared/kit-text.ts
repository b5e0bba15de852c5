// The text of an emergency kit, whatever program saved it last: the encoding found out, and the markup of web
// pages, RTF, Markdown and quoted mail taken off. It keeps lines as lines, because a kit's layout is its lines.

/** Text of a file that may have been saved as UTF-8 or UTF-16, with or without a byte order mark. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** The text that a person would see: of RTF and web pages without their markup, of anything else as it is. */
export function visibleText(bytes: Uint8Array): string {
  const text = decodeText(bytes);
  if (text.startsWith('{\\rtf')) return textOfRtf(text);
  return /^\s*<[!?a-z]/i.test(text) ? textOfHtml(text) : text;
}

/** The lines with something in them, blanks made plain. */
export function linesOf(text: string): string[] {
  return text
    .split(LINE_END)
    .map(plainBlanks)
    .filter((line) => line !== '');
}

/** A line as kits have it: one plain blank between words, none at the ends. */
export function plainBlanks(line: string): string {
  return line.replace(/[\s\u200B\u2060\uFEFF]+/g, ' ').trim();
}

/** A line without the marks of quoted mail and of Markdown: `> **URL:**` is `URL:`. */
export function withoutMarks(line: string): string {
  const bare = line.replace(/^(?:[>|] ?)+/, '').replace(/^(?:#{1,6}|[-*+]) /, '');
  return bare.replace(/^(\*\*|__|\*|_|`)(.*)\1$/, '$2').trim();
}

const LINE_END = /\r\n|[\r\n\u2028\u2029]/;

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  // Without a mark: in UTF-16 the key, the address and every line end have a zero in each pair of bytes.
  const sample = bytes.subarray(0, 4096);
  const zeros = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (odd > even && odd > sample.length / 8) return 'utf-16le';
  if (even > odd && even > sample.length / 8) return 'utf-16be';
  return 'utf-8';
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00A0',
  shy: '\u00AD',
  ndash: '\u2013',
  mdash: '\u2014',
  minus: '\u2212',
  hyphen: '\u2010',
  dash: '\u2010',
  horbar: '\u2015',
  colon: ':',
};

function textOfHtml(html: string): string {
  return html
    .replace(/<(script|style|title)\b[^<>]*>[^<]*<\/\1>/gi, '')
    .replace(
      /<\/?(?:address|article|blockquote|br|dd|div|dl|dt|h[1-6]|hr|li|ol|p|pre|section|table|td|th|tr|ul)\b[^<>]*>/gi,
      '\n',
    )
    .replace(/<\/?[a-z!][^<>]*>/gi, '')
    .replace(
      /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi,
      (whole, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
        const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      },
    );
}

/** RTF's own words for characters; every other control word is layout. */
const RTF_CHARACTERS: Readonly<Record<string, string>> = {
  par: '\n',
  line: '\n',
  sect: '\n',
  page: '\n',
  row: '\n',
  cell: '\n',
  tab: '\t',
  endash: '\u2013',
  emdash: '\u2014',
};
const RTF_SYMBOLS: Readonly<Record<string, string>> = {
  '~': '\u00A0',
  _: '\u2011',
  '-': '',
  '\n': '\n',
  '\r': '\n',
};
const RTF_HIDDEN = /^(?:fonttbl|colortbl|stylesheet|info|pict|header|footer|generator)$/;
const RTF_TOKEN =
  /\\u(-?\d{1,6}) ?(?:\\'[\da-f]{2}|[^\\{}\r\n])?|\\'([\da-f]{2})|\\([a-z]{1,32})(?:-?\d{1,10})? ?|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)/gi;

function textOfRtf(rtf: string): string {
  const pieces: string[] = [];
  const shown: boolean[] = [true];
  const latin = new TextDecoder('windows-1252');
  for (const [, unicode, byte, word, symbol, brace, plain] of rtf.matchAll(RTF_TOKEN)) {
    if (brace === '{') shown.push(shown.at(-1) ?? true);
    else if (brace === '}') shown.pop();
    else if (symbol === '*' || (word !== undefined && RTF_HIDDEN.test(word))) shown[shown.length - 1] = false;
    else if (shown.at(-1) !== true) continue;
    else if (unicode !== undefined) pieces.push(String.fromCharCode(Number(unicode) & 0xffff));
    else if (byte !== undefined) pieces.push(latin.decode(Uint8Array.of(Number.parseInt(byte, 16))));
    else if (word !== undefined) pieces.push(RTF_CHARACTERS[word] ?? '');
    else if (symbol !== undefined) pieces.push(RTF_SYMBOLS[symbol] ?? symbol);
    else if (plain !== undefined) pieces.push(plain);
  }
  return pieces.join('');
}
