// Pieces between two threads: every byte arrives in order, memory is bounded, and no side waits for one that is gone.

import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';

import { PieceReceiver, PieceSender, isOtherSideLeft, newPieceRing } from '../../core/streams/index.ts';

const MEBIBYTE = 1024 * 1024;
const SLOTS = 6;

function newRing(signal?: AbortSignal) {
  const ring = newPieceRing();
  const sender = new PieceSender(ring.sender, signal);
  const receiver = new PieceReceiver(ring.receiver, signal);
  onTestFinished(() => {
    ring.sender.port.close();
    ring.receiver.port.close();
  });
  return { ring, sender, receiver };
}

/** Messages between ports take turns of the event loop: looks again until it is so, within vitest's time limit. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

async function takeAll(receiver: PieceReceiver): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of receiver) pieces.push(Buffer.from(piece)); // a view, valid until the next
  return Buffer.concat(pieces);
}

/** Pushes pieces until it fails: with what. */
async function pushUntilFailed(sender: PieceSender): Promise<unknown> {
  try {
    for (;;) await sender.push(Buffer.alloc(MEBIBYTE));
  } catch (error) {
    return error;
  }
}

describe('bytes', () => {
  it('all arrive in order, whatever sizes the pieces have', async () => {
    const size = fc.oneof(
      fc.integer({ min: 0, max: 5000 }),
      fc.constantFrom(MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 2 * MEBIBYTE + 17),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(size, { maxLength: 12 }), async (sizes) => {
        const { sender, receiver } = newRing();
        const sent = sizes.map((bytes, index) => Buffer.alloc(bytes, index + 1));
        const taking = takeAll(receiver);
        for (const piece of sent) await sender.push(piece);
        sender.finish();
        expect((await taking).equals(Buffer.concat(sent))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('no more of them lie in memory than there is room for', async () => {
    const { sender, receiver } = newRing();
    let pushed = 0;
    const pushing = (async () => {
      for (; pushed < 2 * SLOTS; pushed++) await sender.push(Buffer.alloc(MEBIBYTE));
      sender.finish();
    })();
    const iterator = receiver[Symbol.asyncIterator]();
    await iterator.next();
    await until(() => pushed === SLOTS);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(pushed).toBe(SLOTS);
    while ((await iterator.next()).done !== true);
    await pushing;
    expect(pushed).toBe(2 * SLOTS);
  });

  it('nothing of them is left when it is over, and the next ring takes the same memory', async () => {
    const { ring, sender, receiver } = newRing();
    const taking = takeAll(receiver);
    await sender.push(Buffer.alloc(3 * MEBIBYTE, 7));
    sender.finish();
    await taking;
    expect(new Uint8Array(ring.sender.memory).includes(7)).toBe(true);
    ring.release();
    ring.release();
    expect(new Uint8Array(ring.sender.memory).some((byte) => byte !== 0)).toBe(false);
    expect(newRing().ring.sender.memory).toBe(ring.sender.memory);
    expect(newRing().ring.sender.memory).not.toBe(ring.sender.memory);
  });
});

describe('ends', () => {
  it('a receiver that has enough stops nobody', async () => {
    const { sender, receiver } = newRing();
    const taking = (async () => {
      for await (const piece of receiver) return piece.length;
      return 0;
    })();
    for (let count = 0; count < 3 * SLOTS; count++) await sender.push(Buffer.alloc(MEBIBYTE));
    sender.finish();
    expect(await taking).toBe(MEBIBYTE);
  });

  it('a receiver that failed stops the sender', async () => {
    const { sender, receiver } = newRing();
    const failing = pushUntilFailed(sender);
    receiver.close('failed');
    expect(isOtherSideLeft(await failing)).toBe(true);
  });

  it('a sender that failed, before or after its first piece, is no end for the receiver', async () => {
    for (const pieces of [0, 1, 3]) {
      const { sender, receiver } = newRing();
      for (let count = 0; count < pieces; count++) await sender.push(Buffer.alloc(10));
      sender.fail();
      await expect(takeAll(receiver)).rejects.toSatisfy(isOtherSideLeft);
    }
  });

  it('a side that dies without a word is noticed by the other', async () => {
    const first = newRing();
    const failing = pushUntilFailed(first.sender);
    first.ring.receiver.port.close();
    expect(isOtherSideLeft(await failing)).toBe(true);

    const second = newRing();
    const taking = takeAll(second.receiver);
    second.ring.sender.port.close();
    await expect(taking).rejects.toSatisfy(isOtherSideLeft);
  });

  it('a failure after the end changes nothing', async () => {
    const { sender, receiver } = newRing();
    await sender.push(Buffer.from('all of it'));
    sender.finish();
    sender.fail();
    expect((await takeAll(receiver)).toString()).toBe('all of it');
  });

  it('both sides wake when it is cancelled', async () => {
    const stop = new AbortController();
    const waitingToSend = pushUntilFailed(newRing(stop.signal).sender);
    const waitingToTake = takeAll(newRing(stop.signal).receiver);
    stop.abort();
    expect(await waitingToSend).toMatchObject({ code: 'CANCELLED' });
    await expect(waitingToTake).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
