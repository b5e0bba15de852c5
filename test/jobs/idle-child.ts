// A program that uses the pool and forgets to close it: node idle-child.ts <warm|used>

import { Worker } from 'node:worker_threads';

import { WorkerPool } from '../../core/jobs/index.ts';

const start = (): Worker => new Worker(new URL('./task-worker.ts', import.meta.url));
const pool = new WorkerPool({ threads: 2, start });
if (process.argv[2] === 'warm') pool.warmUp();
else process.stdout.write(String(await pool.run({ kind: 'echo', value: 'used' })));
