// A process of its own for `batch.ts`: works on many backups side by side with the engine as every host opens it, and
// prints how long that took. What it needs comes as JSON in its first argument.

import '../../core/thread-pool.ts';

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BackupKey } from '../../core/backup/index.ts';
import { openStrongroom } from '../../core/strongroom.ts';

export interface SideBySide {
  readonly operation: 'verify' | 'migrate';
  readonly paths: readonly string[];
  readonly password: string;
  /** Backups worked on at the same time. */
  readonly atATime: number;
  /** Folder for the migrated copies. */
  readonly out: string;
}

export interface SideBySideResult {
  /** Of the work alone; starting the process is not in it. */
  readonly seconds: number;
  /** Of this process, children of the system's not counted. */
  readonly cpuSeconds: number;
}

const job = JSON.parse(process.argv[2] ?? '') as SideBySide;
const dataFolder = await mkdtemp(join(tmpdir(), 'strongroom-bench-data-'));
const strongroom = await openStrongroom({ dataFolder, idleLock: 'never' });
try {
  const keys: BackupKey[] = [{ label: 'bench', password: Buffer.from(job.password) }];
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const waiting = [...job.paths];
  await Promise.all(
    Array.from({ length: job.atATime }, async () => {
      for (let path; (path = waiting.shift()) !== undefined;) await workOn(path, keys);
    }),
  );
  const { user, system } = process.cpuUsage(cpuBefore);
  const result: SideBySideResult = {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (user + system) / 1e6,
  };
  process.stdout.write(JSON.stringify(result));
} finally {
  await strongroom.close();
  await rm(dataFolder, { recursive: true });
}

async function workOn(path: string, keys: readonly BackupKey[]): Promise<void> {
  if (job.operation === 'verify') {
    const { status, error } = await strongroom.verify(path, { level: 'full', keys });
    if (status !== 'good') throw new Error(`${path}: ${error?.message ?? status}`);
    return;
  }
  const destination = { kind: 'folder', folder: job.out } as const;
  await strongroom.recode(path, { operation: 'migrate', keys, destination });
}
