// As many of Node's own pool threads as there are cores: they inflate and read, and more of them than cores only get
// in each other's way (docs/measurements.md). Has to run before anything uses the pool, so it is imported first.

import { availableParallelism } from 'node:os';
import process from 'node:process';

process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(2, availableParallelism()));
