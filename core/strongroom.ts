// Builds the engine once, for Electron, the command line and the tests alike.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import type {
  ArchiveEntry,
  BackupInspection,
  BackupVerification,
  ExtractReport,
  KeyMatch,
  RecodeReport,
  SalvageReport,
} from '../shared/backup.ts';
import {
  extract,
  inlineRunner,
  inspect,
  list,
  openWith,
  recode,
  repair,
  salvage,
  verify,
  type BackupKey,
  type ExtractOptions,
  type InspectOptions,
  type ListOptions,
  type MemberRunner,
  type RecodeOptions,
  type RepairOptions,
  type SalvageOptions,
  type VerifyOptions,
} from './backup/index.ts';
import { WorkerPool } from './jobs/index.ts';
import { loadSodium, type SodiumProvider } from './securetar/index.ts';

export interface StrongroomOptions {
  /** Worker threads; as many as the machine has cores unless told, 0 for none. */
  readonly threads?: number;
}

/** Everything Strongroom can do with one backup. All calls reject with a StrongroomError (see shared/errors.ts). */
export interface Strongroom {
  /** 'wasm' takes two to three times as long: say so. */
  readonly sodium: 'native' | 'wasm';
  inspect(path: string, options?: InspectOptions): Promise<BackupInspection>;
  openWith(path: string, keys: readonly BackupKey[], signal?: AbortSignal): Promise<KeyMatch>;
  verify(path: string, options: VerifyOptions): Promise<BackupVerification>;
  recode(path: string, options: RecodeOptions): Promise<RecodeReport>;
  repair(path: string, options: RepairOptions): Promise<RecodeReport>;
  salvage(path: string, options: SalvageOptions): Promise<SalvageReport>;
  list(path: string, options: ListOptions): AsyncGenerator<ArchiveEntry>;
  extract(path: string, options: ExtractOptions): Promise<ExtractReport>;
  close(): Promise<void>;
}

/** Opens the engine. Close it when done: it owns the worker threads. */
export async function openStrongroom(options: StrongroomOptions = {}): Promise<Strongroom> {
  const sodium = await loadSodium();
  const threads = options.threads ?? availableParallelism();
  const pool = threads > 0 ? new WorkerPool({ threads, start: startWorker }) : null;
  const runner = pool === null ? inlineRunner(sodium) : pooledRunner(sodium, pool);
  return {
    sodium: sodium.name,
    inspect,
    openWith: (path, keys, signal) => openWith(path, keys, sodium, signal),
    verify: (path, verifyOptions) => {
      if (verifyOptions.level !== 'quick') pool?.warmUp();
      return verify(path, verifyOptions, runner);
    },
    recode: (path, recodeOptions) => {
      if (recodeOptions.dryRun !== true) pool?.warmUp();
      return recode(path, recodeOptions, runner);
    },
    repair: (path, repairOptions) => repair(path, repairOptions, runner),
    salvage: (path, salvageOptions) => salvage(path, salvageOptions, runner),
    list: (path, listOptions) => list(path, listOptions, sodium),
    extract: (path, extractOptions) => extract(path, extractOptions, sodium),
    close: async () => {
      await pool?.close();
    },
  };
}

/** The pool carries anything; that a task's result is of its kind is `runMemberTask`'s promise on the other side. */
function pooledRunner(sodium: SodiumProvider, pool: WorkerPool): MemberRunner {
  return {
    sodium,
    run: (task, options) => pool.run(task, options) as ReturnType<MemberRunner['run']> as never,
  };
}

/** The worker's script lies beside this one, in the sources as in a build. */
function startWorker(): Worker {
  const own = import.meta.url;
  return new Worker(new URL(own.endsWith('.ts') ? './worker.ts' : './worker.js', own));
}
