// Kits that went through mail, word processors, web pages and a tired hand.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseEmergencyKit } from '../../shared/emergency-kit.ts';
import { findRetypedKeys, hasForeignLookAlikes, hasPartOfKey } from '../../shared/key-format.ts';
import { visibleText } from '../../shared/kit-text.ts';

const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const LINES = [
  'Home Assistant Backup Emergency Kit',
  '',
  'Date: March 26, 2026 at 3:23 PM',
  '',
  'Instance:',
  'Home',
  '',
  'URL:',
  'http://homeassistant.local:8123',
  '',
  'Encryption key:',
  KEY,
  '',
  'For more information, visit https://www.home-assistant.io/more-info/backup-emergency-kit',
];
const TEXT = LINES.join('\n');
const READ = {
  keys: [KEY],
  instance: 'Home',
  url: 'http://homeassistant.local:8123',
  date: 'March 26, 2026 at 3:23 PM',
};
const bold = (line: string): string => (line.endsWith(':') ? `**${line}**` : line);

describe('whole kits', () => {
  it.each([
    ['quoted mail', LINES.map((line) => `> ${line}`).join('\r\n')],
    ['mail quoted twice', LINES.map((line) => `>> ${line}`).join('\n')],
    ['mail quoted apart', LINES.map((line) => `> > ${line}`).join('\n')],
    ['Markdown', LINES.map(bold).join('\n').replace(KEY, `\`${KEY}\``)],
    ['Markdown headings and lists', TEXT.replaceAll(/^(\w+):$/gm, '## $1:').replace('Home\n', '- Home\n')],
    [
      'a web page',
      `<!DOCTYPE html><html><head><title>x</title><style>p { color: red }</style></head><body>${LINES.map((line) => `<p>${line}</p>`).join('')}</body></html>`,
    ],
    [
      'a web page with breaks',
      `<html><body>${LINES.join('<br/>\n').replace(KEY, `<b>${KEY.slice(0, 7)}</b>${KEY.slice(7)}`)}</body></html>`,
    ],
    [
      'a web page with entities',
      `<div>${LINES.join('</div>\n<div>').replaceAll(' ', '&nbsp;').replace(KEY, KEY.replaceAll('-', '&#8211;'))}</div>`,
    ],
    [
      'RTF',
      `{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial;}}{\\*\\generator Word;}\\f0\\fs24 ${TEXT.replaceAll('\n', '\\par\n')}}`,
    ],
    [
      'RTF with dashes of its own',
      `{\\rtf1\\ansi ${LINES.join('\\par\r\n').replace(KEY, "K7QF\\'962M9X\\endash T4WA\\u8211?8ZRB\\u8211 \\'96LP3D\\_V6HN-C1YE".replace("\\u8211 \\'96", "\\u8211\\'96"))}}`,
    ],
  ])('%s', (_, text) => {
    expect(parseEmergencyKit(Buffer.from(text))).toEqual(READ);
  });

  it('cut off behind the key', () => {
    expect(parseEmergencyKit(Buffer.from(TEXT.slice(0, TEXT.indexOf(KEY) + KEY.length)))).toEqual(READ);
  });

  it('without an address between its labels', () => {
    const text = TEXT.replace('http://homeassistant.local:8123', 'unknown');
    expect(parseEmergencyKit(Buffer.from(text))).toEqual({ ...READ, url: null });
  });
});

describe('keys', () => {
  it.each([
    ['split over two lines after a dash', KEY.replace('8ZRB-', '8ZRB-\n')],
    ['split with CRLF and blanks', KEY.replace('8ZRB-', '8ZRB- \r\n    ')],
    ['split in quoted mail', KEY.replace('8ZRB-', '8ZRB-\n> ')],
    ['split twice', KEY.replace('2M9X-', '2M9X-\n').replace('LP3D-', 'LP3D-\n')],
    ['with soft hyphens for dashes', KEY.replaceAll('-', '\u00AD')],
    ['with soft hyphens inside groups', KEY.replace('T4WA', 'T4\u00ADWA')],
    ['with soft hyphens behind dashes', KEY.replaceAll('-', '-\u00AD')],
    ['with zero-width blanks behind dashes', KEY.replaceAll('-', '-\u200B')],
    ['with word joiners', KEY.replaceAll('-', '\u2060-\u2060')],
    ['with marks of direction', `\u202A${KEY}\u202C`],
    ['with no-break hyphens', KEY.replaceAll('-', '\u2011')],
    ['with en dashes', KEY.replaceAll('-', '–')],
    ['between no-break blanks', `\u00A0${KEY}\u00A0`],
  ])('%s', (_, key) => {
    expect(parseEmergencyKit(Buffer.from(TEXT.replace(KEY, key))).keys).toEqual([KEY]);
  });

  it('never makes one key of two', () => {
    const other = 'AAAA-1111-BBBB-2222-CCCC-3333-DDDD';
    expect(parseEmergencyKit(Buffer.from(`${KEY}\n${other}\n`)).keys).toEqual([KEY, other]);
    expect(parseEmergencyKit(Buffer.from(`${KEY}-\n${other}\n`)).keys).toEqual([other]);
  });
});

