// Errors keep code, message, hint and details on their way through JSON, threads and back, and nothing else.

import { MessageChannel, Worker } from 'node:worker_threads';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

import {
  StrongroomError,
  errorCode,
  fromPlainError,
  toPlainError,
  type PlainError,
} from '../../shared/errors.ts';

const ERROR = new StrongroomError('WRONG_KEY', 'None of your keys opens “share”.', {
  hint: 'Use the key of that time.',
  details: { member: 'share', offset: 512, last: true, nothing: null },
  cause: new Error('secret cause'),
});
const PLAIN: PlainError = {
  code: 'WRONG_KEY',
  message: 'None of your keys opens “share”.',
  hint: 'Use the key of that time.',
  details: { member: 'share', offset: 512, last: true, nothing: null },
};

describe('there and back', () => {
  test('as JSON', () => {
    expect(toPlainError(ERROR)).toEqual(PLAIN);
    const back = fromPlainError(JSON.parse(JSON.stringify(toPlainError(ERROR))) as PlainError);
    expect(back).toBeInstanceOf(StrongroomError);
    expect(toPlainError(back)).toEqual(PLAIN);
    expect(back.cause).toBeUndefined();
  });

  test('through a real worker thread', async () => {
    const code = `
      const { parentPort } = require('node:worker_threads');
      parentPort.on('message', (message) => parentPort.postMessage(message));
    `;
    const worker = new Worker(code, { eval: true });
    try {
      const answer = new Promise((resolve) => worker.once('message', resolve));
      worker.postMessage(toPlainError(ERROR));
      expect(toPlainError(fromPlainError((await answer) as PlainError))).toEqual(PLAIN);
    } finally {
      await worker.terminate();
    }
  });

  test('what is not there stays not there', () => {
    const bare = toPlainError(new StrongroomError('BUSY', 'Busy.'));
    expect(bare).toEqual({ code: 'BUSY', message: 'Busy.' });
    expect(Object.keys(bare)).toEqual(['code', 'message']);
    expect(fromPlainError(bare)).toMatchObject({ hint: undefined, details: {} });
  });

  test('an error whose class was lost on the way is known by its code', async () => {
    const { port1, port2 } = new MessageChannel();
    const received = new Promise((resolve) => port2.once('message', resolve));
    port1.postMessage(Object.assign(new Error('x'), { code: 'WRONG_KEY' })); // structured clone drops the code
    expect(errorCode(await received)).toBe('INTERNAL');
    port1.close();
    expect(errorCode({ ...PLAIN })).toBe('WRONG_KEY');
    class Foreign extends Error {
      readonly code = 'TRUNCATED';
    }
    expect(errorCode(new Foreign('from another copy of this module'))).toBe('TRUNCATED');
  });
});

describe('what others throw', () => {
  const system = (code: string, parts: object = { syscall: 'write' }): Error =>
    Object.assign(new Error(`${code}: something`), { code, ...parts });

  test.each([
    ['ENOSPC', 'NO_SPACE'],
    ['EDQUOT', 'NO_SPACE'],
    ['EFBIG', 'NO_SPACE'],
    ['EROFS', 'OUTPUT_REFUSED'],
    ['EIO', 'IO_FAILED'],
    ['EACCES', 'IO_FAILED'],
  ])('%s is %s', (code, expected) => expect(errorCode(system(code))).toBe(expected));

  test('real ones of the system and of an aborted signal', async () => {
    expect(await readFile('/nowhere/at/all').catch(errorCode)).toBe('IO_FAILED');
    const aborted = await readFile(import.meta.filename, { signal: AbortSignal.abort() }).catch(toPlainError);
    expect(aborted).toEqual({ code: 'CANCELLED', message: 'Stopped at your request.' });
    expect(errorCode(AbortSignal.abort().reason)).toBe('CANCELLED');
  });

  test('a code that is none of ours and none of the system’s is a mistake of ours', () => {
    expect(errorCode(system('ERR_INVALID_ARG_TYPE', {}))).toBe('INTERNAL');
    expect(errorCode({ code: 'MADE_UP', message: 'x' })).toBe('INTERNAL');
    expect(errorCode({ code: 'WRONG_KEY' })).toBe('INTERNAL');
  });

  test.each([
    ['a text', 'oops', 'oops'],
    ['a number', 7, '7'],
    ['null', null, 'null'],
    ['nothing', undefined, 'undefined'],
    ['an object', {}, '[object Object]'],
    ['a TypeError', new TypeError('x is not a function'), 'x is not a function'],
  ])('%s is INTERNAL, and telling it never fails', (_, thrown, message) => {
    expect(toPlainError(thrown)).toEqual({ code: 'INTERNAL', message });
  });
});
