// The identity names the encrypted content of a backup: the same for every copy, another after encrypting anew.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { inspect, openWith } from '../../core/backup/index.ts';
import { ARCHIVES, FIXTURES, KEY, scratch } from '../support/fixtures.ts';
import {
  HOME_ASSISTANT,
  innerTar,
  metadata,
  runner,
  sealedV2,
  small,
  v3Sealer,
  write,
} from './crafted-backups.ts';

const identityOf = async (path: string): Promise<string> => (await inspect(path)).identity;

it('is the same for a copy under another name, and for whoever opens it', async () => {
  const copy = join(await scratch(), 'some other name.tar');
  for (const name of ARCHIVES) {
    const path = join(FIXTURES, name);
    copyFileSync(path, copy);
    const identity = await identityOf(path);
    expect(identity).toMatch(/^[0-9a-f]{64}$/);
    expect(await identityOf(copy)).toBe(identity);
    expect((await openWith(copy, [KEY], runner)).identity).toBe(identity);
  }
});

it('is another for every backup', async () => {
  const identities = await Promise.all(ARCHIVES.map((name) => identityOf(join(FIXTURES, name))));
  expect(new Set(identities).size).toBe(ARCHIVES.length);
});

describe('of two backups with the same files', () => {
  const plain = gzipSync(innerTar({ 'data/configuration.yaml': 'default_config:\n' }));
  const archive = async (content: Promise<Buffer>): Promise<string> =>
    identityOf(await write([metadata(), { ...HOME_ASSISTANT, content: await content }]));

  it.each([
    ['v2', () => sealedV2(plain, 'one key')],
    ['v3', () => v3Sealer('one key')(plain)],
  ])('is another when each was encrypted by itself, also under the same key: %s', async (_, seal) => {
    expect(await archive(seal())).not.toBe(await archive(seal()));
  });

  it('is another for the plain one and the encrypted one', async () => {
    expect(await archive(Promise.resolve(plain))).not.toBe(await archive(sealedV2(plain, 'one key')));
  });
});

describe('changes with', () => {
  const base = [metadata(), HOME_ASSISTANT, small('share')];
  const changes = {
    'the slug': [metadata({ slug: '0badcaff' }), HOME_ASSISTANT, small('share')],
    'a member’s name': [metadata(), HOME_ASSISTANT, { ...small('share'), name: 'ssl' }],
    'a member’s size': [
      metadata(),
      HOME_ASSISTANT,
      { name: 'share', content: `${String(small('share').content)} ` },
    ],
    'a member’s first bytes': [metadata(), HOME_ASSISTANT, small('shore')],
    'a member more': [...base, small('ssl')],
    'a member less': [metadata(), HOME_ASSISTANT],
    'the order of members': [metadata(), small('share'), HOME_ASSISTANT],
  };

  it.each(Object.entries(changes))('%s', async (_, parts) => {
    expect(await identityOf(await write(parts))).not.toBe(await identityOf(await write(base)));
  });
});

it('does not run the fields of neighbours together', async () => {
  const names = (...all: string[]) => all.map((name) => ({ name, content: '' }));
  const one = await write([metadata(), ...names('ab', 'c')]);
  const other = await write([metadata(), ...names('a', 'bc')]);
  expect(await identityOf(one)).not.toBe(await identityOf(other));
});

it('does not see the name in Home Assistant, a dot before a member’s name, or damage further on', async () => {
  const path = join(await scratch(), 'changed.tar');
  const bytes = readFileSync(join(FIXTURES, 'v3-multichunk.tar'));
  writeFileSync(path, bytes);
  const before = await identityOf(path);
  bytes[200_000] = (bytes[200_000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  expect(await identityOf(path)).toBe(before);

  const parts = [metadata(), { ...small('share'), name: 'share.tar.gz' }];
  const renamed = [metadata({ name: 'Another' }), { ...small('share'), name: './share.tar.gz' }];
  expect(await identityOf(await write(parts))).toBe(await identityOf(await write(renamed)));
});
