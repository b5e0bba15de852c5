// What the catalogue keeps of an inspection.

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { inspect } from '../../core/backup/index.ts';
import { countsAsBackup, factsOf } from '../../core/library/library-facts.ts';
import { HOME_ASSISTANT, metadata, sealedV2, v3Sealer, write, type Part } from '../backup/crafted-backups.ts';
import { copyFixture, scratch } from '../support/fixtures.ts';

const PLAIN = gzipSync(Buffer.alloc(10_240));
const part = (name: string, content: Buffer): Part => ({ name: `./${name}.tar.gz`, content });

describe('the format', () => {
  it.each([
    ['v1-compressed.tar', 'v1'],
    ['v1-pax-2025.1.tar', 'v1'],
    ['v2-compressed.tar', 'v2'],
    ['v3-compressed.tar', 'v3'],
    ['plain-compressed.tar', 'plain'],
  ])('of %s is %s', async (fixture, format) => {
    const facts = factsOf(await inspect(copyFixture(fixture, await scratch())));
    expect(facts.details).toMatchObject({ format, mismatch: false });
  });

  it('of parts in several is mixed, that of parts in one and plain ones is that one, and no parts have none', async () => {
    const v2 = part('share', await sealedV2(PLAIN, 'key'));
    const v3 = part('ssl', await v3Sealer('key')(PLAIN));
    const folders = ['share', 'ssl'];
    const detailsOf = async (...parts: Part[]) => factsOf(await inspect(await write(parts))).details;
    const all = metadata({ protected: true, folders });
    expect(await detailsOf(all, HOME_ASSISTANT, v2, v3)).toMatchObject({
      format: 'mixed',
      protection: 'mixed',
    });
    expect(await detailsOf(all, HOME_ASSISTANT, v2)).toMatchObject({ format: 'v2', mismatch: true });
    expect(await detailsOf(metadata())).toMatchObject({
      format: 'none',
      protection: 'none',
      mismatch: false,
    });
  });
});

it('says when the metadata says another thing than the bytes', async () => {
  const mismatchOf = async (isProtected: boolean, content: Buffer) =>
    factsOf(
      await inspect(
        await write([metadata({ protected: isProtected, folders: ['share'] }), part('share', content)]),
      ),
    ).details?.mismatch;
  const sealed = await sealedV2(PLAIN, 'key');
  expect(await mismatchOf(true, sealed)).toBe(false);
  expect(await mismatchOf(false, PLAIN)).toBe(false);
  expect(await mismatchOf(false, sealed)).toBe(true);
  expect(await mismatchOf(true, PLAIN)).toBe(true);
});

it('keeps what people want to know of a backup, and its parts in order', async () => {
  const addons = [{ slug: 'core_mosquitto', name: 'Mosquitto broker', version: '6.4', size: 0.1 }];
  const described = metadata({
    type: 'partial',
    folders: ['share'],
    addons,
    extra: { instance_id: 'home', 'supervisor.backup_request_date': '2025-06-14T23:59:00+00:00' },
  });
  const path = await write([part('core_mosquitto', PLAIN), HOME_ASSISTANT, part('share', PLAIN), described]);
  const inspection = await inspect(path);
  expect(factsOf(inspection)).toMatchObject({
    slug: '0badcafe',
    date: '2025-06-14T23:59:00.000Z',
    instanceId: 'home',
    encryptedParts: [],
    details: {
      type: 'partial',
      homeAssistantVersion: '2024.6.0',
      sizeBytes: inspection.sizeBytes,
      protection: 'plain',
      contents: ['Mosquitto broker', 'Home Assistant', 'Folder share'],
      restoreNeeds: { supervisor: null, core: null },
    },
    members: [
      {
        position: 0,
        name: 'core_mosquitto',
        title: 'Mosquitto broker',
        variant: 'plain',
        sizeBytes: PLAIN.length,
      },
      { position: 1, name: 'homeassistant' },
      { position: 2, name: 'share' },
    ],
  });
});

it('tells backups of the library from what else lies in a folder', () => {
  const folder = join('backups', 'deep');
  for (const name of ['a.tar', 'A.TAR', '.a.tar', 'a.orig.tar'])
    expect(countsAsBackup(join(folder, name))).toBe(true);
  for (const name of [
    'a.tar.orig',
    'a.tar.orig.2',
    '._a.tar',
    'a.tar.part',
    'a.tgz',
    'tar',
    'a.tar.partial',
    'Strongroom quarantine/a.tar',
  ])
    expect(countsAsBackup(join(folder, name))).toBe(false);
});
