// After recode and verify, however they end, no key lies in the memory that the threads share.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { recode, verify, type MemberRunner, type MemberTask } from '../../core/backup/index.ts';
import { ARCHIVES, FIXTURES, KEY, NEW_KEY, scratch } from '../support/fixtures.ts';
import { openRunner, withBetween, type OpenRunner, type RunnerKind } from '../support/runners.ts';

/** Watches every shared buffer that goes into a task. */
class SecretWatch {
  readonly runner: MemberRunner;
  readonly seen = new Set<Uint8Array>();

  constructor(runner: MemberRunner, onTask: (task: MemberTask) => void = () => undefined) {
    const before = (task: MemberTask): void => {
      for (const secret of sharedIn(task)) {
        expect(secret.some((byte) => byte !== 0)).toBe(true); // else nothing could be decrypted with it
        this.seen.add(secret);
      }
      onTask(task);
    };
    this.runner = withBetween(runner, { before });
  }

  expectWiped(): void {
    expect(this.seen.size).toBeGreaterThan(0);
    for (const secret of this.seen) expect([...secret].every((byte) => byte === 0)).toBe(true);
  }
}

/** Keys and nothing else are in shared memory (core/backup/member-source.ts). */
function sharedIn(value: unknown): Uint8Array[] {
  if (value instanceof Uint8Array) return value.buffer instanceof SharedArrayBuffer ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(sharedIn);
}

describe.each<RunnerKind>(['inline', 'threads'])('keys in shared memory, %s', (kind) => {
  let open: OpenRunner;
  beforeAll(async () => {
    open = await openRunner(kind);
  });
  afterAll(() => open.close());

  const encrypted = ARCHIVES.filter((name) => !name.startsWith('plain'));

  it.each(encrypted)('are zero after verifying and after re-encrypting %s', async (name) => {
    const folder = await scratch();
    const reading = new SecretWatch(open.runner);
    await verify(join(FIXTURES, name), { keys: [KEY], level: 'full' }, reading.runner);
    reading.expectWiped();
    const writing = new SecretWatch(open.runner);
    const destination = { kind: 'folder', folder } as const;
    await recode(
      join(FIXTURES, name),
      { operation: 'rekey', keys: [KEY], newKey: NEW_KEY, destination },
      writing.runner,
    );
    writing.expectWiped();
  });

  it('are zero after a recode to v2', async () => {
    const watch = new SecretWatch(open.runner);
    const destination = { kind: 'folder', folder: await scratch() } as const;
    const options = { operation: 'rekey', keys: [KEY], newKey: NEW_KEY, destination, format: 'v2' } as const;
    await recode(join(FIXTURES, 'v3-compressed.tar'), options, watch.runner);
    watch.expectWiped();
  });

  it('are zero after a recode that met damage', async () => {
    const watch = new SecretWatch(open.runner);
    const destination = { kind: 'folder', folder: await scratch() } as const;
    const path = join(FIXTURES, 'bad/v3-bit-flip-last-chunk.tar');
    const failing = recode(
      path,
      { operation: 'rekey', keys: [KEY], newKey: NEW_KEY, destination },
      watch.runner,
    );
    await expect(failing).rejects.toMatchObject({ code: 'DAMAGED_PAYLOAD' });
    watch.expectWiped();
  });

  it.each(['write', 'digest'] as const)('are zero after a recode stopped at a %s task', async (stopAt) => {
    const folder = join(await scratch(), 'out');
    await mkdir(folder);
    const stop = new AbortController();
    const watch = new SecretWatch(open.runner, (task) => {
      if (task.kind === stopAt) stop.abort();
    });
    const destination = { kind: 'folder', folder } as const;
    const options = { operation: 'migrate', keys: [KEY], destination, signal: stop.signal } as const;
    const failing = recode(join(FIXTURES, 'v2-compressed.tar'), options, watch.runner);
    await expect(failing).rejects.toMatchObject({ code: 'CANCELLED' });
    watch.expectWiped();
  });
});
