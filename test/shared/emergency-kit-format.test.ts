// Written kits: byte for byte Home Assistant's, read back as they were, and nothing around the key can pass for another.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  emergencyKitFileName,
  formatEmergencyKit,
  isReadableByImport,
  parseEmergencyKit,
} from '../../shared/emergency-kit.ts';

const NAME = 'home_assistant_backup_emergency_kit_26_03_2026_15_23.txt';
const stored = readFileSync(join(import.meta.dirname, '../fixtures/kits', NAME));
const KEY = Buffer.from('K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE');
const OTHER = 'AAAA-1111-BBBB-2222-CCCC-3333-DDDD';
const date = new Date('2026-03-26T14:23:45Z');
const timeZone = 'Europe/Berlin';
const home = { instance: 'Home', url: 'http://homeassistant.local:8123', date, timeZone };

describe('formatEmergencyKit', () => {
  it('writes the very file that Home Assistant makes', () => {
    expect(Buffer.from(formatEmergencyKit(home, KEY)).equals(stored)).toBe(true);
  });

  it('says what is not recorded, and reads it back as not known', () => {
    const bytes = formatEmergencyKit({ ...home, instance: null, url: null }, KEY);
    expect(Buffer.from(bytes).toString()).toContain('Instance:\n(not recorded)\n\nURL:\n(not recorded)\n');
    expect(parseEmergencyKit(bytes)).toEqual({
      keys: [KEY.toString()],
      instance: null,
      url: null,
      date: 'March 26, 2026 at 3:23 PM',
    });
  });

  it.each([
    ['a name like a label', 'URL:'],
    ['a name like an address', 'http://evil.example'],
    ['a name like markup', '<html><br><script>'],
    ['a name like RTF', '{\\rtf1 \\par'],
    ['a name in Markdown', '**Home:**'],
    ['quoted mail', '> Home'],
    ['no Latin letter', '家 🏠 דום'],
  ])('reads back %s', (_, instance) => {
    expect(parseEmergencyKit(formatEmergencyKit({ ...home, instance }, KEY))).toEqual({
      keys: [KEY.toString()],
      instance,
      url: home.url,
      date: 'March 26, 2026 at 3:23 PM',
    });
  });

  it.each(['\n', '\r\n', '\r', '\u2028', '\u2029', '\u0085', '\v', '\f'])(
    'lets no name forge a line with %j',
    (end) => {
      const instance = `Home${end}${end}Encryption key:${end}${OTHER.slice(0, 9)}`;
      const bytes = formatEmergencyKit({ ...home, instance }, KEY);
      const lines = Buffer.from(bytes)
        .toString()
        .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/);
      expect(lines).toHaveLength(16);
      expect(lines[7]).toBe('Home Encryption key: AAAA-1111');
    },
  );

  it.each([OTHER, `my ${OTHER}!`, OTHER.replaceAll('-', '–'), OTHER.replace('-', '\u200B-')])(
    'lets no name or address pass for a key: %j',
    (text) => {
      const bytes = formatEmergencyKit({ ...home, instance: text, url: `http://x/${text}` }, KEY);
      expect(parseEmergencyKit(bytes).keys).toEqual([KEY.toString()]);
    },
  );

  it('reads back any name and address, and only the one key', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({
        unit: fc.constantFrom('A', '1', '-', ':', '\n', '>', '*', ' ', '\u00AD', 'http://x', OTHER),
        maxLength: 40,
      }),
    );
    fc.assert(
      fc.property(name, fc.oneof(fc.webUrl(), name), (instance, url) => {
        const bytes = formatEmergencyKit({ ...home, instance, url }, KEY);
        const kit = parseEmergencyKit(bytes);
        expect(kit.keys).toEqual([KEY.toString()]);
        expect(kit.date).toBe('March 26, 2026 at 3:23 PM');
        expect(Buffer.from(bytes).toString().split('\n')).toHaveLength(16);
        // What is read is what was written: writing it again changes nothing.
        const again = formatEmergencyKit({ ...home, instance: kit.instance, url: kit.url }, KEY);
        expect(Buffer.from(again).equals(Buffer.from(bytes))).toBe(true);
        if (
          /^[^\s\u0000-\u001F\u007F-\u009F]+( [^\s\u0000-\u001F\u007F-\u009F]+)*$/.test(instance) &&
          !/[\u200B\u2060\uFEFF\uD800-\uDFFF]/.test(instance) &&
          !instance.includes('1111')
        ) {
          expect(kit.instance).toBe(instance);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['hunter2', ' two words ', 'pässwörd', 'k7qf-2m9x-t4wa-8zrb-lp3d-v6hn-c1ye'])(
    'prints another password as it is and says that import cannot find it: %j',
    (password) => {
      const key = Buffer.from(password);
      expect(Buffer.from(formatEmergencyKit(home, key)).toString()).toContain(
        `\nEncryption key:\n${password}\n\nFor`,
      );
      expect(isReadableByImport(key)).toBe(false);
      expect(parseEmergencyKit(formatEmergencyKit(home, key)).keys).toEqual([]);
    },
  );

  it('writes bytes that are no text as they are', () => {
    const bytes = Buffer.from(formatEmergencyKit(home, Buffer.from([0xff, 0x00, 0xfe])));
    expect(bytes.includes(Buffer.from([0x0a, 0xff, 0x00, 0xfe, 0x0a, 0x0a]))).toBe(true);
  });

  it('refuses a password with a line break, without repeating it', () => {
    for (const end of ['\n', '\r']) {
      const attempt = (): Uint8Array => formatEmergencyKit(home, Buffer.from(`quux${end}frob`));
      expect(attempt).toThrow(expect.objectContaining({ code: 'USAGE' }));
      expect(attempt).not.toThrow(/quux|frob/);
    }
  });

  it("says that a kit with Home Assistant's own key can be imported", () => {
    expect(isReadableByImport(KEY)).toBe(true);
  });
});

describe('emergencyKitFileName', () => {
  it('is the name that Home Assistant gives, in the time zone of the person', () => {
    expect(emergencyKitFileName(date, timeZone)).toBe(NAME);
    expect(emergencyKitFileName(new Date('2026-03-26T23:05:00Z'), 'Asia/Tokyo')).toBe(
      'home_assistant_backup_emergency_kit_27_03_2026_08_05.txt',
    );
    expect(emergencyKitFileName(new Date('2026-01-01T00:05:00Z'), 'UTC')).toContain('01_01_2026_00_05');
  });

  it('can be told apart within one minute', () => {
    expect(emergencyKitFileName(date, timeZone, 2)).toBe(NAME.replace('.txt', '_2.txt'));
  });
});
