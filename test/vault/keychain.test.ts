// The keychain's calling side with threads that do what the test says: limits, crashes, late answers, wiping.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { KeychainAnswer } from '../../core/vault/keychain-thread.ts';
import { systemKeychain, type Keychain } from '../../core/vault/keychain.ts';
import { toPlainError, type PlainError } from '../../shared/errors.ts';
import { FakeWorker, memoryReply, type Reply } from './fake-worker.ts';

const SECRET = Buffer.from('a secret of thirty-two bytes....');
const workers: FakeWorker[] = [];

function keychainOf(
  reply: Reply,
  how: 'obedient' | 'stuck' = 'obedient',
  limits: { timeLimitMs?: number; signal?: AbortSignal } = {},
): Keychain {
  return systemKeychain({
    startWorker: () => {
      const worker = new FakeWorker(reply, how);
      workers.push(worker);
      return worker.asWorker;
    },
    ...limits,
  });
}

const failureOf = (call: Promise<unknown>): Promise<PlainError | null> => call.then(() => null, toPlainError);
const failed = (reason: string): unknown =>
  expect.objectContaining({
    code: 'KEYCHAIN_FAILED',
    details: expect.objectContaining({ reason }) as unknown,
  });
const roomsAreWiped = (): boolean =>
  workers.every(({ requests }) =>
    requests.every(
      (request) => request.kind === 'remove' || new Uint8Array(request.room).every((byte) => byte === 0),
    ),
  );

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  for (const worker of workers.splice(0)) worker.exit();
  vi.useRealTimers();
});

