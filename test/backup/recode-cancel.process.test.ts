// The user stops a recode: it ends at once, the original is whole and in its place, and nothing else is left.

import { copyFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { verify, type RecodeOptions } from '../../core/backup/index.ts';
import type { Progress } from '../../shared/backup.ts';
import { KEY, PASSWORD, copyFixture, newFolder, scratch } from '../support/fixtures.ts';
import { namesIn, stateOf } from '../support/folder-state.ts';
import { failureOf, once } from '../support/interruptions.ts';
import { makeBackup } from '../support/make-backup.ts';
import { openRunner, type Between, type OpenRunner, type RunnerKind } from '../support/runners.ts';

const STOPPED_WITHIN_MS = 5000;
const MEMBERS = 4;
const MEMBER_BYTES = 1024 * 1024;
let big = '';

beforeAll(async () => {
  big = join(await newFolder(), 'backup.tar');
  await makeBackup(big, PASSWORD, MEMBERS, MEMBER_BYTES);
});
afterAll(() => rm(dirname(big), { recursive: true, force: true }));

async function bigCopy(folder: string): Promise<string> {
  const path = join(folder, 'backup.tar');
  await copyFile(big, path);
  return path;
}

describe.each<RunnerKind>(['inline', 'threads'])('a recode that is stopped, %s', (kind) => {
  let open: OpenRunner;
  beforeAll(async () => {
    open = await openRunner(kind);
  });
  afterAll(() => open.close());

  const failing = (path: string, options: Partial<RecodeOptions>, between: Between = {}) =>
    failureOf(path, open.runner, options, between);

  it.each(['writing', 'reading-back'] as const)(
    'stopped while %s, it ends at once and leaves only the original',
    async (phase) => {
      const folder = await scratch();
      const path = await bigCopy(folder);
      const before = await stateOf(folder);
      const stop = new AbortController();
      let stoppedAt = 0;
      const onProgress = (progress: Progress): void => {
        if (progress.phase !== phase || stop.signal.aborted) return;
        stoppedAt = performance.now();
        stop.abort();
      };
      expect(await failing(path, { signal: stop.signal, onProgress })).toBe('CANCELLED');
      expect(performance.now() - stoppedAt).toBeLessThan(STOPPED_WITHIN_MS);
      expect(await stateOf(folder)).toEqual(before);
    },
  );

  it.each(['write', 'digest'] as const)(
    'stopped in the middle of a %s task, it ends at once and leaves only the original',
    async (task) => {
      const folder = await scratch();
      const path = await bigCopy(folder);
      const before = await stateOf(folder);
      const stop = new AbortController();
      let stoppedAt = 0;
      const after = once(task, () => {
        stoppedAt = performance.now();
        stop.abort();
      });
      expect(await failing(path, { signal: stop.signal }, { after })).toBe('CANCELLED');
      expect(performance.now() - stoppedAt).toBeLessThan(STOPPED_WITHIN_MS);
      expect(await stateOf(folder)).toEqual(before);
    },
  );

  it('stopped before it began, it does not begin', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    const before = await stateOf(folder);
    expect(await failing(path, { signal: AbortSignal.abort() })).toBe('CANCELLED');
    expect(await stateOf(folder)).toEqual(before);
  });

  it('stopped while swapping, it is done all the same', async () => {
    const folder = await scratch();
    const path = copyFixture('v2-compressed.tar', folder);
    const stop = new AbortController();
    const onProgress = ({ phase }: Progress): void => {
      if (phase === 'swapping') stop.abort();
    };
    expect(await failing(path, { signal: stop.signal, onProgress })).toBe(null);
    expect(stop.signal.aborted).toBe(true);
    expect(await namesIn(folder)).toEqual([basename(path), `${basename(path)}.orig`]);
    expect((await verify(path, { keys: [KEY], level: 'full' }, open.runner)).status).toBe('good');
  });
});
