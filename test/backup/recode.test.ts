// What a recode must keep and when it has nothing to do, on real backups, in this thread and on real threads.

import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { recode, verify, type RecodeOptions } from '../../core/backup/index.ts';
import {
  ARCHIVES,
  FIXTURES,
  KEY,
  NEW_KEY,
  PASSWORD,
  copyFixture,
  expected,
  scratch,
} from '../support/fixtures.ts';
import { namesIn, stateOf } from '../support/folder-state.ts';
import { independentReaderMissing, readIndependently } from '../support/independent-reader.ts';
import { openRunner, type OpenRunner, type RunnerKind } from '../support/runners.ts';

const readerMissing = independentReaderMissing();
const ENCRYPTED = ARCHIVES.filter((name) => expected.archives[name]?.format !== 'plain');
const OLD = ENCRYPTED.filter((name) => expected.archives[name]?.format !== 'v3');

describe.each<RunnerKind>(['inline', 'threads'])('recode, %s', (kind) => {
  let open: OpenRunner;
  beforeAll(async () => {
    open = await openRunner(kind);
  });
  afterAll(() => open.close());

  async function into(folder: string, path: string, options: Partial<RecodeOptions>): Promise<string> {
    await mkdir(folder, { recursive: true });
    const destination = { kind: 'folder', folder } as const;
    const report = await recode(
      path,
      { operation: 'migrate', keys: [KEY], destination, ...options },
      open.runner,
    );
    if (report.outputPath === null) throw new Error(report.message);
    return report.outputPath;
  }

  it.each(OLD)('%s decrypted after its migration is, byte for byte, the original decrypted', async (name) => {
    const folder = await scratch();
    const original = join(FIXTURES, name);
    const migrated = await into(join(folder, 'v3'), original, { operation: 'migrate' });
    const after = await into(join(folder, 'after'), migrated, { operation: 'decrypt' });
    const direct = await into(join(folder, 'direct'), original, { operation: 'decrypt' });
    expect(readFileSync(after).equals(readFileSync(direct))).toBe(true);
  });

  it.each(['v1-compressed.tar', 'v1-pax-2025.1.tar', 'v3-multichunk.tar'])(
    '%s goes back to v2 for an older Home Assistant',
    async (name) => {
      const folder = await scratch();
      const operation = expected.archives[name]?.format === 'v3' ? 'rekey' : 'migrate';
      const path = await into(join(folder, 'v2'), join(FIXTURES, name), {
        operation,
        format: 'v2',
        newKey: operation === 'rekey' ? KEY : undefined,
      });
      const verified = await verify(path, { keys: [KEY], level: 'full' }, open.runner);
      expect(verified.status).toBe('good');
      expect(new Set(verified.members.map(({ variant }) => variant))).toEqual(new Set(['v2']));
      if (readerMissing !== null) return;
      const [reading] = await readIndependently([path], PASSWORD);
      for (const [part, files] of Object.entries(expected.archives[name]?.parts ?? {}))
        expect(reading?.members[part]?.files, part).toEqual(files);
    },
  );

  it.each(['v3-compressed.tar', 'v3-uncompressed.tar', 'v3-multichunk.tar'])(
    '%s is v3 with this key already: nothing to do, and nothing is touched',
    async (name) => {
      const folder = await scratch();
      const path = copyFixture(name, folder);
      const before = await stateOf(folder);
      const destination = { kind: 'in-place', originals: 'keep' } as const;
      const report = await recode(path, { operation: 'migrate', keys: [KEY], destination }, open.runner);
      expect(report).toMatchObject({ outcome: 'nothing-to-do', outputPath: null, originals: 'untouched' });
      expect(report.message).toContain('already in format v3');
      expect(await stateOf(folder)).toEqual(before);
    },
  );

  it('a dry run says what would be done and writes nothing', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    const before = await stateOf(folder);
    const destination = { kind: 'in-place', originals: 'trash' } as const;
    const options = { operation: 'migrate', keys: [KEY], destination, dryRun: true } as const;
    const planned = await recode(path, options, open.runner);
    expect(planned.outcome).toBe('planned');
    expect(await stateOf(folder)).toEqual(before);
    const done = await recode(
      path,
      { ...options, dryRun: false, destination: { ...destination, originals: 'keep' } },
      open.runner,
    );
    expect(done.outputBytes).toBe(planned.outputBytes);
    expect(readFileSync(path).length).toBe(planned.outputBytes);
  });

  it('a second rekey keeps both originals under names of their own', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    const destination = { kind: 'in-place', originals: 'keep' } as const;
    await recode(path, { operation: 'rekey', keys: [KEY], newKey: NEW_KEY, destination }, open.runner);
    const middle = readFileSync(path);
    await recode(path, { operation: 'rekey', keys: [NEW_KEY], newKey: KEY, destination }, open.runner);
    const name = 'v2-compressed.tar';
    expect(await namesIn(folder)).toEqual([name, `${name}.orig`, `${name}.orig.2`]);
    expect(readFileSync(`${path}.orig`).equals(readFileSync(join(FIXTURES, name)))).toBe(true);
    expect(readFileSync(`${path}.orig.2`).equals(middle)).toBe(true);
    expect((await verify(path, { keys: [KEY], level: 'full' }, open.runner)).status).toBe('good');
  });
});
