// One small file out of a backup of any format, read no further than it goes.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { inlineRunner, readEntry, type MemberTask, type ReadEntryOptions } from '../../core/backup/index.ts';
import { FIXTURES, KEY, expected, keyOf } from '../support/fixtures.ts';
import { openRunner, withBetween } from '../support/runners.ts';
import { check, innerTar, metadata, runner, sodium, v3Sealer, write } from './crafted-backups.ts';

const OPTIONS: ReadEntryOptions = {
  members: ['homeassistant'],
  name: 'data/configuration.yaml',
  keys: [KEY],
  limitBytes: 1024 * 1024,
};
const read = (path: string, changes: Partial<ReadEntryOptions> = {}): Promise<Buffer | null> =>
  readEntry(path, { ...OPTIONS, ...changes }, runner);

async function backupOf(tar: Buffer, seal = (plain: Buffer) => Promise.resolve(plain)): Promise<string> {
  const content = await seal(gzipSync(tar));
  return write([metadata(), { name: './homeassistant.tar.gz', content }]);
}

it.each(Object.keys(expected.archives).filter((name) => !name.includes('multichunk')))(
  'gives what the fixture holds: %s',
  async (name) => {
    const entry = expected.archives[name]?.parts['homeassistant']?.['./data/configuration.yaml'];
    const content = await read(join(FIXTURES, name));
    expect(content?.length).toBe(entry?.['size']);
    expect(
      createHash('sha256')
        .update(content ?? '')
        .digest('hex'),
    ).toBe(entry?.['sha256']);
  },
);

it('works on a thread of the pool, too', async () => {
  const { runner: threads, close } = await openRunner('threads');
  try {
    const content = await readEntry(join(FIXTURES, 'v3-compressed.tar'), OPTIONS, threads);
    expect(content).toEqual(await read(join(FIXTURES, 'v3-compressed.tar')));
    expect(content?.buffer).not.toBeInstanceOf(SharedArrayBuffer);
  } finally {
    await close();
  }
});

describe('gives nothing', () => {
  const fixture = join(FIXTURES, 'v2-compressed.tar');

  it.each([
    'data/no-such-file',
    'configuration.yaml',
    'data/Configuration.yaml',
    'data',
    'data/config-link.yaml',
  ])('for %s', async (name) => expect(await read(fixture, { name })).toBeNull());

  it('for a file that another member has', async () => {
    expect(await read(fixture, { members: ['ssl'] })).toBeNull();
    expect(await read(fixture, { members: ['ssl'], name: './ssl.txt' })).not.toBeNull();
    expect(await read(fixture, { members: [], name: 'ssl.txt' })).not.toBeNull();
  });
});

it('reads no further than the entry: damage behind it does not matter', async () => {
  const tar = innerTar({ 'data/first': 'the first', 'data/last': 'the last' });
  tar.fill(0x55, 1024); // where the second header should be
  const path = await backupOf(tar);
  expect((await check(path)).status).toBe('damaged');
  expect((await read(path, { name: 'data/first' }))?.toString()).toBe('the first');
  await expect(read(path, { name: 'data/last' })).rejects.toMatchObject({ code: 'DAMAGED_PAYLOAD' });
});

it('refuses one that is too large, whatever stands in it', async () => {
  const path = await backupOf(innerTar({ 'data/large': 'x'.repeat(1001), 'data/empty': '' }));
  await expect(read(path, { name: 'data/large', limitBytes: 1000 })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  });
  expect((await read(path, { name: 'data/large', limitBytes: 1001 }))?.length).toBe(1001);
  expect((await read(path, { name: 'data/empty' }))?.length).toBe(0);
});

it.each([
  ['WRONG_KEY', { keys: [keyOf('other', 'another key')] }],
  ['KEY_REQUIRED', { keys: [] }],
  ['USAGE', { members: ['no_such_part'] }],
  ['CANCELLED', { signal: AbortSignal.abort() }],
])('is refused as %s', async (code, changes) => {
  await expect(read(join(FIXTURES, 'v3-compressed.tar'), changes)).rejects.toMatchObject({ code });
});

it('leaves neither the keys nor the content in shared memory', async () => {
  const tasks: MemberTask[] = [];
  const contents: Uint8Array[] = [];
  const watched = withBetween(inlineRunner(sodium), { before: (task) => void tasks.push(task) });
  const seeing: typeof watched = {
    sodium,
    run: async (task, options) => {
      const result = await watched.run(task, options);
      if (task.kind === 'entry') contents.push((result as { content: Uint8Array }).content);
      return result;
    },
  };
  const path = await backupOf(innerTar({ 'data/configuration.yaml': 'secret: 1' }), v3Sealer('the key'));
  const content = await readEntry(path, { ...OPTIONS, keys: [keyOf('k', 'the key')] }, seeing);
  expect(content?.toString()).toBe('secret: 1');
  expect(contents.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(['00'.repeat(9)]);
  const passwords = tasks.flatMap((task) => (task.kind === 'entry' ? task.keys : []));
  expect(passwords.map(({ password }) => Buffer.from(password).toString('hex'))).toEqual(['00'.repeat(7)]);
});
