// Running work: a pool of threads, and a queue of jobs that outlive the program. Knows nothing of what the work means.

export { JobEvents, type JobListener } from './job-events.ts';
export type { JobHandler, JobItemContext, JobItemResult } from './job-handler.ts';
export type { HeldJob, JobItemEnd, JobJournal, JobWish, NewJobItem } from './job-journal.ts';
export { JobQueue, type JobQueueOptions, type RunJobOptions, type StartedJob } from './job-queue.ts';
export { serveTasks, type TaskFunction } from './worker-loop.ts';
export { WorkerPool, type PoolOptions, type RunOptions } from './worker-pool.ts';
