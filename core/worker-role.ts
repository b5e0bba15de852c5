// How a bundled program, which is one script for all threads, knows that it was started as a worker.

import { isMainThread, workerData } from 'node:worker_threads';

export const MEMBER_WORKER = 'strongroom-member-worker';

export function isMemberWorker(): boolean {
  return !isMainThread && workerData === MEMBER_WORKER;
}
