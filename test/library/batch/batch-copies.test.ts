// Copies of one backup in a batch: they stay copies of one backup, whatever is done with them, side by side or in batches weeks apart.

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { batchReport, candidatesAt, createBatch, planBatch } from '../../../core/library/batch/index.ts';
import { Turns } from '../../../core/library/batch/twins.ts';
import type { BatchRequest } from '../../../shared/library.ts';
import { request } from '../../support/batch-request.ts';
import { backupFolder, tinyBackup } from '../library-samples.ts';
import { makeQueuedLibrary, type QueuedLibrary } from './batch-samples.ts';

async function copiesOf(password: string | null): Promise<string[]> {
  const folder = await backupFolder();
  const paths = ['one', 'two', 'three'].map((name) => join(folder, name, 'a.tar'));
  for (const path of paths) mkdirSync(join(path, '..'));
  const [first = '', ...others] = paths;
  await tinyBackup(first, { password, format: 'v2' });
  for (const other of others) copyFileSync(first, other);
  return paths;
}

async function run(
  library: QueuedLibrary,
  paths: readonly string[],
  parts: Partial<BatchRequest>,
): Promise<string[]> {
  const plan = await planBatch(library, request(parts), candidatesAt(paths));
  const job = createBatch(library.queue, plan);
  await library.queue.run(job.id);
  return batchReport(library.catalog, job.id).items.map(({ outcome }) => outcome);
}

function sameBytes(paths: readonly string[]): boolean {
  const [first = '', ...others] = paths;
  return others.every((path) => readFileSync(path).equals(readFileSync(first)));
}

it.each(['migrate', 'rekey', 'encrypt'] as const)(
  'stay one backup when all of them are worked on at once: %s',
  async (operation) => {
    const library = await makeQueuedLibrary(3);
    const [, newKeyId = ''] = await library.addKeys('apple', 'cherry');
    const paths = await copiesOf(operation === 'encrypt' ? null : 'apple');
    const outcomes = await run(library, paths, {
      operation,
      newKeyId: operation === 'migrate' ? null : newKeyId,
    });
    expect(outcomes).toEqual(['done', 'done', 'done']);
    expect(sameBytes(paths)).toBe(true);
    const identities = paths.map((path) => library.catalog.copies.find(path)?.identity);
    expect(new Set(identities).size).toBe(1);
    expect(
      paths.map((path) => library.catalog.replacements.madeAt(identities[0] ?? '', path)?.operation),
    ).toEqual([operation, operation, operation]);
  },
);

it('stay one backup when they are worked on in batches of their own', async () => {
  const library = await makeQueuedLibrary();
  await library.addKeys('apple');
  const paths = await copiesOf('apple');
  for (const path of paths) expect(await run(library, [path], {})).toEqual(['done']);
  expect(sameBytes(paths)).toBe(true);
});

it('are rewritten by themselves where the first one got another key', async () => {
  const library = await makeQueuedLibrary();
  const [, newKeyId = ''] = await library.addKeys('apple', 'cherry');
  const [first = '', second = ''] = await copiesOf('apple');
  await run(library, [first], { operation: 'rekey', newKeyId });
  await run(library, [second], {});
  expect(readFileSync(first).equals(readFileSync(second))).toBe(false);
  const { members } = await library.engine.openWith(second, [
    { label: 'key', password: Buffer.from('apple') },
  ]);
  expect(members.map(({ status }) => status)).toEqual(['opens']);
});

it('wait for each other and for nothing else, also after one of them failed', async () => {
  const turns = new Turns();
  const told: string[] = [];
  const first = Promise.withResolvers<null>();
  const work =
    (name: string, before: Promise<unknown> = Promise.resolve()) =>
    async (): Promise<void> => {
      told.push(`${name} begins`);
      await before;
      told.push(`${name} ends`);
    };
  const one = turns.run('a', work('one', first.promise));
  const two = turns.run('a', work('two'));
  await turns.run('b', work('other'));
  expect(told).toEqual(['one begins', 'other begins', 'other ends']);
  first.reject(new Error('no'));
  await expect(one).rejects.toThrow('no');
  await two;
  expect(told.slice(3)).toEqual(['two begins', 'two ends']);
});
