// The key page without a PDF reader: what it refuses to print, where each character stands, what the file gives away.

import { inflateSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { defaultFontFolder } from '../../core/vault/kit-page-fonts.ts';
import { layOutKey, PAGE_CHARACTER_LIMIT } from '../../core/vault/kit-page-key.ts';
import { renderKeyPage, type KeyPageFields } from '../../core/vault/kit-page.ts';

const KEY = Buffer.from('K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE');
const fields: KeyPageFields = {
  label: 'Home 2026',
  state: 'active',
  instance: 'Home',
  url: 'http://homeassistant.local:8123',
  kitDate: 'March 26, 2026 at 3:23 PM',
  fingerprint: '3F9A-12C4',
};
const options = { now: new Date('2026-04-02T10:00:00Z'), timeZone: 'UTC' };
const hasAll = (): boolean => true;

describe('layOutKey', () => {
  it('puts four groups above three, each dash behind its group', () => {
    const grid = layOutKey(KEY, hasAll);
    const rows = [0, 1].map((row) =>
      grid.cells
        .filter((cell) => cell.row === row)
        .sort((a, b) => a.column - b.column)
        .map(({ character }) => character)
        .join(''),
    );
    expect(rows).toEqual(['K7QF-2M9X-T4WA-8ZRB-', 'LP3D-V6HN-C1YE']);
    expect(grid.marks.map(({ text }) => text).join('')).toBe('1234567');
  });

  it('shows every character of another password at a place of its own, in order, blanks visible', () => {
    const shown = fc.string({
      unit: fc.constantFrom('a', 'B', '0', ' ', '$', 'ä', '"', 'ж', '-'),
      minLength: 1,
      maxLength: PAGE_CHARACTER_LIMIT,
    });
    fc.assert(
      fc.property(shown, (password) => {
        const grid = layOutKey(Buffer.from(password), hasAll);
        const read = [...grid.cells].sort((a, b) => a.row - b.row || a.column - b.column);
        expect(read.map(({ character }) => character.replace('␣', ' ')).join('')).toBe(password);
        expect(new Set(read.map(({ row, column }) => `${row},${column}`)).size).toBe(grid.characterCount);
        expect(read.every(({ row, column }) => row < grid.rows && column < grid.columns)).toBe(true);
        expect(grid.text).toBe(password);
        expect(grid.hasBlanks).toBe(password.includes(' '));
      }),
    );
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['bytes that are no text', Buffer.from([0x61, 0xff])],
    ['a tab', Buffer.from('a\tb')],
    ['a line break', Buffer.from('a\nb')],
    ['a no-break blank', Buffer.from('a\u00A0b')],
    ['a zero-width blank', Buffer.from('a\u200Bb')],
    ['a byte order mark', Buffer.from('\uFEFFab')],
    ['an accent that stands alone', Buffer.from('a\u0301')],
    ['the Ångström sign, which looks like a letter', Buffer.from('\u212B')],
    ['the sign that stands for a blank', Buffer.from('a␣b')],
    ['letters that join', Buffer.from('مفتاح')],
    ['writing from right to left', Buffer.from('דלת')],
    ['too much', Buffer.from('x'.repeat(PAGE_CHARACTER_LIMIT + 1))],
  ])('refuses %s', (_, key) => {
    expect(() => layOutKey(key, hasAll)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('refuses what the font lacks', () => {
    expect(() => layOutKey(Buffer.from('a家'), (character) => character !== '家')).toThrow(/font lacks/);
  });
});

describe('renderKeyPage', () => {
  it('gives the same bytes for the same page and date', async () => {
    const [one, two] = [await renderKeyPage(fields, KEY, options), await renderKeyPage(fields, KEY, options)];
    expect(one.equals(two)).toBe(true);
    expect(one.equals(await renderKeyPage(fields, KEY, { ...options, now: new Date(0) }))).toBe(false);
  });

  it('is one page of A4, compressed, with the key in no property of the document', async () => {
    const page = await renderKeyPage({ ...fields, label: 'Secret name' }, KEY, options);
    const plain = page.toString('latin1');
    expect(plain.match(/\/Type \/Page\b/g)).toHaveLength(1);
    expect(plain).toContain('/MediaBox [0 0 595.28 841.89]');
    expect(plain).toContain('/Filter /FlateDecode');
    const hex = KEY.toString('hex');
    const wide = Buffer.from(KEY.toString(), 'utf16le').swap16().toString('latin1');
    for (const text of [KEY.toString(), 'K7QF', 'V6HN', hex, wide, 'Secret name']) {
      expect(plain).not.toContain(text);
    }
    expect(plain).toContain('Encryption key of Home Assistant backups');
    expect(page.length).toBeLessThan(100_000);
  });

  it('needs no font but those of its folder', async () => {
    const page = (await renderKeyPage(fields, KEY, { ...options, fontFolder: defaultFontFolder() })).toString(
      'latin1',
    );
    const fonts = page.match(/\/BaseFont \/[A-Z]{6}\+([\w-]+)/g)?.map((name) => name.replace(/.*\+/, ''));
    expect([...new Set(fonts)].sort()).toEqual(['DejaVuSans', 'DejaVuSans-Bold', 'DejaVuSansMono']);
    expect(page).not.toMatch(/\/BaseFont \/(?![A-Z]{6}\+)/);
  });

  it('says that the fonts are missing', async () => {
    await expect(renderKeyPage(fields, KEY, { ...options, fontFolder: '/nowhere' })).rejects.toMatchObject({
      code: 'IO_FAILED',
      message: expect.stringContaining('DejaVuSans.ttf'),
    });
  });

  it('refuses a password that its font cannot draw, without repeating it', async () => {
    const attempt = renderKeyPage(fields, Buffer.from('Quux家'), options);
    await expect(attempt).rejects.toMatchObject({ code: 'USAGE' });
    await expect(attempt).rejects.not.toThrow(/Quux|家/);
  });

  it('leaves the key as it was', async () => {
    const key = Buffer.from(KEY);
    await renderKeyPage(fields, key, options);
    expect(key.equals(KEY)).toBe(true);
  });

  it('has room for the longest of everything, in every state', async () => {
    const long = {
      label: 'W'.repeat(300),
      instance: 'W '.repeat(300),
      url: `http://${'w'.repeat(300)}`,
      kitDate: 'W'.repeat(300),
    };
    const use = { backupCount: 12_345, earliest: '2019-09-30T00:00:00Z', latest: '2026-09-30T00:00:00Z' };
    for (const state of ['active', 'retired', 'compromised'] as const) {
      for (const key of [
        KEY,
        Buffer.from('W'.repeat(PAGE_CHARACTER_LIMIT)),
        ...[40, 41, 90, 91].map((length) => Buffer.from('ж '.repeat(50).slice(0, length))),
        Buffer.from('ж'.repeat(PAGE_CHARACTER_LIMIT)),
      ]) {
        const page = await renderKeyPage({ ...fields, ...long, state, use }, key, options);
        expect(page.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(1);
      }
    }
  });

  it('prints any name or leaves it out, but never an empty box', async () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('家', '🏠 Home', 'الرئيسية', '\uD800', '', ' '),
    );
    await fc.assert(
      fc.asyncProperty(name, name, async (label, instance) => {
        const page = await renderKeyPage(
          { ...fields, label, instance, url: instance, kitDate: label },
          KEY,
          options,
        );
        expect(drawsMissingGlyph(page)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});

/** Whether glyph 0, the empty box, is drawn: text is written as hexadecimal numbers of the subset's glyphs. */
function drawsMissingGlyph(page: Buffer): boolean {
  return contentOf(page)
    .match(/<[\da-f]+>/gi)!
    .some((run) => run.slice(1, -1).match(/.{4}/g)!.includes('0000'));
}

function contentOf(page: Buffer): string {
  const start = page.indexOf('stream\n') + 'stream\n'.length;
  return inflateSync(page.subarray(start, page.indexOf('\nendstream', start))).toString('latin1');
}
