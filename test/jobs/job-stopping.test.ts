// Pausing, cancelling and closing: who asks is answered at once, what is in work comes to a true end, and nothing is lost.

import { beforeEach, describe, expect, it, vi } from 'vitest';

import { follow, holdTime, itemsOf, newQueue, pass, statesOf } from './queue-fixture.ts';

beforeEach(holdTime);

describe('pausing', () => {
  it('lets items in work go on to their end and begins nothing else', async () => {
    const { queue, handler, journal, events, start } = newQueue();
    const { id, ended } = start('abc');
    await pass();
    expect(await queue.pause(id)).toMatchObject({ state: 'running' });
    handler.finish('a');
    await pass();
    expect(handler.inWork).toEqual(['b']);
    expect(ended.hasEnded()).toBe(false);
    handler.finish('b');
    expect(await ended).toMatchObject({ state: 'paused', counts: { done: 2, left: 1 } });
    expect(journal.look(id)).toMatchObject({ state: 'paused', owner: null });
    expect(statesOf(events, id).at(-1)).toBe('paused');
  });

  it('a job that waits is paused at once, whether somebody runs it or not', async () => {
    const { queue, handler, create, start } = newQueue({ places: 1 });
    start('a', 9);
    const queued = start('b');
    const created = create('c');
    await pass();
    expect(await queue.pause(queued.id)).toMatchObject({ state: 'paused' });
    expect(await queued.ended).toMatchObject({ state: 'paused' });
    expect(await queue.pause(created.id)).toMatchObject({ state: 'paused' });
    handler.finish('a');
    await pass();
    expect(handler.begun).toEqual(['a']);
  });

  it('of a job that has ended changes nothing', async () => {
    const { queue, handler, events, start } = newQueue();
    const { id, ended } = start('a');
    await pass();
    handler.finish('a');
    await ended;
    const told = events.length;
    expect(await queue.pause(id)).toMatchObject({ state: 'done' });
    expect(events.length).toBe(told);
  });

  it('a job whose last items end while it is about to pause is done', async () => {
    const { queue, handler, start } = newQueue();
    const { id, ended } = start('ab');
    await pass();
    void queue.pause(id);
    handler.finish('a');
    handler.finish('b');
    expect(await ended).toMatchObject({ state: 'done' });
  });

  it('can be taken back before it has come into effect, and afterwards the job goes on where it was', async () => {
    const { queue, handler, start } = newQueue({ places: 1 });
    const { id, ended } = start('abc');
    await pass();
    void queue.pause(id);
    const resumed = queue.resume(id);
    handler.finish('a');
    await pass();
    expect(handler.inWork).toEqual(['b']);
    void queue.pause(id);
    handler.finish('b');
    expect(await ended).toMatchObject({ state: 'paused' });
    expect(await resumed).toMatchObject({ state: 'paused' });
    const again = queue.resume(id);
    await pass();
    handler.finish('c');
    expect(await again).toMatchObject({ state: 'done', counts: { done: 3 } });
    expect(handler.begun).toEqual(['a', 'b', 'c']);
  });

  it('while the job is prepared holds before its first item', async () => {
    const { queue, handler, start } = newQueue();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    handler.prepare = () => promise;
    const { id, ended } = start('a');
    await pass();
    void queue.pause(id);
    resolve(undefined);
    expect(await ended).toMatchObject({ state: 'paused' });
    expect(handler.begun).toEqual([]);
  });
});

