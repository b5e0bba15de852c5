// Ten years of backup.json and snapshot.json read into one shape; wrong types are damage, secrets are only named.

import { describe, expect, test } from 'vitest';

import { parseMetadata } from '../../core/backup/file/metadata.ts';
import type { BackupMetadata } from '../../shared/backup.ts';
import { toPlainError, type PlainError } from '../../shared/errors.ts';

const parse = (json: unknown, fileName: BackupMetadata['fileName'] = 'backup.json') =>
  parseMetadata(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), fileName);

function refusal(json: unknown): PlainError {
  try {
    parse(json);
  } catch (error) {
    return toPlainError(error);
  }
  return expect.unreachable('it was accepted');
}

/** As Core writes it on a Container installation. */
const CORE = {
  compressed: true,
  date: '2025-06-15T14:00:00.123456+02:00',
  extra: { instance_id: 'abc', with_automatic_settings: true },
  homeassistant: { exclude_database: true, version: '2025.6.1' },
  name: 'Automatic backup 2025.6.1',
  protected: true,
  slug: '7e4c4611',
  type: 'partial',
  version: 2,
};

describe('variants', () => {
  test('Core’s own', () => {
    expect(parse(CORE)).toEqual({
      secrets: [],
      metadata: {
        fileName: 'backup.json',
        writtenBy: 'core',
        slug: '7e4c4611',
        name: 'Automatic backup 2025.6.1',
        date: '2025-06-15T12:00:00.123Z',
        requestedDate: null,
        type: 'partial',
        metadataVersion: 2,
        supervisorVersion: null,
        homeAssistantVersion: '2025.6.1',
        excludesDatabase: true,
        compressed: true,
        protected: true,
        addons: [],
        folders: [],
        repositories: [],
        instanceId: 'abc',
        automatic: true,
      },
    });
  });

  test('a Supervisor’s, with all it lists', () => {
    const { metadata } = parse({
      ...CORE,
      type: 'full',
      supervisor_version: '2025.05.5',
      addons: [{ slug: 'core_mosquitto', name: 'Mosquitto broker', version: '6.5.1', size: 0.4 }],
      folders: ['share', 'addons/local'],
      repositories: ['https://example.org/addons'],
      extra: {
        'supervisor.backup_request_date': '2025-06-15T11:58:00+00:00',
        'supervisor.addon_update': 'x',
      },
    });
    expect(metadata).toMatchObject({
      writtenBy: 'supervisor',
      type: 'full',
      supervisorVersion: '2025.05.5',
      addons: [{ slug: 'core_mosquitto', name: 'Mosquitto broker', version: '6.5.1', sizeMegabytes: 0.4 }],
      folders: ['share', 'addons/local'],
      repositories: ['https://example.org/addons'],
      requestedDate: '2025-06-15T11:58:00.000Z',
      instanceId: null,
      automatic: null,
    });
  });

  test('a Supervisor’s of 2021, which did not yet write its version', () => {
    const { supervisor_version: _, ...old } = {
      ...CORE,
      supervisor_version: '',
      folders: [],
      addons: [],
      repositories: [],
    };
    expect(parse(old).metadata).toMatchObject({ writtenBy: 'supervisor', supervisorVersion: null });
  });

  test('snapshot.json of version 1: protection as a string, crypto, docker, a whole number as size', () => {
    const { metadata } = parse(
      {
        slug: 'a',
        name: 'Old',
        date: '2020-02-01T10:00:00.000000+00:00',
        type: 'full',
        protected: 'bcrypt-hash',
        crypto: 'aes128',
        docker: { registries: {} },
        homeassistant: { version: '0.101.2', boot: true, port: 8123 },
        addons: [{ slug: 'x', name: 'X', version: 1.5, size: 12 }],
        folders: ['ssl'],
        repositories: [],
      },
      'snapshot.json',
    );
    expect(metadata).toMatchObject({
      fileName: 'snapshot.json',
      writtenBy: 'supervisor',
      metadataVersion: 1,
    });
    expect(metadata).toMatchObject({ protected: true, compressed: true, homeAssistantVersion: '0.101.2' });
    expect(metadata.addons[0]).toMatchObject({ version: '1.5', sizeMegabytes: 12 });
  });

  test('no Home Assistant in it, nulls and unknown keys', () => {
    const { metadata } = parse({
      slug: 'a',
      homeassistant: null,
      protected: null,
      crypto: null,
      supervisor_version: null,
      docker: null,
      extra: null,
      something: { new: ['in', 2030] },
    });
    expect(metadata).toMatchObject({ homeAssistantVersion: null, protected: false, excludesDatabase: false });
    expect(metadata).toMatchObject({ instanceId: null, requestedDate: null });
  });

  test('only a slug, which is the identity', () => {
    expect(parse({ slug: 'a' }).metadata).toMatchObject({ name: '', date: null, type: 'full', folders: [] });
    expect(refusal({ name: 'without' })).toMatchObject({ details: { field: 'slug' } });
  });

  test.each([
    [false, false],
    [true, true],
    ['', false],
    ['anything', true],
  ])('protected %j is read as %s', (value, read) => {
    expect(parse({ slug: 'a', protected: value }).metadata.protected).toBe(read);
  });

  test('a byte order mark is no damage', () => {
    expect(parse('\uFEFF{"slug":"a"}').metadata.slug).toBe('a');
  });

  test('keys with a meaning in JavaScript are plain keys', () => {
    const { metadata } = parse(
      '{"slug":"a","__proto__":{"polluted":true},"constructor":1,"extra":{"__proto__":{"x":1}}}',
    );
    expect(metadata.slug).toBe('a');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('dates', () => {
  test.each([
    ['2025-06-15T12:00:00+00:00', '2025-06-15T12:00:00.000Z'],
    ['2025-06-15T12:00:00.123456+00:00', '2025-06-15T12:00:00.123Z'],
    ['2025-06-15T14:00:00.5+02:00', '2025-06-15T12:00:00.500Z'],
    ['2025-06-15 05:30:00-06:30', '2025-06-15T12:00:00.000Z'],
    ['2025-06-15T17:45:00+0545', '2025-06-15T12:00:00.000Z'],
    ['2025-06-15T12:00:00Z', '2025-06-15T12:00:00.000Z'],
    ['2025-06-15t12:00:00z', '2025-06-15T12:00:00.000Z'],
    ['2025-06-15T12:00:00', '2025-06-15T12:00:00.000Z'],
    ['2025-06-15 12:00', '2025-06-15T12:00:00.000Z'],
    ['2025-06-15', '2025-06-15T00:00:00.000Z'],
    ['1890-01-01T00:19:32+00:19:32', '1890-01-01T00:00:32.000Z'],
  ])('“%s” is the instant %s, wherever this computer is', (date, instant) => {
    const zone = process.env['TZ'];
    try {
      for (const here of ['UTC', 'Pacific/Auckland', 'America/St_Johns']) {
        process.env['TZ'] = here;
        expect(parse({ slug: 'a', date }).metadata.date).toBe(instant);
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  test.each([
    '',
    'yesterday',
    'Backup 7',
    '15.06.2025',
    '2025-13-01T00:00:00Z',
    '2025-06-15T25:00:00Z',
    '20250615',
    'Jun 15 2025',
  ])('“%s” is no date, and none is guessed', (date) =>
    expect(parse({ slug: 'a', date }).metadata.date).toBeNull(),
  );
});

describe('damage', () => {
  test.each([
    ['not JSON', '{"slug": '],
    ['not an object', '[]'],
    ['a text', '"slug"'],
    ['null', 'null'],
    ['empty', ''],
  ])('%s', (_, json) => {
    expect(refusal(json)).toMatchObject({ code: 'DAMAGED_METADATA', hint: expect.any(String) as string });
  });

  test('bytes that are no UTF-8', () => {
    expect(() => parseMetadata(Buffer.from('7b22736c7567223a22ff227d', 'hex'), 'backup.json')).toThrow(
      'not valid JSON',
    );
  });

  test.each([
    [{ slug: 7 }, 'slug'],
    [{ slug: 'a', compressed: 'yes' }, 'compressed'],
    [{ slug: 'a', protected: 1 }, 'protected'],
    [{ slug: 'a', type: 'other' }, 'type'],
    [{ slug: 'a', version: '2' }, 'version'],
    [{ slug: 'a', homeassistant: '2025.6' }, 'homeassistant'],
    [{ slug: 'a', folders: 'share' }, 'folders'],
    [{ slug: 'a', addons: [{ name: 'without slug' }] }, 'addons.0.slug'],
    [{ slug: 'a', extra: 'text' }, 'extra'],
  ])('%j: the field is named', (json, field) => {
    const error = refusal(json);
    expect(error).toMatchObject({ code: 'DAMAGED_METADATA', details: { field } });
    expect(error.message).toBe(`backup.json is damaged: “${field}” is not what it should be.`);
  });

  test('nothing of the content is in the message', () => {
    for (const json of [
      '{"docker":{"registries":{"r":{"password":"hunter2"}}}',
      { slug: 'a', compressed: 'hunter2' },
    ])
      expect(JSON.stringify(refusal(json))).not.toContain('hunter2');
  });
});

describe('secrets', () => {
  test('registry passwords and refresh tokens are named, their values are nowhere', () => {
    const result = parse({
      slug: 'a',
      docker: { registries: { 'hub.example': { username: 'me', password: 'hunter2' }, 'open.example': {} } },
      homeassistant: { version: '0.110', refresh_token: 'tok-hunter2' },
    });
    expect(result.secrets).toEqual([
      'the password of the container registry hub.example',
      'a Home Assistant refresh token',
    ]);
    expect(JSON.stringify(result)).not.toMatch(/hunter2|"me"/);
  });

  test('empty places for secrets are none', () => {
    const { secrets } = parse({
      slug: 'a',
      docker: { registries: {} },
      homeassistant: { refresh_token: null },
    });
    expect(secrets).toEqual([]);
  });
});
