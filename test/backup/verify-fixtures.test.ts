// The backups that released writers left: every good one is proven good, every odd shape is described, and what the
// metadata or the registry password says never decides.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { inspect, openWith } from '../../core/backup/index.ts';
import type { BackupVerification, VerifyLevel } from '../../shared/backup.ts';
import { ARCHIVES, FIXTURES, KEY, expected, keyOf } from '../support/fixtures.ts';
import { metadataText } from '../support/outer-archive.ts';
import { check, runner } from './crafted-backups.ts';

const LEVELS: readonly VerifyLevel[] = ['quick', 'full', 'deep'];
const WRONG = keyOf('another key', 'WRNG-0000-0000-0000-0000-0000-0000');
const OTHER = keyOf('the second key', 'OTHR-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE');
const NOW = new Date('2026-06-01T00:00:00Z');
const codes = (remarks: readonly { code: string }[]): string[] => remarks.map(({ code }) => code).sort();
const states = (result: BackupVerification): string[] =>
  result.members.map(({ name, status }) => `${name} ${status}`);

interface Archive {
  readonly format: 'plain' | 'v1' | 'v1-pax' | 'v2' | 'v3';
  readonly protected: boolean;
  readonly compressed: boolean;
  readonly slug: string;
  readonly parts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe.each(ARCHIVES)('%s', (name) => {
  const path = join(FIXTURES, name);
  const archive = expected.archives[name] as unknown as Archive;
  const { format, protected: isProtected, compressed, slug, parts } = archive;

  test('is described without a key: members, variant, protection and the sizes that headers tell', async () => {
    const result = await inspect(path, { now: NOW });
    expect(result.members.map((member) => member.name)).toEqual(Object.keys(parts));
    expect(new Set(result.members.map(({ variant }) => variant))).toEqual(new Set([format]));
    expect(result.protection).toBe(format === 'plain' ? 'plain' : 'encrypted');
    expect(result.metadata).toMatchObject({ protected: isProtected, slug });
    expect(result.metadata.compressed).toBe(compressed);
    expect(result).toMatchObject({ problem: null, sizeBytes: statSync(path).size });
    expect(result.restoreNeeds.supervisor).toBe(format === 'v3' ? '2026.02.3' : null);
    for (const member of result.members) {
      expect(member).toMatchObject({
        problem: null,
        encrypted: format !== 'plain',
        declaredEncrypted: isProtected,
      });
      expect(member.compressed).toBe(compressed);
      const known = format === 'plain' ? member.sizeBytes : format === 'v3' ? expect.any(Number) : null;
      expect(member.plaintextSizeBytes).toEqual(known);
      if (format === 'v3' && !result.metadata.compressed) expect(member.plaintextSizeBytes! % 10_240).toBe(0);
    }
    expect(codes(result.remarks).filter((code) => !code.startsWith('CORE_'))).toEqual([]);
  });

  test.each(LEVELS)('is good at level %s', async (level) => {
    const result = await check(path, level, [KEY]);
    expect(result).toMatchObject({ status: 'good', error: null, level });
    for (const member of result.members) {
      expect(member).toMatchObject({ status: 'good', error: null, salvageable: null, variant: format });
      expect(member.keyLabel).toBe(format === 'plain' ? null : KEY.label);
      const inside = Object.keys(parts[member.name] ?? {});
      // tarfile begins with the root folder, which expected.json leaves out.
      if (level !== 'quick') expect(member.entryCount - inside.length).toBeOneOf([0, 1]);
      if (level !== 'quick') expect(member.tarBytes % 10_240).toBe(0);
    }
    const deep = result.members.find(({ name: member }) => member === 'homeassistant')?.deep;
    const counts = { jsonChecked: 1, sqliteChecked: 1, yamlChecked: 3, findings: [] };
    expect(deep).toEqual(level === 'deep' ? counts : null);
    const bare = format !== 'v3' && !result.inspection.metadata.compressed && level !== 'quick';
    expect(codes(result.remarks)).toEqual(bare ? result.members.map(() => 'NO_CHECKSUM') : []);
  });

  if (format === 'plain') return;
  test('is locked with a wrong key, and asks for one without any', async () => {
    const wrong = await check(path, 'full', [WRONG]);
    expect(wrong).toMatchObject({ status: 'locked', error: { code: 'WRONG_KEY' } });
    const none = await check(path, 'full', []);
    expect(none).toMatchObject({ status: 'locked', error: { code: 'KEY_REQUIRED' } });
    for (const { status } of [...wrong.members, ...none.members]) expect(status).toBe('locked');
  });
});

describe('shapes that Home Assistant leaves', () => {
  const shape = (name: string): string => join(FIXTURES, 'shapes', name);

  test('Core without a Supervisor: metadata first, no add-ons', async () => {
    const result = await check(shape('core-container-v3.tar'), 'deep', [KEY]);
    expect(result.status).toBe('good');
    expect(result.inspection.metadata).toMatchObject({
      writtenBy: 'core',
      addons: [],
      supervisorVersion: null,
    });
    expect(result.inspection.members.map(({ name }) => name)).toEqual(['homeassistant']);
  });

  test('decrypted on download, two members still encrypted: the bytes count, each member by itself', async () => {
    const path = shape('mixed-supervisor-still-encrypted.tar');
    const result = await check(path, 'full', [KEY]);
    expect(result.status).toBe('good');
    expect(result.inspection.protection).toBe('mixed');
    expect(codes(result.inspection.remarks)).toEqual(['MIXED_MEMBERS', 'ZERO_PADDING']);
    expect(result.inspection.remarks[0]?.message).toContain('addons_local, supervisor encrypted');
    const without = await check(path);
    expect(states(without)).toEqual([
      'homeassistant good',
      'share good',
      'addons_local locked',
      'supervisor locked',
    ]);
    expect(result.inspection.members.at(-1)).toMatchObject({
      kind: 'supervisor',
      title: 'Supervisor settings',
    });
  });

  test('a flag that lies in either direction is only compared', async () => {
    const plain = await check(shape('flag-says-protected-but-plain.tar'));
    expect(plain).toMatchObject({ status: 'good', inspection: { protection: 'plain' } });
    expect(codes(plain.inspection.remarks)).toContain('FLAG_SAYS_PROTECTED');
    expect(plain.inspection.members[0]).toMatchObject({ declaredEncrypted: true, encrypted: false });
    const sealed = await check(shape('flag-says-plain-but-encrypted.tar'), 'full', [KEY]);
    expect(sealed).toMatchObject({ status: 'good', inspection: { protection: 'encrypted' } });
    expect(codes(sealed.inspection.remarks)).toContain('FLAG_SAYS_PLAIN');
    expect((await check(shape('flag-says-plain-but-encrypted.tar'))).status).toBe('locked');
  });

  test('metadata alone is a valid backup', async () => {
    const result = await check(shape('metadata-only.tar'));
    expect(result).toMatchObject({ status: 'good', members: [], inspection: { protection: 'none' } });
  });

  test('two keys: each part by itself, and with both a word about it', async () => {
    const path = shape('two-keys.tar');
    const one = await check(path, 'full', [KEY]);
    expect(states(one)).toEqual(['homeassistant good', 'share locked']);
    expect(one.error?.message).toContain(`Your key “${KEY.label}” opens other parts of the same backup.`);
    expect(states(await check(path, 'full', [OTHER]))).toEqual(['homeassistant locked', 'share good']);
    const both = await check(path, 'full', [WRONG, OTHER, KEY]);
    expect(both).toMatchObject({ status: 'good', error: null });
    expect(both.members.map(({ keyLabel }) => keyLabel)).toEqual([KEY.label, OTHER.label]);
    expect(codes(both.remarks)).toEqual(['DIFFERENT_KEYS']);
    expect((await openWith(path, [KEY, OTHER], runner)).keyLabel).toBeNull();
  });

  test('a registry password is warned of, and is in no result', async () => {
    const path = shape('registry-password-in-metadata.tar');
    const result = await check(path, 'deep', [KEY]);
    expect(codes(result.inspection.remarks)).toEqual(['SECRETS_IN_METADATA']);
    expect(result.inspection.remarks[0]?.message).toContain('the container registry hub.example');
    const all = JSON.stringify([result, await inspect(path), await openWith(path, [KEY], runner)]);
    expect(all).not.toMatch(/never-print|"password"/i);
    const secret = /"password": ?"([^"]+)"/.exec(await metadataText(path))?.[1];
    expect(secret).toBeTruthy();
    expect(all).not.toContain(secret);
  });

  test('a stale PAX size is seen through, and the difference named', async () => {
    const result = await check(shape('stale-pax-size.tar'), 'full', [KEY]);
    expect(result.status).toBe('good');
    expect(codes(result.inspection.remarks)).toEqual(['STALE_PAX_SIZE']);
    expect(result.inspection.remarks[0]?.message).toContain('153 bytes off');
    expect(result.inspection.members[0]?.sizeBytes).toBe(68_081);
  });

  test.each(['ha-decrypted-short-tail.tar', 'v3-from-short-tail.tar'])(
    '%s: ends cut by Home Assistant are told from damage, as all files are there',
    async (name) => {
      const result = await check(shape(name), 'deep', [KEY]);
      expect(result.status).toBe('good');
      expect(codes(result.remarks)).toEqual(Array(6).fill('SHORT_GZIP_END'));
      expect(result.members.every(({ error }) => error === null)).toBe(true);
      expect(result.remarks[0]?.message).toContain('was cut by Home Assistant’s own decryption; all files');
    },
  );
});
