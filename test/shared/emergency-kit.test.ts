// Emergency kits: real ones, and every way in which an editor may have saved them again.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseEmergencyKit } from '../../shared/emergency-kit.ts';

const folder = join(import.meta.dirname, '../fixtures');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
  kits: Record<string, string[]>;
};
const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
const ENGLISH = `Home Assistant Backup Emergency Kit

This emergency kit contains your backup encryption key.

Date: March 26, 2026 at 3:23 PM

Instance:
Home

URL:
http://homeassistant.local:8123

Encryption key:
${KEY}

For more information, visit https://www.home-assistant.io/more-info/backup-emergency-kit`;
const READ = {
  keys: [KEY],
  instance: 'Home',
  url: 'http://homeassistant.local:8123',
  date: 'March 26, 2026 at 3:23 PM',
};

function utf16(text: string, order: 'LE' | 'BE', mark: boolean): Buffer {
  const bytes = Buffer.from(`${mark ? '\uFEFF' : ''}${text}`, 'utf16le');
  return order === 'LE' ? bytes : bytes.swap16();
}

describe('kits in the fixtures', () => {
  it('has an answer for every kit there is', () => {
    expect(readdirSync(join(folder, 'kits')).sort()).toEqual(Object.keys(expected.kits).sort());
  });

  it.each(Object.entries(expected.kits))('%s', (name, keys) => {
    expect(parseEmergencyKit(readFileSync(join(folder, 'kits', name))).keys).toEqual(keys);
  });

  it('reads the layout in another language', () => {
    const name = 'home_assistant_backup_emergency_kit_old_8_10_2025_20_15.txt';
    expect(parseEmergencyKit(readFileSync(join(folder, 'kits', name)))).toMatchObject({
      instance: 'Maison',
      url: 'http://homeassistant.local:8123',
      date: '8 octobre 2025 à 20:15',
    });
  });
});

describe('kits saved again', () => {
  it.each([
    ['UTF-8', Buffer.from(ENGLISH)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${ENGLISH}`)],
    ['CRLF', Buffer.from(ENGLISH.replaceAll('\n', '\r\n'))],
    ['CR alone', Buffer.from(ENGLISH.replaceAll('\n', '\r'))],
    ['UTF-16 LE with mark', utf16(ENGLISH, 'LE', true)],
    ['UTF-16 BE with mark', utf16(ENGLISH, 'BE', true)],
    ['UTF-16 LE without mark', utf16(ENGLISH, 'LE', false)],
    ['UTF-16 BE without mark', utf16(ENGLISH, 'BE', false)],
    ['no-break blanks', Buffer.from(ENGLISH.replaceAll(' ', '\u00A0'))],
    ['blanks at the ends of lines', Buffer.from(ENGLISH.replaceAll('\n', ' \t\n'))],
    ['no empty lines', Buffer.from(ENGLISH.replaceAll('\n\n', '\n'))],
  ])('%s', (_, bytes) => {
    expect(parseEmergencyKit(bytes)).toEqual(READ);
  });

  it.each(['–', '—', '‑', '−'])('with %s for dashes', (dash) => {
    expect(parseEmergencyKit(Buffer.from(ENGLISH.replace(KEY, KEY.replaceAll('-', dash)))).keys).toEqual([
      KEY,
    ]);
  });

  it('with several keys', () => {
    const older = 'AAAA-1111-BBBB-2222-CCCC-3333-DDDD';
    expect(parseEmergencyKit(Buffer.from(`${ENGLISH}\nold: ${older}\nagain: ${KEY}\n`)).keys).toEqual([
      KEY,
      older,
    ]);
  });

  it('with nothing but the key', () => {
    expect(parseEmergencyKit(Buffer.from(KEY))).toEqual({
      keys: [KEY],
      instance: null,
      url: null,
      date: null,
    });
  });

  it('with full-width colons, as in Chinese', () => {
    const chinese = `备份\n\n日期：2026年3月26日\n\n实例：\n家\n\n网址：\nhttp://ha.local\n\n密钥：\n${KEY}\n`;
    expect(parseEmergencyKit(utf16(chinese, 'LE', false))).toEqual({
      keys: [KEY],
      instance: '家',
      url: 'http://ha.local',
      date: '2026年3月26日',
    });
  });

  it('reads any bytes without an exception and finds no key in what has none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(parseEmergencyKit(bytes).keys).toEqual([]);
      }),
    );
  });

  it('does not slow down on long lines', () => {
    expect(parseEmergencyKit(Buffer.from('AAAA-'.repeat(60_000))).keys).toEqual([]);
  });
});
