// The far side of the pool's tests: tasks that end in every way a task can.

import { parentPort } from 'node:worker_threads';

import { StrongroomError } from '../../shared/errors.ts';
import { serveTasks } from '../../core/jobs/index.ts';

export type TestTask =
  | { readonly kind: 'echo'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly pieces: readonly number[] }
  | { readonly kind: 'until-cancelled' }
  | { readonly kind: 'fail' }
  | { readonly kind: 'fail-plainly' }
  | { readonly kind: 'exit' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'give-function' }
  | { readonly kind: 'never' };

if (parentPort === null) throw new Error('runs in a worker thread only');

serveTasks(parentPort, (task, { signal, onBytes }) => {
  const wanted = task as TestTask;
  switch (wanted.kind) {
    case 'echo':
      return Promise.resolve(wanted.value);
    case 'bytes':
      for (const piece of wanted.pieces) onBytes(piece);
      return Promise.resolve(null);
    case 'until-cancelled':
      onBytes(1); // it is running now
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new StrongroomError('CANCELLED', 'Stopped.')));
      });
    case 'fail':
      return Promise.reject(
        new StrongroomError('DAMAGED_PAYLOAD', 'It is damaged.', { hint: 'Do this.', details: { at: 7 } }),
      );
    case 'fail-plainly':
      return Promise.reject(Object.assign(new Error('ENOSPC: full'), { code: 'ENOSPC', syscall: 'write' }));
    case 'exit':
      return process.exit(3);
    case 'crash':
      setImmediate(() => {
        throw new Error('outside of the task');
      });
      return new Promise(() => undefined);
    case 'give-function':
      return Promise.resolve(() => undefined);
    case 'never':
      onBytes(1);
      return new Promise(() => undefined);
  }
});
