// Which key opens which part: each part by itself, one Argon2id a key and root salt, wrong key and damage apart.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { inlineRunner, openWith, type BackupKey } from '../../core/backup/index.ts';
import { KeyRing } from '../../core/backup/open/key-ring.ts';
import { deriveLegacyKey, parseHeader } from '../../core/securetar/index.ts';
import type { KeyMatch } from '../../shared/backup.ts';
import { FIXTURES, KEY, keyOf } from '../support/fixtures.ts';
import { openRunner, withBetween } from '../support/runners.ts';
import { flipped } from '../securetar/pieces.ts';
import {
  countingSodium,
  metadata,
  runner,
  sealedV2,
  small,
  v3Sealer,
  write,
  type Part,
} from './crafted-backups.ts';

const GZIP = small('x').content as Buffer;
const A = keyOf('A', 'password A');
const B = keyOf('B', 'password B');
const C = keyOf('C', 'password C');
const states = ({ members }: KeyMatch): string[] =>
  members.map(({ member, status, keyLabel }) => `${member} ${status} ${keyLabel}`);

async function backup(parts: Readonly<Record<string, Buffer>>): Promise<string> {
  const listed = Object.entries(parts).map(([name, content]): Part => ({ name: `${name}.tar.gz`, content }));
  return write([...listed, metadata({ folders: Object.keys(parts), homeassistant: null })]);
}

test.each([
  'v1-compressed.tar',
  'v1-uncompressed.tar',
  'v1-pax-2025.1.tar',
  'v2-compressed.tar',
  'v2-uncompressed.tar',
  'v3-compressed.tar',
])('%s: the right key among wrong ones opens every part', async (name) => {
  const match = await openWith(join(FIXTURES, name), [A, B, KEY, C], runner);
  expect(match.keyLabel).toBe(KEY.label);
  expect(match.members.every(({ status, error }) => status === 'opens' && error === null)).toBe(true);
});

test('parts under different keys, plain ones and damaged ones are answered each by itself', async () => {
  const sealB = v3Sealer('password B');
  const path = await backup({
    share: await v3Sealer('password A')(GZIP),
    media: GZIP,
    ssl: await sealB(GZIP),
    one_x: await sealedV2(GZIP, 'password C'),
    two_x: await v3Sealer('nobody has this')(GZIP),
    three_x: flipped(await sealB(GZIP), 9, 2),
  });
  const match = await openWith(path, [A, B, C], runner);
  expect(states(match)).toEqual([
    'share opens A',
    'media not-needed null',
    'ssl opens B',
    'one_x opens C',
    'two_x wrong-key null',
    'three_x unreadable null',
  ]);
  expect(match.keyLabel).toBeNull();
  expect(match.members[4]?.error?.message).toBe(
    'None of your keys opens “two_x”. Your key “A” opens other parts of the same backup.',
  );
  expect((await openWith(path, [], runner)).members.map(({ status }) => status)).toEqual([
    'key-required',
    'not-needed',
    'key-required',
    'key-required',
    'key-required',
    'unreadable',
  ]);
});

test('a backup without encryption needs no key', async () => {
  const match = await openWith(await backup({ share: GZIP }), [A], runner);
  expect(match).toMatchObject({ keyLabel: null, members: [{ status: 'not-needed' }] });
});