describe('cancelling', () => {
  it('stops what is in work, begins nothing else, and gives every place back', async () => {
    const { queue, handler, journal, start } = newQueue();
    const { id, ended } = start('abc');
    await pass();
    expect(await queue.cancel(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 2, left: 1 } });
    expect(await ended).toMatchObject({ state: 'cancelled' });
    expect(itemsOf(journal, id)).toBe('a:cancelled b:cancelled c:waiting');
    expect(journal.look(id).owner).toBe(null);
    start('xy');
    await pass();
    expect(handler.inWork).toEqual(['x', 'y']);
  });

  it('is answered within a fifth of a second where an item is slow to stop; its true end is written down', async () => {
    const { queue, handler, journal, events, start } = newQueue({ isSlowToStop: true });
    const { id, ended } = start('ab');
    await pass();
    const answer = follow(queue.cancel(id));
    expect(journal.look(id).state).toBe('cancelled');
    await pass(200);
    expect(answer.hasEnded()).toBe(true);
    expect(ended.hasEnded()).toBe(true);
    expect(await ended).toMatchObject({ state: 'cancelled', counts: { left: 2 } });
    expect(journal.look(id).owner).toBe('this process');

    const told = events.length;
    handler.finish('a');
    handler.stop('b');
    await pass();
    expect(itemsOf(journal, id)).toBe('a:done b:cancelled');
    expect(journal.look(id)).toMatchObject({ state: 'cancelled', owner: null });
    expect(events.length).toBe(told);
  });

  it('an item that is slow to stop keeps its place until it has', async () => {
    const { queue, handler, start } = newQueue({ isSlowToStop: true, places: 1 });
    const first = start('a');
    start('b');
    await pass();
    await Promise.all([queue.cancel(first.id), pass(200)]);
    expect(handler.inWork).toEqual(['a']);
    handler.stop('a');
    await pass();
    expect(handler.inWork).toEqual(['b']);
  });

  it('a job that is cancelled can be taken up again, once the last item has stopped', async () => {
    const { queue, handler, start } = newQueue({ isSlowToStop: true });
    const { id } = start('ab');
    await pass();
    await Promise.all([queue.cancel(id), pass(200)]);
    const again = follow(queue.run(id));
    await pass();
    handler.finish('a');
    await pass();
    expect(handler.begun).toEqual(['a', 'b']);
    handler.stop('b');
    await pass();
    expect(handler.inWork).toEqual(['b']);
    handler.finish('b');
    expect(await again).toMatchObject({ state: 'done', counts: { done: 2, cancelled: 0 } });
    expect(handler.begun).toEqual(['a', 'b', 'b']);
  });

  it('an item that fails for a reason of its own meanwhile has failed', async () => {
    const { queue, handler, journal, start } = newQueue({ isSlowToStop: true });
    const { id } = start('ab');
    await pass();
    const cancelled = queue.cancel(id);
    handler.fail('a', 'TRUNCATED');
    handler.fail('b', 'NO_SPACE');
    expect(await cancelled).toMatchObject({ state: 'cancelled', error: null });
    expect(itemsOf(journal, id)).toBe('a:failed b:waiting');
  });

  it('by a signal is the same; one that was given before begins nothing', async () => {
    const { queue, handler, create } = newQueue();
    const { id } = create('a');
    expect(await queue.run(id, { signal: AbortSignal.abort() })).toMatchObject({ state: 'cancelled' });
    expect(handler.begun).toEqual([]);
    const stop = new AbortController();
    const ended = queue.run(id, { signal: stop.signal });
    await pass();
    expect(handler.inWork).toEqual(['a']);
    stop.abort();
    expect(await ended).toMatchObject({ state: 'cancelled' });
  });

  it('a signal that comes after the end changes nothing', async () => {
    const { queue, handler, journal, create } = newQueue();
    const { id } = create('a');
    const stop = new AbortController();
    const ended = queue.run(id, { signal: stop.signal });
    await pass();
    handler.finish('a');
    await ended;
    stop.abort();
    await pass(200);
    expect(journal.look(id).state).toBe('done');
  });

  it('while the job is prepared is answered as fast, and no item is begun', async () => {
    const { queue, handler, start } = newQueue();
    let heard = false;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    handler.prepare = (_, signal) => {
      signal.addEventListener('abort', () => (heard = true));
      return promise;
    };
    const { id, ended } = start('a');
    await pass();
    void queue.cancel(id);
    await pass(200);
    expect(ended.hasEnded()).toBe(true);
    expect(heard).toBe(true);
    resolve(undefined);
    await pass();
    expect(handler.begun).toEqual([]);
  });

  it('is told once, when it has been carried out, whatever else is asked of the job meanwhile', async () => {
    const { queue, events, start } = newQueue({ isSlowToStop: true });
    const { id } = start('a');
    await pass();
    const cancelled = queue.cancel(id);
    expect(queue.setPriority(id, 7)).toMatchObject({ priority: 7 });
    await queue.pause(id);
    await Promise.all([cancelled, pass(200)]);
    expect(statesOf(events, id).filter((state) => state === 'cancelled').length).toBe(1);
    expect(events.at(-1)).toMatchObject({ kind: 'job', job: { state: 'cancelled', priority: 7 } });
  });

  it('a job that nobody runs is cancelled at once; one that is done stays done', async () => {
    const { queue, handler, create, start } = newQueue();
    expect(await queue.cancel(create('a').id)).toMatchObject({ state: 'cancelled' });
    const { id, ended } = start('b');
    await pass();
    handler.finish('b');
    await ended;
    expect(await queue.cancel(id)).toMatchObject({ state: 'done' });
  });

  it('may be asked for twice', async () => {
    const { queue, events, start } = newQueue();
    const { id } = start('a');
    await pass();
    const answers = await Promise.all([queue.cancel(id), queue.cancel(id)]);
    expect(answers).toMatchObject([{ state: 'cancelled' }, { state: 'cancelled' }]);
    expect(await queue.cancel(id)).toMatchObject({ state: 'cancelled' });
    expect(statesOf(events, id).filter((state) => state === 'cancelled').length).toBe(1);
  });
});

describe('closing', () => {
  it('stops items in work, waits for them, and leaves jobs that can be taken up again', async () => {
    const { queue, handler, journal, start } = newQueue({ isSlowToStop: true });
    const { id, ended } = start('abc');
    const waiting = start('d');
    await pass();
    const closed = follow(queue.close());
    await pass(60_000);
    expect(closed.hasEnded()).toBe(false);
    handler.stop('a');
    handler.finish('b');
    await closed;
    expect(await ended).toMatchObject({ state: 'interrupted' });
    expect(await waiting.ended).toMatchObject({ state: 'interrupted' });
    expect(itemsOf(journal, id)).toBe('a:waiting b:done c:waiting');
    expect(journal.look(id).owner).toBe(null);
  });

  it('waits for an item of a cancelled job too', async () => {
    const { queue, handler, start } = newQueue({ isSlowToStop: true });
    const { id } = start('a');
    await pass();
    await Promise.all([queue.cancel(id), pass(200)]);
    const closed = follow(queue.close());
    await pass(60_000);
    expect(closed.hasEnded()).toBe(false);
    handler.finish('a');
    await closed;
  });

  it('is final, may be done twice, and leaves no timer', async () => {
    const { queue, start, create } = newQueue();
    start('a');
    await pass();
    await queue.close();
    await queue.close();
    await expect(queue.run(create('b').id)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await queue.runWaiting()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of what the work runs on, before the queue is closed, fails no item: the job is interrupted', async () => {
    const { handler, journal, start } = newQueue();
    const { id, ended } = start('abc');
    await pass();
    handler.stop('a');
    handler.stop('b');
    expect(await ended).toMatchObject({ state: 'interrupted' });
    expect(itemsOf(journal, id)).toBe('a:waiting b:waiting c:waiting');
    expect(handler.begun).toEqual(['a', 'b']);
  });
});
