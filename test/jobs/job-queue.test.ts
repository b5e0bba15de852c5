// The queue works through its jobs: in order, side by side within its places, with results, and no bad item stops another.

import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { ErrorCode } from '../../shared/errors.ts';
import { HeldHandler } from './held-handler.ts';
import { follow, holdTime, itemsOf, newQueue, pass, statesOf } from './queue-fixture.ts';

beforeEach(holdTime);

describe('a job', () => {
  it('is worked through item by item, and its results are kept', async () => {
    const { queue, handler, journal, create } = newQueue();
    const { id } = create('ab');
    const ended = queue.run(id);
    await pass();
    expect(itemsOf(journal, id)).toBe('a:running b:running');
    handler.finish('a');
    handler.finish('b', 'skipped');
    expect(await ended).toMatchObject({
      state: 'done',
      counts: { total: 2, done: 1, skipped: 1, left: 0 },
      doneBytes: 2000,
      error: null,
    });
    expect(journal.look(id)).toMatchObject({
      state: 'done',
      owner: null,
      results: ['{"path":"a"}', '{"path":"b"}'],
      items: [
        { message: 'a is done.', attempts: 1 },
        { message: 'b is skipped.', attempts: 1 },
      ],
    });
  });

  it('hands the request to the handler as it was given', async () => {
    const { handler, start } = newQueue();
    start('a');
    await pass();
    expect(JSON.parse(handler.contextOf('a').requestJson)).toEqual({ wish: 'a' });
  });

  it('without items is done at once, and nothing is prepared for it', async () => {
    const { handler, start } = newQueue();
    handler.prepare = () => Promise.reject(new Error('there is nothing to prepare'));
    expect(await start('').ended).toMatchObject({ state: 'done', counts: { total: 0 } });
  });

  it('that is done is not done again', async () => {
    const { queue, handler, start } = newQueue();
    const { id, ended } = start('a');
    await pass();
    handler.finish('a');
    await ended;
    expect(await queue.run(id)).toMatchObject({ state: 'done' });
    expect(handler.begun).toEqual(['a']);
  });

  it('that runs already is waited for, not run twice', async () => {
    const { queue, handler, start } = newQueue();
    const { id, ended } = start('a');
    const again = queue.run(id);
    await pass();
    handler.finish('a');
    expect(await Promise.all([ended, again])).toMatchObject([{ state: 'done' }, { state: 'done' }]);
    expect(handler.begun).toEqual(['a']);
  });

  it('nobody has heard of is told apart from one of a kind nobody knows', async () => {
    const { queue, journal } = newQueue();
    await expect(queue.run(7)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(queue.cancel(7)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(queue.pause(7)).rejects.toMatchObject({ code: 'USAGE' });
    const { id } = journal.create('rekey', 'From another version', 0, 'null', []);
    await expect(queue.run(id)).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' });
    expect(journal.look(id)).toMatchObject({ state: 'waiting', owner: null });
  });
});

describe('places', () => {
  it('no more items are in work than the queue has places, of all jobs together', async () => {
    const { handler, start } = newQueue({ places: 3 });
    const jobs = [start('abcde'), start('fghij')];
    await pass();
    for (let left = 10; left > 0; left--) {
      expect(handler.inWork.length).toBe(Math.min(3, left));
      handler.finish(handler.inWork[0]!);
      await pass();
    }
    expect(await Promise.all(jobs.map(({ ended }) => ended))).toMatchObject([
      { state: 'done' },
      { state: 'done' },
    ]);
    expect(handler.mostAtOnce).toBe(3);
  });

  it('a job takes no more of them than its handler allows, and leaves the rest to others', async () => {
    const narrow = new HeldHandler({ atATime: 1 });
    const wide = new HeldHandler({ kind: 'verify' });
    const { queue } = newQueue({ places: 3, handlers: [narrow, wide] });
    const items = [...'abcd'].map((path) => ({ path, sizeBytes: 1 }));
    void queue.run(queue.create('migrate', 'Narrow', null, items, { priority: 5 }).id);
    void queue.run(queue.create('verify', 'Wide', null, items).id);
    await pass();
    expect(narrow.inWork).toEqual(['a']);
    expect(wide.inWork).toEqual(['a', 'b']);
  });

  it.each([0, -1, Number.NaN])('a handler that allows %s items allows one', async (atATime) => {
    const { handler, start } = newQueue({ atATime });
    start('ab');
    await pass();
    expect(handler.inWork).toEqual(['a']);
  });
});

describe('priority', () => {
  it('a higher one that comes in takes the next free place; what is in work is not stopped', async () => {
    const { handler, start } = newQueue({ places: 1 });
    start('abc', 0);
    await pass();
    start('xy', 10);
    await pass();
    expect(handler.inWork).toEqual(['a']);
    handler.finish('a');
    for (const path of ['x', 'y', 'b', 'c']) {
      await pass();
      expect(handler.inWork).toEqual([path]);
      handler.finish(path);
    }
  });

  it('can be changed while jobs wait', async () => {
    const { queue, handler, journal, start } = newQueue({ places: 1 });
    start('a');
    const second = start('b');
    const third = start('c');
    await pass();
    expect(queue.setPriority(third.id, 1)).toMatchObject({ priority: 1 });
    handler.finish('a');
    await pass();
    expect(handler.inWork).toEqual(['c']);
    expect(journal.look(third.id).priority).toBe(1);
    expect(journal.look(second.id).state).toBe('waiting');
  });

  it('of two alike the older job goes first, whatever the clock says', async () => {
    const { queue, handler, create } = newQueue({ places: 1 });
    create('a');
    vi.setSystemTime(Date.now() - 86_400_000);
    create('b');
    void queue.runWaiting();
    await pass();
    handler.finish('a');
    await pass();
    expect(handler.begun).toEqual(['a', 'b']);
  });

  it('everything that waits is run by it; what is paused is not', async () => {
    const { queue, handler, create } = newQueue({ places: 1 });
    create('a', 1);
    create('b', 3);
    const paused = create('c', 5);
    create('d', 2);
    await queue.pause(paused.id);
    const ended = queue.runWaiting();
    for (const path of ['b', 'd', 'a']) {
      await pass();
      handler.finish(path);
    }
    expect(await ended).toMatchObject([{ state: 'done' }, { state: 'done' }, { state: 'done' }]);
    expect(handler.begun).toEqual(['b', 'd', 'a']);
  });
});

describe('errors', () => {
  it('one bad item stops no other, and says what was wrong with it', async () => {
    const { handler, journal, start } = newQueue();
    const { id, ended } = start('abc');
    await pass();
    handler.fail('a', 'DAMAGED_PAYLOAD');
    await pass();
    handler.finish('b');
    handler.finish('c');
    expect(await ended).toMatchObject({ state: 'done', counts: { failed: 1, done: 2 }, doneBytes: 3000 });
    expect(journal.look(id).items[0]).toMatchObject({
      state: 'failed',
      message: 'a: DAMAGED_PAYLOAD',
      error: { code: 'DAMAGED_PAYLOAD' },
    });
  });

  it.each([
    [
      'throws before it begins',
      () => {
        throw new Error('at once');
      },
    ],
    ['answers nothing', () => Promise.resolve(undefined)],
  ])('a handler that %s fails the item alone', async (_, run) => {
    const handler = Object.assign(new HeldHandler(), { run });
    const { start } = newQueue({ handlers: [handler] });
    expect(await start('ab').ended).toMatchObject({ state: 'done', counts: { failed: 2 } });
  });

  it('a handler that cannot judge its own errors fails the item alone', async () => {
    const { handler, journal, start } = newQueue();
    handler.endsJob = () => {
      throw new Error('I cannot tell.');
    };
    const { id, ended } = start('ab');
    await pass();
    handler.fail('a', 'IO_FAILED');
    handler.finish('b');
    expect(await ended).toMatchObject({ state: 'done', counts: { failed: 1, done: 1 } });
    expect(journal.look(id).items[0]).toMatchObject({
      error: { code: 'INTERNAL', message: 'I cannot tell.' },
    });
  });

  it('one that would be the same for all ends the job; what is in work goes on, the rest waits', async () => {
    const { queue, handler, journal, start } = newQueue();
    const { id, ended } = start('abcd');
    await pass();
    handler.fail('a', 'NO_SPACE');
    await pass();
    expect(ended.hasEnded()).toBe(false);
    handler.finish('b');
    expect(await ended).toMatchObject({
      state: 'failed',
      error: { code: 'NO_SPACE' },
      counts: { done: 1, left: 3 },
    });
    expect(itemsOf(journal, id)).toBe('a:waiting b:done c:waiting d:waiting');

    const resumed = queue.run(id);
    await pass();
    expect(handler.inWork).toEqual(['a', 'c']);
    handler.finish('a');
    handler.finish('c');
    await pass();
    handler.finish('d');
    expect(await resumed).toMatchObject({ state: 'done', error: null, counts: { done: 4 } });
  });

  it('failed items are worked on again only when asked for', async () => {
    const { queue, handler, start } = newQueue();
    const { id, ended } = start('ab');
    await pass();
    handler.fail('a', 'WRONG_KEY');
    handler.finish('b');
    await ended;
    expect(await queue.run(id)).toMatchObject({ state: 'done', counts: { failed: 1 } });
    const again = queue.run(id, { retryFailed: true });
    await pass();
    handler.finish('a');
    expect(await again).toMatchObject({ state: 'done', counts: { failed: 0, done: 2 } });
    expect(handler.begun).toEqual(['a', 'b', 'a']);
  });

  it('while preparing end the job before anything was begun', async () => {
    const { queue, handler, journal, start } = newQueue();
    handler.prepare = () => Promise.reject(Object.assign(new Error('locked'), { code: 'ENOSPC' }));
    const { id, ended } = start('a');
    expect(await ended).toMatchObject({ state: 'failed', error: { code: 'NO_SPACE' } });
    expect(itemsOf(journal, id)).toBe('a:waiting');
    delete handler.prepare;
    void queue.run(id);
    await pass();
    expect(handler.inWork).toEqual(['a']);
  });
});

describe('an error that passes by itself', () => {
  it('is tried again behind the others, after a wait that grows and holds no place', async () => {
    const { handler, journal, start } = newQueue({ places: 1 });
    const { id, ended } = start('abc');
    await pass();
    handler.fail('a', 'SOURCE_CHANGED');
    await pass();
    expect(handler.inWork).toEqual(['b']);
    expect(journal.look(id).items[0]).toMatchObject({ state: 'waiting', error: { code: 'SOURCE_CHANGED' } });
    await pass(2_000);
    handler.finish('b');
    await pass();
    expect(handler.inWork).toEqual(['c']);
    handler.finish('c');
    await pass();
    expect(handler.inWork).toEqual(['a']);
    handler.fail('a', 'SOURCE_CHANGED');
    await pass(9_900);
    expect(handler.inWork).toEqual([]);
    await pass(100);
    handler.finish('a');
    expect(await ended).toMatchObject({ state: 'done', counts: { done: 3 } });
    expect(journal.look(id).items[0]).toMatchObject({ attempts: 3, error: null });
  });

  it('does not pass for ever: after the third attempt the item has failed', async () => {
    const { handler, start } = newQueue();
    const { ended } = start('a');
    for (let attempt = 1; attempt <= 3; attempt++) {
      await pass(10_000);
      handler.fail('a', 'SOURCE_CHANGED');
    }
    expect(await ended).toMatchObject({ state: 'done', counts: { failed: 1 } });
    expect(handler.begun).toEqual(['a', 'a', 'a']);
  });

  it('keeps nobody from cancelling or pausing while it is waited for', async () => {
    const { queue, handler, journal, start } = newQueue();
    const first = start('a');
    const second = start('b');
    await pass();
    handler.fail('a', 'SOURCE_CHANGED');
    handler.fail('b', 'SOURCE_CHANGED');
    await pass();
    await queue.pause(first.id);
    expect(await queue.cancel(second.id)).toMatchObject({ state: 'cancelled' });
    expect(await first.ended).toMatchObject({ state: 'paused' });
    expect(await second.ended).toMatchObject({ state: 'cancelled' });
    await pass(60_000);
    expect(handler.begun).toEqual(['a', 'b']);
    expect(journal.look(second.id)).toMatchObject({ state: 'cancelled', owner: null });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('events', () => {
  it('tell the way of a job and of its items, in order, and nothing after the end', async () => {
    const { handler, events, start } = newQueue();
    const { id, ended } = start('a');
    await pass();
    const { onProgress } = handler.contextOf('a');
    handler.finish('a');
    await ended;
    expect(statesOf(events, id)).toEqual(['waiting', 'waiting', 'running', 'done']);
    expect(events.flatMap((event) => (event.kind === 'item' ? [event.item.state] : []))).toEqual([
      'running',
      'done',
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'job', job: { state: 'done' } });
    const told = events.length;
    onProgress(500, 1000);
    await pass(5_000);
    expect(events.length).toBe(told);
  });

  it('a listener that throws disturbs neither the queue nor other listeners, and its error is not lost', async () => {
    const errors: unknown[] = [];
    const { queue, handler, start } = newQueue({ onListenerError: (error) => errors.push(error) });
    const heard: string[] = [];
    queue.subscribe(() => {
      throw new Error('I am broken.');
    });
    queue.subscribe(({ kind }) => heard.push(kind));
    const { ended } = start('a');
    await pass();
    handler.finish('a');
    expect(await ended).toMatchObject({ state: 'done' });
    expect(heard).toContain('item');
    expect(errors.length).toBe(heard.length);
    expect(errors[0]).toMatchObject({ message: 'I am broken.' });
  });

  it('where nobody takes the error of a listener, the host gets it', () => {
    const thrown: (() => void)[] = [];
    vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void thrown.push(task));
    const { queue, create } = newQueue();
    queue.subscribe(() => {
      throw new Error('I am broken.');
    });
    create('a');
    vi.restoreAllMocks();
    expect(thrown.length).toBe(1);
    expect(thrown[0]).toThrow('I am broken.');
  });

  it('who stops listening hears nothing more, not even of the event that is being told', () => {
    const { queue, create } = newQueue();
    const heard: string[] = [];
    queue.subscribe(() => leave());
    const leave = queue.subscribe(({ kind }) => heard.push(kind));
    create('a');
    expect(heard).toEqual([]);
  });

  it('may be answered with anything: a job that is cancelled from within an event ends like any other', async () => {
    for (const trigger of ['job', 'item', 'progress'] as const) {
      const { queue, journal, events, start } = newQueue({ places: 1 });
      queue.subscribe((event) => {
        if (event.kind === trigger && journal.look(1).owner !== null) void queue.cancel(1);
      });
      const { id, ended } = start('abc');
      await pass(200);
      expect(await follow(ended)).toMatchObject({ state: 'cancelled' });
      expect(events.at(-1)).toMatchObject({ kind: 'job', job: { state: 'cancelled' } });
      expect(journal.look(id)).toMatchObject({ state: 'cancelled', owner: null });
    }
  });
});

it('every code of an error keeps its place in the journal', async () => {
  const codes: ErrorCode[] = ['WRONG_KEY', 'TRUNCATED', 'IO_FAILED'];
  const { handler, journal, start } = newQueue({ places: 3 });
  const { id, ended } = start('abc');
  await pass();
  for (const [position, path] of [...'abc'].entries()) handler.fail(path, codes[position]!);
  await ended;
  expect(journal.look(id).items.map(({ error }) => error?.code)).toEqual(codes);
});
