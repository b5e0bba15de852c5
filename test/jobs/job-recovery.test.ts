// After a crash, and between processes: what a dead process had is taken over by one, what a living one has is left to it.

import { beforeEach, describe, expect, it } from 'vitest';

import { MemoryJournal } from './memory-journal.ts';
import {
  follow,
  holdTime,
  itemsOf,
  newQueue,
  pass,
  statesOf,
  type QueueFixtureOptions,
} from './queue-fixture.ts';

beforeEach(holdTime);

/** Several processes on one journal; those that were killed are in `dead`. */
function newComputer() {
  const journal = new MemoryJournal();
  const dead = new Set<string>();
  const startProcess = (owner: string, options: QueueFixtureOptions = {}) =>
    newQueue({ ...options, journal, owner, mayBeAlive: (other) => !dead.has(other) });
  return { journal, dead, startProcess };
}

describe('recovering', () => {
  it('hands each item that was in work to its handler; then it waits, and the job is interrupted', async () => {
    const { journal, dead, startProcess } = newComputer();
    const first = startProcess('first');
    const { id } = first.start('abc');
    await pass();
    first.handler.finish('a');
    await pass();
    dead.add('first');
    const second = startProcess('second');
    expect(await second.queue.recover()).toMatchObject([
      { id, state: 'interrupted', counts: { done: 1, left: 2 } },
    ]);
    expect(second.handler.recovered).toEqual(['b', 'c']);
    expect(itemsOf(journal, id)).toBe('a:done b:waiting c:waiting');
    expect(journal.look(id).owner).toBe(null);
    expect(statesOf(second.events, id)).toEqual(['interrupted']);

    const ended = second.queue.run(id);
    await pass();
    second.handler.finish('b');
    second.handler.finish('c');
    expect(await ended).toMatchObject({ state: 'done', counts: { done: 3 } });
    expect(second.handler.begun).toEqual(['b', 'c']);
  });

  it('leaves alone what this process runs and what another living one has', async () => {
    const { startProcess } = newComputer();
    const first = startProcess('first');
    const second = startProcess('second');
    first.start('a');
    second.start('b');
    await pass();
    expect(await second.queue.recover()).toEqual([]);
    expect(first.handler.inWork).toEqual(['a']);
    expect(second.handler.inWork).toEqual(['b']);
  });

  it('of two processes that recover at once, one gets each job', async () => {
    const { dead, startProcess } = newComputer();
    const first = startProcess('first', { places: 9 });
    const jobs = ['ab', 'c', 'd'].map((paths) => first.start(paths));
    await pass();
    dead.add('first');
    const second = startProcess('second');
    const third = startProcess('third');
    const recovered = await Promise.all([second.queue.recover(), third.queue.recover()]);
    expect(
      recovered
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(jobs.map(({ id }) => id));
    expect([...second.handler.recovered, ...third.handler.recovered].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('an item that cannot be recovered does not stop the others; the reason is told, and it is tried again', async () => {
    const { journal, dead, startProcess } = newComputer();
    const first = startProcess('first');
    const { id } = first.start('ab');
    await pass();
    dead.add('first');
    const second = startProcess('second');
    second.handler.recover = (item) =>
      item.path === 'a' ? Promise.reject(new Error('The drive is away.')) : Promise.resolve();
    await second.queue.recover();
    expect(itemsOf(journal, id)).toBe('a:waiting b:waiting');
    expect(journal.look(id).items.map(({ error }) => error?.message)).toEqual([
      'The drive is away.',
      undefined,
    ]);
  });

  it('carries out what was asked of the dead process', async () => {
    const { journal, dead, startProcess } = newComputer();
    const first = startProcess('first');
    const second = startProcess('second');
    const toCancel = first.start('a');
    const toPause = first.start('b');
    await pass();
    await second.queue.cancel(toCancel.id);
    await second.queue.pause(toPause.id);
    dead.add('first');
    await second.queue.recover();
    expect(journal.look(toCancel.id)).toMatchObject({ state: 'cancelled', owner: null });
    expect(journal.look(toPause.id)).toMatchObject({ state: 'paused', owner: null });
    expect(second.handler.recovered).toEqual(['a', 'b']);
  });

  it('a job that was cancelled when its process died stays so, and its items are looked after', async () => {
    const { journal, dead, startProcess } = newComputer();
    const first = startProcess('first', { isSlowToStop: true });
    const { id } = first.start('a');
    await pass();
    await Promise.all([first.queue.cancel(id), pass(200)]);
    dead.add('first');
    const second = startProcess('second');
    expect(await second.queue.recover()).toMatchObject([{ state: 'cancelled' }]);
    expect(second.handler.recovered).toEqual(['a']);
    expect(itemsOf(journal, id)).toBe('a:waiting');
  });

  it('is done by whoever runs, cancels or pauses the job first, where nobody has recovered it', async () => {
    const { journal, dead, startProcess } = newComputer();
    const first = startProcess('first', { places: 9 });
    const jobs = ['a', 'b', 'c'].map((paths) => first.start(paths).id);
    await pass();
    dead.add('first');
    const second = startProcess('second');
    const ended = second.queue.run(jobs[0]!);
    expect(await second.queue.cancel(jobs[1]!)).toMatchObject({ state: 'cancelled' });
    expect(await second.queue.pause(jobs[2]!)).toMatchObject({ state: 'interrupted' });
    await pass();
    expect(second.handler.recovered.sort()).toEqual(['a', 'b', 'c']);
    second.handler.finish('a');
    expect(await ended).toMatchObject({ state: 'done' });
    expect(journal.look(jobs[1]!).owner).toBe(null);
  });

  it('waits with running a job until it has been recovered, and closing waits for it too', async () => {
    const { dead, startProcess } = newComputer();
    const first = startProcess('first');
    const { id } = first.start('a');
    await pass();
    dead.add('first');
    const second = startProcess('second');
    const { promise, resolve } = Promise.withResolvers<undefined>();
    second.handler.recover = () => promise;
    const recovered = follow(second.queue.recover());
    const ended = second.queue.run(id);
    const closed = follow(second.queue.close());
    await pass(60_000);
    expect([recovered.hasEnded(), closed.hasEnded()]).toEqual([false, false]);
    expect(second.handler.begun).toEqual([]);
    resolve(undefined);
    await closed;
    await expect(ended).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(second.handler.begun).toEqual([]);
  });

  it('leaves jobs of a kind that is not known here to the version that knows it', async () => {
    const { journal, dead, startProcess } = newComputer();
    const first = startProcess('first', { kind: 'rekey' });
    const { id } = first.start('a');
    await pass();
    dead.add('first');
    const second = startProcess('second');
    expect(await second.queue.recover()).toEqual([]);
    expect(journal.look(id)).toMatchObject({ state: 'running', owner: 'first' });
  });

  it('does not let a journal that fails for one job keep it from the others', async () => {
    const { journal, dead, startProcess } = newComputer();
    const first = startProcess('first', { places: 9 });
    const bad = first.start('a');
    const good = first.start('b');
    await pass();
    dead.add('first');
    journal.onCall = (call, id) => {
      if (call === 'requestOf' && id === bad.id) throw new Error('unreadable');
    };
    const second = startProcess('second');
    await expect(second.queue.recover()).rejects.toThrow('unreadable');
    expect(journal.look(good.id).state).toBe('interrupted');
    journal.onCall = () => undefined;
    expect(await second.queue.recover()).toMatchObject([{ id: bad.id, state: 'interrupted' }]);
  });
});

describe('two processes', () => {
  it('that want the same job: one gets it, the other is told', async () => {
    const { startProcess } = newComputer();
    const first = startProcess('first');
    const second = startProcess('second');
    const { id } = first.create('a');
    const ended = first.queue.run(id);
    await expect(second.queue.run(id)).rejects.toMatchObject({ code: 'BUSY', details: { jobId: id } });
    await pass();
    first.handler.finish('a');
    expect(await ended).toMatchObject({ state: 'done' });
    expect(second.handler.begun).toEqual([]);
  });

  it('that run everything that waits share it: nothing is done twice', async () => {
    const { startProcess } = newComputer();
    const first = startProcess('first');
    const second = startProcess('second');
    for (const path of 'abcd') first.create(path);
    const ended = [first.queue.runWaiting(), second.queue.runWaiting()];
    for (let turn = 0; turn < 4; turn++) {
      await pass();
      for (const { handler } of [first, second]) for (const path of handler.inWork) handler.finish(path);
    }
    expect((await Promise.all(ended)).flat().length).toBe(4);
    expect([...first.handler.begun, ...second.handler.begun].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('one cancels what the other runs, within a fifth of a second', async () => {
    const { journal, startProcess } = newComputer();
    const first = startProcess('first', { isSlowToStop: true });
    const second = startProcess('second');
    const { id, ended } = first.start('ab');
    await pass(30);
    await second.queue.cancel(id);
    await pass(200);
    expect(ended.hasEnded()).toBe(true);
    expect(await ended).toMatchObject({ state: 'cancelled' });
    expect(journal.look(id)).toMatchObject({ state: 'cancelled', owner: 'first' });
    first.handler.stop('a');
    first.handler.stop('b');
    await pass();
    expect(journal.look(id)).toMatchObject({ state: 'cancelled', owner: null, counts: { cancelled: 2 } });
  });

  it('one pauses what the other runs, may take it back, and may then go on with it itself', async () => {
    const { startProcess } = newComputer();
    const first = startProcess('first', { places: 1 });
    const second = startProcess('second');
    const { id, ended } = first.start('abc');
    await pass();
    await second.queue.pause(id);
    await pass(100);
    expect(await second.queue.resume(id)).toMatchObject({ state: 'running' });
    await pass(100);
    first.handler.finish('a');
    await pass();
    expect(first.handler.inWork).toEqual(['b']);

    await second.queue.pause(id);
    await pass(100);
    first.handler.finish('b');
    expect(await ended).toMatchObject({ state: 'paused' });
    const resumed = second.queue.resume(id);
    await pass(100);
    second.handler.finish('c');
    expect(await resumed).toMatchObject({ state: 'done', counts: { done: 3 } });
  });

  it('a pause from elsewhere is taken back by whoever runs the job', async () => {
    const { journal, startProcess } = newComputer();
    const first = startProcess('first', { places: 1 });
    const second = startProcess('second');
    const { id } = first.start('ab');
    await pass();
    await second.queue.pause(id);
    await pass(100);
    void first.queue.resume(id);
    expect(journal.wishOf(id)).toBe(null);
    first.handler.finish('a');
    await pass(100);
    expect(first.handler.inWork).toEqual(['b']);
  });

  it('a cancel is not undone by a pause that follows it', async () => {
    const { startProcess } = newComputer();
    const first = startProcess('first');
    const second = startProcess('second');
    const { id, ended } = first.start('a');
    await pass();
    await second.queue.cancel(id);
    await second.queue.pause(id);
    await pass(200);
    expect(await ended).toMatchObject({ state: 'cancelled' });
  });

  it.each(['setState', 'release'] as const)(
    'a cancel that comes while the job is given up (%s) is not lost',
    async (moment) => {
      const { journal, startProcess } = newComputer();
      const first = startProcess('first');
      const second = startProcess('second');
      const { id, ended } = first.start('abc');
      await pass();
      void first.queue.pause(id);
      first.handler.finish('a');
      journal.onCall = (call) => {
        if (call !== moment) return;
        journal.onCall = () => undefined;
        void second.queue.cancel(id);
      };
      first.handler.finish('b');
      expect(await ended).toMatchObject({ state: 'cancelled' });
      expect(journal.look(id)).toMatchObject({ state: 'cancelled', owner: null });
    },
  );

  it('a wish that was left behind does not meet the next run', async () => {
    const { journal, startProcess } = newComputer();
    const first = startProcess('first');
    const second = startProcess('second');
    const { id, ended } = first.start('a');
    await pass();
    journal.ask(id, 'pause');
    await pass(100);
    first.handler.finish('a');
    expect(await ended).toMatchObject({ state: 'done' });
    const other = first.start('bc');
    await pass();
    await second.queue.pause(other.id);
    await pass(100);
    first.handler.finish('b');
    first.handler.fail('c', 'NO_SPACE');
    await other.ended;
    expect(journal.wishOf(other.id)).toBe('pause');
    const again = second.queue.run(other.id);
    await pass(300);
    second.handler.finish('c');
    expect(await again).toMatchObject({ state: 'done' });
  });

  it('wishes are looked for only while something runs', async () => {
    const { journal, startProcess } = newComputer();
    const { handler, start } = startProcess('first');
    const asked: number[] = [];
    journal.onCall = (call) => {
      if (call === 'wishOf') asked.push(1);
    };
    await pass(1_000);
    expect(asked.length).toBe(0);
    const { ended } = start('a');
    await pass(1_000);
    expect(asked.length).toBe(10);
    handler.finish('a');
    await ended;
    const before = asked.length;
    await pass(1_000);
    expect(asked.length).toBe(before);
  });
});
