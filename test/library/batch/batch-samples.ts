// A library with a queue of jobs on its own catalogue, and what tests of batches ask for again and again.

import { onTestFinished } from 'vitest';

import { batchHandlers } from '../../../core/library/batch/index.ts';
import { copyHandler } from '../../../core/library/copying/index.ts';
import { verifyHandler, type VerifyHandlerOptions } from '../../../core/library/verification/index.ts';
import { JobQueue } from '../../../core/jobs/index.ts';
import { makeLibrary, type TestLibrary } from '../library-samples.ts';

export interface QueuedLibrary extends TestLibrary {
  readonly queue: JobQueue;
  /** Another program's queue on the same catalogue, for which the first one is dead. */
  nextProgram(): JobQueue;
}

let programs = 0;

export async function makeQueuedLibrary(
  threads = 1,
  verifying: VerifyHandlerOptions = {},
): Promise<QueuedLibrary> {
  const library = await makeLibrary(threads);
  const open = (): JobQueue => {
    const queue = new JobQueue({
      journal: library.catalog.jobs,
      handlers: [...batchHandlers(library), verifyHandler(library, verifying), copyHandler(library)],
      owner: `program ${++programs}`,
      mayBeAlive: () => false,
      atATime: threads,
    });
    onTestFinished(() => queue.close());
    return queue;
  };
  return { ...library, queue: open(), nextProgram: open };
}