describe('the keychain', () => {
  it('stores what it is given as base64 and gives it back', async () => {
    const entries = new Map<string, Buffer>();
    const keychain = keychainOf(memoryReply(entries));
    await keychain.write('vault', SECRET);
    expect(entries.get('vault')?.toString('latin1')).toBe(SECRET.toString('base64'));
    expect(await keychain.read('vault')).toEqual(SECRET);
    expect(await keychain.read('other')).toBeNull();
    expect([await keychain.remove('vault'), await keychain.remove('vault')]).toEqual([true, false]);
  });

  it('starts nothing before the first call, one thread for each, and leaves none running', async () => {
    const keychain = keychainOf(memoryReply());
    expect(workers).toHaveLength(0);
    await keychain.write('vault', SECRET);
    await keychain.read('vault');
    expect(workers.map(({ ending }) => ending)).toEqual(['ended', 'ended']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets calls wait for each other: never two threads at once', async () => {
    const running: number[] = [];
    const memory = memoryReply();
    const keychain = keychainOf((request, worker) => {
      running.push(workers.filter(({ ending }) => ending !== 'ended').length);
      return memory(request, worker);
    });
    await Promise.all([keychain.write('one', SECRET), keychain.read('one'), keychain.remove('one')]);
    expect(running).toEqual([1, 1, 1, 1]);
  });

  it('wipes the memory that it shares with the thread, whatever came of it', async () => {
    await keychainOf(memoryReply()).write('vault', SECRET);
    await failureOf(keychainOf(() => ({ kind: 'failed', text: 'x' })).write('vault', SECRET));
    await failureOf(keychainOf((_, worker) => (worker.exit(), null)).write('vault', SECRET));
    const stuck = failureOf(keychainOf(() => null, 'stuck').write('vault', SECRET));
    await vi.runAllTimersAsync();
    await stuck;
    expect(workers).toHaveLength(4);
    expect(roomsAreWiped()).toBe(true);
  });

  it('leaves the secret that it was given to its owner', async () => {
    const secret = Buffer.from(SECRET);
    await keychainOf(memoryReply()).write('vault', secret);
    expect(secret).toEqual(SECRET);
  });

  it('refuses a secret that no keychain takes', async () => {
    const failure = await failureOf(keychainOf(memoryReply()).write('vault', Buffer.alloc(1537)));
    expect(failure?.code).toBe('USAGE');
    expect(workers).toHaveLength(0);
  });
});

describe('a host that stops', () => {
  it('waits for no answer any more, and asks nothing later', async () => {
    const stopping = new AbortController();
    const keychain = keychainOf(() => null, 'stuck', { signal: stopping.signal });
    const waiting = failureOf(keychain.read('vault'));
    await vi.advanceTimersByTimeAsync(1);
    stopping.abort();
    expect(await waiting).toMatchObject({ code: 'CANCELLED' });
    expect(workers.map(({ isReferenced }) => isReferenced)).toEqual([false]);
    expect(vi.getTimerCount()).toBe(0);
    expect(await failureOf(keychain.read('vault'))).toMatchObject({ code: 'CANCELLED' });
    expect(workers).toHaveLength(1);
  });
});

describe('a keychain that does not keep its word', () => {
  const drops: Readonly<Record<string, Reply>> = {
    'keeps nothing': (request) =>
      request.kind === 'write' ? { kind: 'written' } : { kind: 'read', sizeBytes: null },
    'keeps something else': (request, worker) => {
      const answer = memoryReply(new Map([['vault', Buffer.from('AAAA')]]))(request, worker);
      return request.kind === 'write' ? { kind: 'written' } : answer;
    },
    'keeps one bit less': altered((text) => (text[0] = (text[0] ?? 0) ^ 1)),
    'keeps what is no base64': altered((text) => (text[3] = 0x0a)),
  };

  it.each(Object.keys(drops))('%s: fails', async (how) => {
    const failure = await failureOf(keychainOf(drops[how] as Reply).write('vault', SECRET));
    expect(failure).toEqual(failed('broken'));
    expect(failure?.message).toBe('The keychain did not keep the secret that it was given.');
  });

  it.each([0x2d, 0x0a])('refuses an entry that is not as Strongroom stores it (byte %i)', async (byte) => {
    const entries = new Map([['vault', Buffer.concat([Buffer.from('AAAA'), Buffer.from([byte])])]]);
    expect(await failureOf(keychainOf(memoryReply(entries)).read('vault'))).toEqual(failed('broken'));
  });

  it('refuses an entry that is too long for one of ours', async () => {
    const entries = new Map([['vault', Buffer.alloc(4096, 'A')]]);
    expect(await failureOf(keychainOf(memoryReply(entries)).read('vault'))).toEqual(failed('broken'));
  });

  it.each<KeychainAnswer>([{ kind: 'written' }, { kind: 'not-loaded', text: 'Cannot find native binding' }])(
    'fails for an answer to another question: %o',
    async (answer) => {
      expect(await failureOf(keychainOf(() => answer).read('vault'))).toEqual(failed('broken'));
    },
  );
});

describe('a keychain that does not answer', () => {
  it('is given up after half a minute, or the time it was given, and says so', async () => {
    const patient = failureOf(keychainOf(() => null, 'stuck').read('vault'));
    const short = failureOf(keychainOf(() => null, 'stuck', { timeLimitMs: 1000 }).remove('vault'));
    let isOver = false;
    void patient.then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await patient).toEqual(failed('silent'));
    expect((await patient)?.message).toBe('The keychain did not answer within 30 seconds.');
    expect((await short)?.message).toBe('The keychain did not answer within 1 second.');
  });

  it('counts storing and reading back as one call', async () => {
    const memory = memoryReply();
    const call = failureOf(
      keychainOf((request, worker) => {
        if (request.kind === 'read') return null;
        setTimeout(() => worker.emit('message', memory(request, worker)), 20_000);
        return null;
      }, 'stuck').write('vault', SECRET),
    );
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await call).toEqual(failed('silent'));
  });

  it('keeps no program open, and fails at once and in the same words while it is stuck', async () => {
    const keychain = keychainOf(() => null, 'stuck');
    const first = failureOf(keychain.read('vault'));
    const queued = failureOf(keychain.read('vault'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(workers.map(({ isReferenced, ending }) => [isReferenced, ending])).toEqual([[false, 'asked']]);
    expect(await queued).toEqual(await first);
    expect(await failureOf(keychain.write('vault', SECRET))).toEqual(await first);
    expect(workers).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not heard when it answers too late, and what it left behind is wiped', async () => {
    const keychain = keychainOf(() => null, 'stuck');
    const call = failureOf(keychain.read('vault'));
    await vi.advanceTimersByTimeAsync(30_000);
    const [worker] = workers;
    const request = worker?.requests[0];
    if (worker === undefined || request?.kind !== 'read') throw new Error('nothing was asked');
    new Uint8Array(request.room).set(Buffer.from('AAAA'));
    worker.emit('message', { kind: 'read', sizeBytes: 4 });
    expect(await call).toEqual(failed('silent'));
    worker.exit();
    expect(roomsAreWiped()).toBe(true);
  });

  it('can be asked again when its thread has ended after all, and by another keychain at once', async () => {
    let isAnswering = false;
    const memory = memoryReply();
    const reply: Reply = (request, worker) => (isAnswering ? memory(request, worker) : null);
    const keychain = keychainOf(reply, 'stuck');
    const call = failureOf(keychain.read('vault'));
    await vi.advanceTimersByTimeAsync(30_000);
    await call;
    isAnswering = true;
    expect(await keychainOf(reply).read('vault')).toBeNull();
    expect(await failureOf(keychain.read('vault'))).toEqual(failed('silent'));
    workers[0]?.exit();
    expect(await keychain.read('vault')).toBeNull();
  });

  it('leaves the way out of the program as it was once its thread has ended', async () => {
    const before = process.listenerCount('exit');
    const call = failureOf(keychainOf(() => null, 'stuck').read('vault'));
    await vi.advanceTimersByTimeAsync(30_000);
    await call;
    expect(process.listenerCount('exit')).toBe(before + 1);
    workers[0]?.exit();
    expect(process.listenerCount('exit')).toBe(before);
  });
});

describe('a thread that crashes', () => {
  it.each(['error', 'exit'] as const)(
    'on “%s”: fails, and so do later calls, without another thread',
    async (how) => {
      const keychain = keychainOf((_, worker) => {
        if (how === 'error') queueMicrotask(() => worker.emit('error', new Error('boom')));
        queueMicrotask(() => worker.exit());
        return null;
      });
      const first = await failureOf(keychain.read('vault'));
      expect(first).toEqual(failed('broken'));
      expect(await failureOf(keychain.write('vault', SECRET))).toEqual(first);
      expect(workers).toHaveLength(1);
    },
  );

  it('or cannot be started: fails', async () => {
    const keychain = systemKeychain({
      startWorker: () => {
        throw new Error('no more threads');
      },
    });
    expect(await failureOf(keychain.read('vault'))).toEqual(failed('broken'));
  });
});

function altered(change: (text: Buffer) => void): Reply {
  const entries = new Map<string, Buffer>();
  const memory = memoryReply(entries);
  return (request, worker) => {
    const answer = memory(request, worker);
    const entry = entries.get(request.account);
    if (request.kind === 'write' && entry !== undefined) change(entry);
    return answer;
  };
}