describe('cost', () => {
  const fixture = join(FIXTURES, 'v3-compressed.tar');

  test('one Argon2id a key and root salt, however many parts share it', async () => {
    const counting = countingSodium();
    await openWith(fixture, [A, KEY, B], inlineRunner(counting));
    expect(counting.asked.map((id) => id.replace(/ \w+$/, ''))).toEqual([
      'password A',
      KEY.password.toString(),
    ]);
  });

  test('the key that opened one part is tried first on the next, also under another root salt', async () => {
    const path = await backup({
      share: await v3Sealer('password C')(GZIP),
      media: await v3Sealer('password C')(GZIP),
    });
    const counting = countingSodium();
    expect((await openWith(path, [A, B, C], inlineRunner(counting))).keyLabel).toBe('C');
    const asked = counting.asked.map((id) => id.replace(/ \w+$/, ''));
    expect(asked).toEqual(['password A', 'password B', 'password C', 'password C']);
  });

  test('v1 and v2 need none', async () => {
    const counting = countingSodium();
    for (const name of ['v1-compressed.tar', 'v2-compressed.tar'])
      await openWith(join(FIXTURES, name), [A, KEY], inlineRunner(counting));
    expect(counting.asked).toEqual([]);
  });

  test('the ring counts, remembers, and wipes what it derived but not the passwords', () => {
    const counting = countingSodium();
    const ring = new KeyRing(counting, [A, B]);
    const salt = Buffer.alloc(16, 1);
    const root = ring.rootKey(A, salt);
    expect(ring.rootKey(A, Buffer.from(salt))).toBe(root);
    ring.rootKey(B, salt);
    ring.rootKey(A, Buffer.alloc(16, 2));
    expect(ring.argon2idCount).toBe(3);
    const legacy = ring.legacyKey(A);
    expect(legacy).toEqual(deriveLegacyKey(A.password));
    expect(ring.legacyKey(A)).toBe(legacy);
    ring.wipe();
    expect(root).toEqual(Buffer.alloc(32));
    expect(legacy).toEqual(Buffer.alloc(16));
    expect(A.password.toString()).toBe('password A');
  });
});

describe('wrong key or damage', () => {
  const explain = async (parts: Readonly<Record<string, Buffer>>, keys: readonly BackupKey[]) =>
    (await openWith(await backup(parts), keys, runner)).members.at(-1);

  test('a v3 part with the root salt of one that opens, and another validation key, is damaged', async () => {
    const seal = v3Sealer('password A');
    const sealed = await seal(GZIP);
    for (const offset of [48, 63, 64, 95]) {
      const last = await explain({ share: await seal(GZIP), media: flipped(sealed, offset) }, [B, A]);
      expect(last).toMatchObject({ status: 'unreadable', error: { code: 'DAMAGED_HEADER' } });
    }
    // Alone, or with its root salt damaged, it could as well be under another key.
    expect(await explain({ media: flipped(sealed, 64) }, [A])).toMatchObject({ status: 'wrong-key' });
    const other = await explain({ share: await seal(GZIP), media: flipped(sealed, 32) }, [A]);
    expect(other).toMatchObject({ status: 'wrong-key' });
    expect(other?.error?.hint).toContain('the beginning of this part is damaged');
  });

  test('a v2 part with a damaged salt is told by its padding, where that is long enough to be no chance', async () => {
    const plain = await gzipOfLength(6); // 10 bytes of padding
    const sealed = await sealedV2(plain, 'password A');
    expect(await explain({ media: flipped(sealed, 40) }, [B, A])).toMatchObject({
      error: { code: 'DAMAGED_HEADER' },
    });
    expect(await explain({ media: flipped(sealed, 40) }, [B])).toMatchObject({
      error: { code: 'WRONG_KEY' },
    });
  });

  test('a wrong key never looks right by the chance of a short padding', async () => {
    // Under one of 300 wrong keys the last byte reads as a padding of one, which is what this part has.
    const sealed = await sealedV2(await gzipOfLength(15), 'password A');
    const path = await backup({ media: sealed });
    for (let trial = 0; trial < 1500; trial += 100) {
      const keys = Array.from({ length: 100 }, (_, index) =>
        keyOf(`wrong ${trial + index}`, `wrong ${trial + index}`),
      );
      const { members } = await openWith(path, keys, runner);
      expect(members[0]?.error?.code).toBe('WRONG_KEY');
    }
  });
});

