// What can be said without a key: names, titles, sizes, protection and what is odd, for backups put together here.

import { describe, expect, test } from 'vitest';

import { inspect } from '../../core/backup/index.ts';
import type { BackupInspection, RemarkCode } from '../../shared/backup.ts';
import {
  HOME_ASSISTANT,
  innerTar,
  metadata,
  outer,
  sealedV2,
  small,
  v3Sealer,
  write,
  type Part,
} from './crafted-backups.ts';

const NOW = new Date('2024-07-01T00:00:00Z');
const inspected = async (parts: readonly Part[]): Promise<BackupInspection> =>
  inspect(await write(parts), { now: NOW });
const codes = ({ remarks }: BackupInspection): RemarkCode[] => remarks.map(({ code }) => code);

describe('members', () => {
  test('have names for people, and are told apart by kind', async () => {
    const listed = metadata({
      addons: [
        { slug: 'core_mosquitto', name: 'Mosquitto broker', version: '6.5.1', size: 1 },
        { slug: 'a0d7b954_nameless', name: '', version: '1', size: 1 },
      ],
      folders: ['share', 'addons/local'],
    });
    const names = ['core_mosquitto', 'a0d7b954_nameless', 'share', 'addons_local', 'supervisor', 'stray'];
    const result = await inspected([HOME_ASSISTANT, ...names.map((name) => small(`${name}.tar.gz`)), listed]);
    expect(result.members.map(({ name, kind, title }) => [name, kind, title])).toEqual([
      ['homeassistant', 'homeassistant', 'Home Assistant'],
      ['core_mosquitto', 'addon', 'Mosquitto broker'],
      ['a0d7b954_nameless', 'addon', 'a0d7b954_nameless'],
      ['share', 'folder', 'Folder share'],
      ['addons_local', 'folder', 'Folder addons/local'],
      ['supervisor', 'supervisor', 'Supervisor settings'],
      ['stray', 'unlisted', 'stray'],
    ]);
    expect(codes(result)).toEqual(['MEMBER_NOT_LISTED']);
  });

  test.each([
    'homeassistant.tar.gz',
    './homeassistant.tar.gz',
    '.homeassistant.tar.gz',
    '/homeassistant.tar.gz',
  ])('“%s” is one member under all the names it was ever stored as', async (storedName) => {
    const [member] = (await inspected([{ ...HOME_ASSISTANT, name: storedName }, metadata()])).members;
    expect(member).toMatchObject({ name: 'homeassistant', storedName });
  });

  test('.tgz, .tar and other endings: compression is told by the bytes, else by the name', async () => {
    const [gz, seal] = [small('x').content as Buffer, v3Sealer('k')];
    const result = await inspected([
      { name: 'share.tgz', content: gz },
      { name: 'ssl.tar', content: gz },
      { name: 'media.tar', content: innerTar({ a: 'b' }) },
      { name: 'one_sealed.tgz', content: await seal(gz) },
      { name: 'two_sealed.tar', content: await seal(innerTar({ a: 'b' })) },
      { name: 'notes.txt', content: 'hello' },
      metadata(),
    ]);
    expect(result.members.map(({ name, variant, compressed }) => [name, variant, compressed])).toEqual([
      ['share', 'plain', true],
      ['ssl', 'plain', true],
      ['media', 'plain', false],
      ['one_sealed', 'v3', true],
      ['two_sealed', 'v3', false],
      ['notes.txt', 'opaque', null],
    ]);
  });

  test('an empty member and one that is no archive are kept, and say nothing about protection', async () => {
    const sealed = await v3Sealer('k')(innerTar({}));
    const result = await inspected([
      { name: 'share.tar.gz' },
      { name: 'cover.png', content: 'pixels' },
      { name: 'ssl.tar', content: sealed },
      metadata({ protected: true, folders: ['share', 'ssl'], homeassistant: null }),
    ]);
    expect(result.members[0]).toMatchObject({
      variant: 'empty',
      sizeBytes: 0,
      encrypted: false,
      problem: null,
    });
    expect(result.members[1]).toMatchObject({ variant: 'opaque', plaintextSizeBytes: 6, encrypted: false });
    expect(result.protection).toBe('encrypted');
  });

  test('folders and links in the outer archive are no members', async () => {
    const result = await inspected([
      { name: './', type: '5' },
      HOME_ASSISTANT,
      { name: 'link.tar', type: '2', linkName: '/etc/passwd', statedSize: 5120 },
      metadata(),
    ]);
    expect(result.members.map(({ name }) => name)).toEqual(['homeassistant']);
    expect(result.problem).toBeNull();
  });

  test('times come from PAX where it has them, and 1970 is none', async () => {
    const result = await inspected([
      { ...small('share.tar.gz'), pax: { mtime: '1750000000.5' } },
      { ...small('ssl.tar.gz'), mtime: '00000000000\0' },
      metadata({ folders: ['share', 'ssl'] }),
    ]);
    expect(result.members.map(({ modified }) => modified)).toEqual(['2025-06-15T15:06:40.500Z', null]);
  });
});

