// Copies of one backup that are rewritten one after the other stay copies: the second is the first one's file, once it is proven to hold
// what its own rewriting would give. What is no twin changes nothing.

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { inspect, recode, verify, type BackupKey, type RecodeOptions } from '../../core/backup/index.ts';
import type { RecodeReport } from '../../shared/backup.ts';
import { copyFixture, FIXTURES, KEY, NEW_KEY, scratch } from '../support/fixtures.ts';
import { openRunner, type OpenRunner } from '../support/runners.ts';

let open: OpenRunner;
beforeAll(async () => {
  open = await openRunner('threads');
});
afterAll(() => open.close());

const NAMES = ['v1-compressed.tar', 'v1-streamed-2024.tar', 'v2-uncompressed.tar', 'v3-multichunk.tar'];

/** Two copies of a fixture in two folders. */
async function twoCopies(name: string): Promise<{ readonly here: string; readonly there: string }> {
  const folder = await scratch();
  const [one, other] = ['one', 'other'].map((part) => join(folder, part)) as [string, string];
  for (const part of [one, other]) mkdirSync(part);
  return { here: copyFixture(name, one), there: copyFixture(name, other) };
}

function rekey(
  path: string,
  twins: readonly string[],
  more: Partial<RecodeOptions> & { readonly newKey?: BackupKey } = {},
): Promise<RecodeReport> {
  const destination = { kind: 'in-place', originals: 'keep' } as const;
  return recode(
    path,
    { operation: 'rekey', keys: [KEY], newKey: NEW_KEY, destination, twins, ...more },
    open.runner,
  );
}

const identityAt = async (path: string): Promise<string> => (await inspect(path)).identity;

describe('two copies of one backup', () => {
  it.each(NAMES)('stay one backup after both got a new key: %s', async (name) => {
    const { here, there } = await twoCopies(name);
    await rekey(here, []);
    const report = await rekey(there, ['/nowhere/at/all.tar', here]);
    expect(report).toMatchObject({ outcome: 'done', originals: 'keep', outputPath: there });
    expect(report.message).toContain('the same file as another copy');
    expect(report.outputBytes).toBe(readFileSync(there).length);
    expect(readFileSync(there).equals(readFileSync(here))).toBe(true);
    expect(await identityAt(there)).toBe(await identityAt(here));
    expect((await verify(there, { keys: [NEW_KEY], level: 'full' }, open.runner)).status).toBe('good');
    expect(await identityAt(`${there}.orig`)).not.toBe(await identityAt(there));
  });

  it('become two where nobody says that there is a twin', async () => {
    const { here, there } = await twoCopies('v2-uncompressed.tar');
    await rekey(here, []);
    const { message } = await rekey(there, []);
    expect(message).not.toContain('same file');
    expect(await identityAt(there)).not.toBe(await identityAt(here));
  });
});

describe('a file that is no twin', () => {
  const cases: Readonly<Record<string, (here: string) => Promise<void>>> = {
    'is under another key': async (here) => {
      await rekey(here, [], { newKey: { label: 'another', password: Buffer.from('another one') } });
    },
    'is in another format': async (here) => {
      await rekey(here, [], { format: 'v2' });
    },
    'was damaged since': async (here) => {
      await rekey(here, []);
      const bytes = readFileSync(here);
      const middle = bytes.length >> 1;
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
      writeFileSync(here, bytes);
    },
    'was cut off since': async (here) => {
      await rekey(here, []);
      writeFileSync(here, readFileSync(here).subarray(0, -2048));
    },
    'is the old form itself': () => Promise.resolve(),
    'is another backup': (here) => {
      copyFileSync(join(FIXTURES, 'v3-compressed.tar'), here);
      return Promise.resolve();
    },
  };

  it.each(Object.entries(cases))(
    'that %s is not taken, and the backup is rewritten by itself',
    async (_, spoil) => {
      const { here, there } = await twoCopies('v2-uncompressed.tar');
      await spoil(here);
      const { outcome, message } = await rekey(there, [here]);
      expect(outcome).toBe('done');
      expect(message).not.toContain('same file');
      expect((await verify(there, { keys: [NEW_KEY], level: 'full' }, open.runner)).status).toBe('good');
    },
  );
});

it('heals nobody: a damaged copy is refused although its twin is whole, and stays as it is', async () => {
  const { here, there } = await twoCopies('v3-multichunk.tar');
  await rekey(here, []);
  const bytes = readFileSync(there);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(there, bytes);
  await expect(rekey(there, [here])).rejects.toMatchObject({ code: 'DAMAGED_PAYLOAD' });
  expect(readFileSync(there).equals(bytes)).toBe(true);
  expect(existsSync(`${there}.partial`)).toBe(false);
});
