import { describe, expect, it, vi } from 'vitest';

import type { Log } from '../../core/service/index.ts';
import { Quitting, type QuitAnswer, type QuitOptions, type QuitQuestion } from '../../electron/quit.ts';

const log = { info: () => undefined, failure: () => undefined } as unknown as Log;

function quittingWith(
  jobCount: number,
  answers: readonly (QuitAnswer | Error)[],
  over: Partial<QuitOptions> = {},
) {
  const done: string[] = [];
  const asked: QuitQuestion[] = [];
  const left = [...answers];
  const finished = Promise.withResolvers<null>();
  const exited = Promise.withResolvers<null>();
  const quitting = new Quitting({
    workInHand: () => ({ jobCount, progress: null }),
    endWork: async (how) => {
      done.push(how);
      if (how === 'finish') await finished.promise;
    },
    ask: async (question) => {
      asked.push(question);
      const answer = left.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('Asked too often.');
      return answer;
    },
    close: async () => void done.push('close'),
    exit: () => {
      done.push('exit');
      exited.resolve(null);
    },
    log,
    ...over,
  });
  const quit = (): boolean => {
    const preventDefault = vi.fn();
    quitting.onBeforeQuit({ preventDefault });
    return preventDefault.mock.calls.length === 1;
  };
  return { quitting, quit, done, asked, finish: () => finished.resolve(null), exited: exited.promise };
}

describe('quitting', () => {
  it('asks nobody when nothing runs, and closes before it ends', async () => {
    const { quit, done, asked, exited } = quittingWith(0, []);
    expect(quit()).toBe(true);
    await exited;
    expect(asked).toEqual([]);
    expect(done).toEqual(['pause', 'close', 'exit']);
  });

  it('stays when that is the answer, and asks again the next time', async () => {
    const { quit, done, asked, exited } = quittingWith(2, ['stay', 'pause']);
    quit();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await Promise.resolve();
    expect(done).toEqual([]);
    await vi.waitFor(() => {
      quit();
      expect(asked).toHaveLength(2);
    });
    await exited;
    expect(done).toEqual(['pause', 'close', 'exit']);
  });

  it('stays when nobody could be asked', async () => {
    const { quit, done, asked } = quittingWith(1, [new Error('no dialog')]);
    quit();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(done).toEqual([]);
  });

  it('ends by itself when the jobs are finished', async () => {
    const { quit, done, finish, exited } = quittingWith(1, ['finish']);
    quit();
    await vi.waitFor(() => expect(done).toEqual(['finish']));
    finish();
    await exited;
    expect(done).toEqual(['finish', 'pause', 'close', 'exit']);
  });

  it('says, when asked again, that the jobs are being finished, and pauses them if that is wished now', async () => {
    const { quit, done, asked, exited } = quittingWith(1, ['finish', 'pause']);
    quit();
    await vi.waitFor(() => expect(done).toEqual(['finish']));
    quit();
    await exited;
    expect(asked.map(({ isFinishing }) => isFinishing)).toEqual([false, true]);
    expect(done).toEqual(['finish', 'pause', 'close', 'exit']);
  });

  it('ends once, however often it is asked for', async () => {
    const { quitting, quit, done, exited } = quittingWith(0, []);
    quit();
    quit();
    await quitting.quitNow();
    await exited;
    expect(done.filter((each) => each === 'exit')).toHaveLength(1);
  });

  it('ends also when something cannot be closed', async () => {
    const close = (): Promise<void> => Promise.reject(new Error('stuck'));
    const { quitting, exited, done } = quittingWith(0, [], { close });
    await quitting.quitNow();
    await exited;
    expect(done).toEqual(['pause', 'exit']);
  });
});