describe('protection', () => {
  test('is what the bytes say: plain, encrypted, mixed, unclear or none', async () => {
    const sealed = { name: 'share.tar.gz', content: await sealedV2(small('x').content as Buffer, 'k') };
    const broken = { name: 'ssl.tar', content: Buffer.alloc(100, 7) };
    const protection = async (...parts: Part[]) => (await inspected([...parts, metadata()])).protection;
    expect(await protection(HOME_ASSISTANT)).toBe('plain');
    expect(await protection(sealed)).toBe('encrypted');
    expect(await protection(HOME_ASSISTANT, sealed)).toBe('mixed');
    expect(await protection(HOME_ASSISTANT, broken)).toBe('unclear');
    expect(await protection()).toBe('none');
  });

  test('v3 anywhere in it tells what can restore it', async () => {
    const sealed = { name: 'share.tar', content: await v3Sealer('k')(innerTar({})) };
    expect((await inspected([HOME_ASSISTANT, sealed, metadata()])).restoreNeeds).toEqual({
      supervisor: '2026.02.3',
      core: '2026.3',
    });
    expect((await inspected([HOME_ASSISTANT, metadata()])).restoreNeeds).toEqual({
      supervisor: null,
      core: null,
    });
  });
});

describe('remarks', () => {
  test('a whole and honest backup has none', async () => {
    expect(await inspected([HOME_ASSISTANT, metadata()])).toMatchObject({ remarks: [], problem: null });
  });

  test('parts that are listed and missing, or there and not listed, or there twice', async () => {
    const result = await inspected([
      HOME_ASSISTANT,
      small('ssl.tar.gz'),
      small('ssl.tar.gz'),
      small('local_thing.tar.gz'),
      metadata({ folders: ['ssl', 'media', 'addons/local'], addons: [{ slug: 'core_ssh' }] }),
    ]);
    expect(result.remarks.map(({ code, member }) => `${code} ${member}`)).toEqual([
      'MEMBER_MISSING core_ssh',
      'MEMBER_MISSING media',
      'MEMBER_MISSING addons/local',
      'DUPLICATE_MEMBER ssl',
      'MEMBER_NOT_LISTED local_thing',
    ]);
  });

  test.each([
    ['2021.1.4', ['CORE_INSECURE']],
    ['0.118.5', ['CORE_INSECURE']],
    ['2021.1.5', ['CORE_OUT_OF_SUPPORT']],
    ['2022.6.7', ['CORE_OUT_OF_SUPPORT']],
    ['2022.7.0', []],
    ['2024.6.0', []],
  ])('Home Assistant %s, in July 2024: %j', async (version, expected) => {
    expect(codes(await inspected([HOME_ASSISTANT, metadata({ homeassistant: { version } })]))).toEqual(
      expected,
    );
  });

  test('a Supervisor that is newer than one’s own would refuse it', async () => {
    const path = await write([HOME_ASSISTANT, metadata({ supervisor_version: '2024.06.2' })]);
    const remarks = async (supervisorVersion: string) =>
      codes(await inspect(path, { now: NOW, supervisorVersion }));
    expect(await remarks('2024.06.1')).toEqual(['NEWER_SUPERVISOR']);
    expect(await remarks('2024.05.9')).toEqual(['NEWER_SUPERVISOR']);
    expect(await remarks('2024.6.2')).toEqual([]);
    expect(await remarks('2024.10.0')).toEqual([]);
  });

  test('zeros beyond the last record are told, those within it are not', async () => {
    const whole = outer([HOME_ASSISTANT, metadata()]);
    expect(codes(await inspect(await write(whole), { now: NOW }))).toEqual([]);
    const padded = await inspect(await write(Buffer.concat([whole, Buffer.alloc(20_480)])), { now: NOW });
    expect(padded.remarks[0]).toMatchObject({ code: 'ZERO_PADDING' });
    expect(padded.remarks[0]?.message).toContain('20480 bytes');
  });
});

describe('metadata in the file', () => {
  test('backup.json is read first or last, as snapshot.json only where there is none', async () => {
    const old = metadata({ slug: 'old' }, 'snapshot.json');
    const slug = async (...parts: Part[]) => (await inspected(parts)).metadata.slug;
    expect(await slug(metadata(), HOME_ASSISTANT)).toBe('0badcafe');
    expect(await slug(HOME_ASSISTANT, old)).toBe('old');
    expect(await slug(metadata(), HOME_ASSISTANT, old)).toBe('0badcafe');
    expect(await slug(old, HOME_ASSISTANT, { ...metadata(), name: '.backup.json' })).toBe('0badcafe');
  });

  test('of two with one name the last counts, as for tarfile', async () => {
    const result = await inspected([
      metadata({ slug: 'first' }),
      HOME_ASSISTANT,
      metadata({ slug: 'second' }),
    ]);
    expect(result.metadata.slug).toBe('second');
    expect(result.members).toHaveLength(1);
  });

  test('metadata over 16 MiB is refused before it is read', async () => {
    const large = metadata({ name: 'x'.repeat(16 * 1024 ** 2) });
    await expect(inspected([HOME_ASSISTANT, large])).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  });

  test('a tar without any part of a backup is not a damaged backup, but none', async () => {
    const photos = { name: 'photos/cat.jpg', content: 'meow' };
    await expect(inspected([photos])).rejects.toMatchObject({ code: 'NOT_A_BACKUP' });
    await expect(inspected([photos, small('share.tar.gz')])).rejects.toMatchObject({
      code: 'DAMAGED_METADATA',
    });
  });
});
