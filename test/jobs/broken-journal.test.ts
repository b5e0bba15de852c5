// A journal that fails in the middle: nothing hangs, nothing is begun that could not be written down, what is in work comes to
// its end, and the next run finds everything.

import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { ErrorCode } from '../../shared/errors.ts';
import type { JournalCall } from './memory-journal.ts';
import { holdTime, itemsOf, newQueue, pass } from './queue-fixture.ts';

beforeEach(holdTime);

const WRITES: readonly JournalCall[] = ['setState', 'startItem', 'endItem', 'release'];
const CODES: readonly ErrorCode[] = ['NO_SPACE', 'BUSY', 'DAMAGED_CATALOG'];

describe.each(CODES)('%s', (code) => {
  it('on every write: what is in work goes on, then the job has failed, and it can be run again', async () => {
    const { queue, handler, journal, events, start } = newQueue();
    const { id, ended } = start('abcd');
    await pass();
    for (const call of WRITES) journal.broken.set(call, code);
    handler.finish('a');
    await pass();
    expect(handler.inWork).toEqual(['b']);
    expect(ended.hasEnded()).toBe(false);
    handler.finish('b');
    expect(await ended).toMatchObject({ state: 'failed', error: { code }, counts: { done: 2, left: 2 } });
    expect(events.at(-1)).toMatchObject({ kind: 'job', job: { state: 'failed' } });
    expect(itemsOf(journal, id)).toBe('a:running b:running c:waiting d:waiting');

    journal.broken.set('claim', code);
    await expect(queue.run(id)).rejects.toMatchObject({ code });
    journal.broken.clear();
    const again = queue.run(id);
    await pass();
    expect(handler.recovered).toEqual(['a', 'b']);
    for (let turn = 0; turn < 2; turn++) {
      for (const path of handler.inWork) handler.finish(path);
      await pass();
    }
    expect(await again).toMatchObject({ state: 'done', counts: { done: 4 } });
    expect(journal.look(id).owner).toBe(null);
  });

  it('that passes: ends that could not be written at first are written before the job has failed', async () => {
    const { handler, journal, start } = newQueue();
    const { id, ended } = start('abc');
    await pass();
    journal.broken.set('endItem', code);
    handler.finish('a');
    await pass();
    journal.broken.clear();
    handler.finish('b');
    expect(await ended).toMatchObject({ state: 'failed', error: { code }, counts: { done: 2, left: 1 } });
    expect(itemsOf(journal, id)).toBe('a:done b:done c:waiting');
    expect(journal.look(id)).toMatchObject({
      state: 'failed',
      owner: null,
      results: ['{"path":"a"}', '{"path":"b"}', null],
    });
  });

  it('when an item is to be begun: it is not', async () => {
    const { handler, journal, create, queue } = newQueue();
    const { id } = create('ab');
    journal.broken.set('startItem', code);
    expect(await queue.run(id)).toMatchObject({ state: 'failed', error: { code } });
    expect(handler.begun).toEqual([]);
    expect(journal.look(id)).toMatchObject({ state: 'failed', owner: null, counts: { left: 2 } });
  });

  it('after the beginning of an item was written all the same: the next run begins it again', async () => {
    const { queue, handler, journal, create } = newQueue();
    const { id } = create('a');
    const { startItem } = journal;
    journal.startItem = (...args) => {
      startItem.apply(journal, args);
      journal.broken.set('endItem', code);
      return startItem.apply(journal, args);
    };
    expect(await queue.run(id)).toMatchObject({ state: 'failed' });
    expect(handler.begun).toEqual([]);
    journal.startItem = startItem;
    journal.broken.clear();
    const again = queue.run(id);
    await pass();
    handler.finish('a');
    expect(await again).toMatchObject({ state: 'done' });
  });

  it('on the first write of a run leaves the job to the next run', async () => {
    const { queue, handler, journal, create } = newQueue();
    const { id } = create('a');
    journal.broken.set('claim', code);
    await expect(queue.run(id)).rejects.toMatchObject({ code });
    journal.broken.clear();
    journal.broken.set('setState', code);
    await expect(queue.run(id)).rejects.toMatchObject({ code });
    journal.broken.clear();
    const ended = queue.run(id);
    await pass();
    handler.finish('a');
    expect(await ended).toMatchObject({ state: 'done' });
  });

  it('while cancelling: everything stops and is reported all the same', async () => {
    const { queue, handler, journal, start } = newQueue();
    const { id, ended } = start('ab');
    await pass();
    for (const call of WRITES) journal.broken.set(call, code);
    expect(await queue.cancel(id)).toMatchObject({
      state: 'failed',
      error: { code },
      counts: { cancelled: 2 },
    });
    expect(await ended).toMatchObject({ state: 'failed' });
    expect(handler.inWork).toEqual([]);
    await queue.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('on reading alone takes no result away', async () => {
    const { handler, journal, start } = newQueue();
    const { id, ended } = start('ab');
    await pass();
    journal.broken.set('job', code);
    handler.finish('a');
    handler.fail('b', 'TRUNCATED');
    expect(await ended).toMatchObject({ state: 'done', counts: { done: 1, failed: 1 }, doneBytes: 2000 });
    expect(journal.look(id)).toMatchObject({ state: 'done', owner: null });
  });

  it('when it is given up: the job is done, and the next who wants it finds it free', async () => {
    const { queue, handler, journal, start } = newQueue();
    const { id, ended } = start('a');
    await pass();
    journal.broken.set('release', code);
    handler.finish('a');
    expect(await ended).toMatchObject({ state: 'done' });
    journal.broken.clear();
    expect(await queue.run(id)).toMatchObject({ state: 'done' });
    expect(journal.look(id).owner).toBe(null);
  });

  it('fails no other job that could go on', async () => {
    const { handler, journal, start } = newQueue({ places: 4 });
    const bad = start('ab');
    const good = start('cd');
    await pass();
    journal.onCall = (call, id) => {
      if (id === bad.id && WRITES.includes(call)) throw Object.assign(new Error('full'), { code });
    };
    for (const path of 'abcd') handler.finish(path);
    expect(await bad.ended).toMatchObject({ state: 'failed' });
    expect(await good.ended).toMatchObject({ state: 'done' });
  });
});

describe('looking for the wishes of others', () => {
  it('is put off while the journal is busy', async () => {
    const { handler, journal, start } = newQueue();
    const { ended } = start('a');
    await pass();
    journal.broken.set('wishOf', 'BUSY');
    await pass(1_000);
    journal.broken.clear();
    handler.finish('a');
    expect(await ended).toMatchObject({ state: 'done' });
  });

  it('in a damaged journal ends the job', async () => {
    const { handler, journal, start } = newQueue();
    const { ended } = start('ab');
    await pass();
    journal.broken.set('wishOf', 'DAMAGED_CATALOG');
    await pass(100);
    handler.finish('a');
    handler.finish('b');
    expect(await ended).toMatchObject({ state: 'failed', error: { code: 'DAMAGED_CATALOG' } });
  });
});
