// The key page as a PDF reader sees it (poppler): the text that can be copied, and the square code read from the picture.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { decodeQR } from 'qr/decode.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { renderKeyPage, type KeyPageFields } from '../../core/vault/kit-page.ts';

const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const fields: KeyPageFields = {
  label: 'Home 2026',
  state: 'active',
  instance: 'Home',
  url: 'http://homeassistant.local:8123',
  kitDate: 'March 26, 2026 at 3:23 PM',
  fingerprint: '3F9A-12C4',
  use: { backupCount: 31, earliest: '2025-02-13T08:00:00Z', latest: '2026-03-26T08:00:00Z' },
};
const options = { now: new Date('2026-04-02T10:00:00Z'), timeZone: 'UTC' };
const hasPoppler = ['pdftotext', 'pdftoppm', 'pdfinfo'].every((tool) => spawnSync(tool, ['-v']).status === 0);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-page-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
beforeEach((ctx) => {
  if (!hasPoppler) ctx.skip("pdftotext and pdftoppm (Debian's poppler-utils) are not installed");
});

async function store(changes: Partial<KeyPageFields>, key: string): Promise<string> {
  const path = join(folder, 'page.pdf');
  await writeFile(path, await renderKeyPage({ ...fields, ...changes }, Buffer.from(key), options));
  return path;
}

async function readText(changes: Partial<KeyPageFields> = {}, key = KEY): Promise<string> {
  const text = execFileSync('pdftotext', ['-layout', await store(changes, key), '-'], { encoding: 'utf8' });
  return text.replaceAll(/ +/g, ' ');
}

interface Picture {
  readonly width: number;
  readonly height: number;
  /** One byte for each pixel, 255 is white. */
  readonly grey: Buffer;
}

async function paint(path: string, dotsPerInch: number): Promise<Picture> {
  execFileSync('pdftoppm', ['-gray', '-r', String(dotsPerInch), '-singlefile', path, join(folder, 'page')]);
  const bytes = await readFile(join(folder, 'page.pgm'));
  const [head, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 64)) ?? [''];
  return { width: Number(width), height: Number(height), grey: bytes.subarray(head.length) };
}

function readSquareCode({ width, height, grey }: Picture): string {
  const data = new Uint8Array(width * height * 3);
  grey.forEach((value, index) => data.fill(value, index * 3, index * 3 + 3));
  return decodeQR({ width, height, data }, { timeLimit: 10_000 });
}

describe('the text of the page', () => {
  it('has the key in two lines, groups and dashes together', async () => {
    const text = await readText();
    expect(text).toMatch(/^\s*K7QF-2M9X-T4WA-8ZRB-$/m);
    expect(text).toMatch(/^\s*LP3D-V6HN-C1YE$/m);
  });

  it('says what it is, whose it is and what it opens', async () => {
    const text = await readText();
    for (const words of [
      'KEY TO HOME ASSISTANT BACKUPS',
      'printed on 2 April 2026 by Strongroom',
      'Home 2026',
      'Opens 31 backups, from 13 February 2025 to 26 March 2026',
      'Address http://homeassistant.local:8123',
      'Emergency kit of March 26, 2026 at 3:23 PM',
      'Fingerprint 3F9A-12C4',
      'To restore a backup',
      'Kept at',
      'Checked on',
      '0 zero',
      'O letter O',
    ]) {
      expect(text).toContain(words);
    }
    expect(text.replaceAll(/\s+/g, ' ')).toContain('Whoever holds this page can open them, too.');
  });

  it.each([
    ['retired', 'Retired: new backups have another key.'],
    ['compromised', 'Compromised: somebody else may know this key.'],
  ] as const)('warns when the key is %s', async (state, words) => {
    expect(await readText({ state })).toContain(words);
    expect(await readText()).not.toContain(words);
  });

  it('prints Cyrillic and Greek names', async () => {
    const text = await readText({ label: 'Дом 2026', instance: 'Το σπίτι μου' });
    expect(text).toContain('Дом 2026');
    expect(text).toContain('Το σπίτι μου');
  });

  it('says so where a name cannot be printed', async () => {
    const text = await readText({ label: '家 2026', instance: '家' });
    expect(text).toContain('Encryption key');
    expect(text).toContain('Name (in letters that this page cannot print: write it here)');
    expect(text).toContain('Home Assistant (in letters that this page cannot print: write it here)');
  });

  it('leaves out what is not known', async () => {
    const text = await readText({ instance: null, url: null, kitDate: null, use: null });
    expect(text).not.toMatch(/Address|Emergency kit of|^ *Opens|not recorded|null/m);
  });

  it('shows the blanks of another password', async () => {
    const text = await readText({}, 'two  words 0O');
    expect(text).toContain('two␣␣words␣0O');
    expect(text).toContain('13 characters');
    expect(text).toMatch(/␣ ?blank/);
  });
});

describe('the picture of the page', () => {
  it.each([
    ["Home Assistant's key", KEY],
    ['a password with blanks', 'correct horse  battery staple'],
    ['a password beyond ASCII', 'pässwörd-ключ'],
    ['the longest password', 'aB3$'.repeat(40)],
  ])('has a square code that reads as exactly %s', async (_, key) => {
    expect(readSquareCode(await paint(await store({}, key), 150))).toBe(key);
  });

  it('keeps to what both A4 and Letter can show, whichever way a printer puts it there', async () => {
    const long = { label: 'W'.repeat(100), instance: 'W '.repeat(100), url: `http://${'w'.repeat(200)}` };
    const { width, height, grey } = await paint(await store(long, 'W'.repeat(160)), 72);
    const used = { left: width, right: 0, top: height, bottom: 0 };
    grey.forEach((value, index) => {
      if (value > 200) return;
      const [x, y] = [index % width, Math.floor(index / width)];
      used.left = Math.min(used.left, x);
      used.right = Math.max(used.right, x);
      used.top = Math.min(used.top, y);
      used.bottom = Math.max(used.bottom, y);
    });
    // Letter is 50 points lower than A4; half an inch around it cannot be printed on.
    expect(used.left).toBeGreaterThan(36);
    expect(used.right).toBeLessThan(595 - 36);
    expect(used.top).toBeGreaterThan(50);
    expect(used.bottom).toBeLessThan(792);
  });
});