describe('keys typed again by hand', () => {
  it.each([
    KEY.toLowerCase(),
    ` ${KEY.toLowerCase()} `,
    `Key: ${KEY.toLowerCase()}`,
    KEY.toLowerCase().replaceAll('-', ' - '),
    KEY.toLowerCase().replaceAll('-', '–'),
    'k7QF-2m9x-T4wa-8ZRB-lp3d-v6HN-c1YE',
  ])('reads %j', (line) => {
    expect(findRetypedKeys(`my kit\n${line}\r\nbye`)).toEqual([KEY]);
  });

  it.each([
    'Keep this with your home hubs only',
    `my key is ${KEY.toLowerCase()}`,
    KEY.toLowerCase().replaceAll('-', ''),
    KEY.toLowerCase().slice(0, -1),
    '3f9a 12c4 0000 ffff 1234 5678 9abc',
    KEY.replace('K', 'К').toLowerCase(),
  ])('leaves %j alone', (line) => {
    expect(findRetypedKeys(line)).toEqual([]);
  });
});

describe('what is wrong with a key', () => {
  it('recognises Greek and Cyrillic look-alikes', () => {
    expect(hasForeignLookAlikes(TEXT.replace('K7QF', 'К7QF').replace('T4WA', 'Т4WА'))).toBe(true);
    expect(hasForeignLookAlikes(TEXT.replace('C1YE', 'C1ΥΕ'))).toBe(true);
    expect(hasForeignLookAlikes(TEXT)).toBe(false);
    expect(hasForeignLookAlikes('Дом и сад')).toBe(false);
  });

  it('recognises a part of a key', () => {
    expect(hasPartOfKey(TEXT.slice(0, TEXT.indexOf(KEY) + 21))).toBe(true);
    expect(hasPartOfKey('ABCD-EFGH')).toBe(false);
    expect(hasPartOfKey('550E8400-E29B-41D4-A716-446655440000')).toBe(false);
  });
});

describe('any bytes', () => {
  const start = fc.constantFrom('', '{\\rtf1 ', '<html>', '\uFEFF');
  const noise = fc.string({
    unit: fc.constantFrom(
      '{',
      '}',
      '\\',
      "\\'96",
      '\\u8211',
      '\\*',
      '<',
      '>',
      '&#x',
      ';',
      '&amp;',
      '-',
      '\n',
      'A',
      '<p ',
    ),
    maxLength: 200,
  });

  it('never throw', () => {
    fc.assert(
      fc.property(start, noise, (head, text) => {
        expect(parseEmergencyKit(Buffer.from(head + text)).keys).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['dashes', '-'.repeat(260_000)],
    ['groups', 'AAAA-'.repeat(52_000)],
    ['groups and line ends', 'AAAA-\n'.repeat(43_000)],
    ['blanks', `AAAA-${' '.repeat(260_000)}`],
    ['open tags', `<p>${'<p '.repeat(86_000)}`],
    ['open scripts', '<script>'.repeat(32_000)],
    ['open braces', `{\\rtf1${'{'.repeat(250_000)}`],
    ['backslashes', `{\\rtf1${'\\'.repeat(250_000)}`],
    ['long words', `{\\rtf1${'\\abcdefgh'.repeat(28_000)}`],
    ['marks', '> '.repeat(130_000)],
    ['colons', ':'.repeat(260_000)],
  ])('do not slow it down: %s', (_, text) => {
    const bytes = Buffer.from(text);
    const started = performance.now();
    parseEmergencyKit(bytes);
    findRetypedKeys(visibleText(bytes));
    hasPartOfKey(text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
