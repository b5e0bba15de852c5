// Running work on threads. Knows nothing of what the work means.

export { serveTasks, type TaskFunction } from './worker-loop.ts';
export { WorkerPool, type PoolOptions, type RunOptions } from './worker-pool.ts';
