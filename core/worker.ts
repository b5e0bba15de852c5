// Entry of a worker thread: the work on one member, served to the pool.

import './quiet-sqlite.ts';

import { parentPort } from 'node:worker_threads';

import { runMemberTask, type MemberTask } from './backup/index.ts';
import { serveTasks } from './jobs/index.ts';
import { loadSodium } from './securetar/index.ts';

const port = parentPort;
if (port === null) throw new Error('core/worker.ts runs in a worker thread only');

const sodium = loadSodium();
serveTasks(port, async (task, options) =>
  runMemberTask(task as MemberTask, { sodium: await sodium, ...options }),
);