test('a cancel comes through between two keys', async () => {
  const controller = new AbortController();
  const counting = countingSodium();
  const argon2id = counting.argon2id.bind(counting);
  counting.argon2id = (...input) => {
    setImmediate(() => controller.abort()); // as a Ctrl-C, which needs the event loop
    return argon2id(...input);
  };
  const keys = [A, B, C, keyOf('D', 'password D')];
  await expect(
    openWith(join(FIXTURES, 'v3-compressed.tar'), keys, inlineRunner(counting), controller.signal),
  ).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(counting.asked.length).toBeLessThan(3);
});

describe('on the pool', () => {
  const fixture = join(FIXTURES, 'v3-compressed.tar');

  test('the answer is the same, and the calling thread stays free while Argon2id runs', async () => {
    const { runner: threads, close } = await openRunner('threads');
    let ticks = 0;
    let isDone = false;
    const tick = (): void => {
      ticks++;
      if (!isDone) setImmediate(tick);
    };
    try {
      const working = openWith(fixture, [A, B, C, KEY], threads);
      tick();
      const match = await working;
      isDone = true;
      expect(match).toEqual(await openWith(fixture, [A, B, C, KEY], runner));
      expect(match.argon2idCount).toBe(4);
      expect(ticks).toBeGreaterThan(100);
    } finally {
      isDone = true;
      await close();
    }
  });

  test('a cancel ends it before all keys are tried', async () => {
    const { runner: threads, close } = await openRunner('threads');
    const controller = new AbortController();
    try {
      const keys = Array.from({ length: 40 }, (_, index) => keyOf(`${index}`, `wrong ${index}`));
      const working = openWith(fixture, keys, threads, controller.signal);
      setImmediate(() => controller.abort());
      await expect(working).rejects.toMatchObject({ code: 'CANCELLED' });
    } finally {
      await close();
    }
  });

  test('refusals keep their codes', async () => {
    const { runner: threads, close } = await openRunner('threads');
    try {
      for (const [name, code] of [
        ['meta-not-json.tar', 'DAMAGED_METADATA'],
        ['empty.tar', 'NOT_A_BACKUP'],
        ['no-such-file.tar', 'IO_FAILED'],
      ] as const)
        await expect(openWith(join(FIXTURES, 'bad', name), [KEY], threads)).rejects.toMatchObject({ code });
    } finally {
      await close();
    }
  });
});

test('passwords cross in shared memory, which is zeroes afterwards, also when it fails', async () => {
  const seen: Uint8Array[] = [];
  const watched = withBetween(runner, {
    before: (task) =>
      void seen.push(...(task.kind === 'open' ? task.keys.map(({ password }) => password) : [])),
  });
  await openWith(join(FIXTURES, 'v2-compressed.tar'), [A, KEY], watched);
  await expect(openWith(join(FIXTURES, 'bad/empty.tar'), [B], watched)).rejects.toThrow();
  expect(seen).toHaveLength(3);
  for (const password of seen) {
    expect(password.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(password.every((byte) => byte === 0)).toBe(true);
  }
  expect(A.password.toString()).toBe('password A'); // the caller's own is the caller's to wipe
});

test('labels and errors never hold a password', async () => {
  const match = await openWith(join(FIXTURES, 'shapes/two-keys.tar'), [KEY, A], runner);
  expect(JSON.stringify(match)).not.toContain(KEY.password.toString());
  expect(JSON.stringify(match)).not.toContain(A.password.toString());
});

test('the fixtures share one root salt, as one backup has', () => {
  const bytes = readFileSync(join(FIXTURES, 'v3-compressed.tar'));
  const header = parseHeader(bytes.subarray(bytes.indexOf('SecureTar')));
  expect(header.version).toBe(3);
});

/** A gzip stream whose length leaves this rest when divided by 16. */
async function gzipOfLength(rest: number): Promise<Buffer> {
  const { gzipSync } = await import('node:zlib');
  for (let size = 1; size < 5000; size++) {
    const gzip = gzipSync(Buffer.from(Array.from({ length: size }, (_, index) => (index * index) % 251)));
    if (gzip.length % 16 === rest) return gzip;
  }
  return expect.unreachable('no such length');
}
