// Many backups side by side, and one backup with a single big member, beside what the raw stages of the same run allow.
// Raw limits and program take turns in every round; the medians of the rates and of the percentages are printed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rm, statfs } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

import { boundOfBatch, boundOfOneMember, type Bound, type Case, type RawCosts } from './bounds.ts';
import { generateBackup, type GeneratedBackup } from './generate-backup.ts';
import { ALL_STAGES, copyAndSync, measureStages } from './raw-limits.ts';
import type { SideBySide, SideBySideResult } from './side-by-side.ts';
import { watchProcess } from './watch-process.ts';

const MEBIBYTE = 1024 * 1024;
const CORES = availableParallelism();
const CASES: readonly Case[] = ['verify', 'migrate'];

export interface BatchSizes {
  readonly count: number;
  readonly mebibytes: number;
  readonly singleMebibytes: number;
  readonly rounds: number;
}

interface Files {
  readonly name: string;
  readonly paths: readonly string[];
  readonly backup: GeneratedBackup;
  readonly atATime: number;
  readonly goals: Readonly<Record<Case, number | null>>;
  readonly boundOf: (work: Case, costs: RawCosts) => Bound;
}

interface Run {
  readonly rate: number;
  readonly bound: Bound;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** Prints a table; everything it wrote to `folder` is gone afterwards. */
export async function printBatch(folder: string, sizes: BatchSizes): Promise<void> {
  await requireRoom(folder, sizes);
  const batch = await generateBatch(folder, sizes);
  const single = await generateBackup(join(folder, 'single.tar'), sizes.singleMebibytes * MEBIBYTE, 1);
  const runs = new Map<string, Run[]>();
  const groups: readonly Files[] = [
    {
      name: `${sizes.count} backups of ${mebibytes(batch.backup.storedBytes)} MiB`,
      ...batch,
      atATime: CORES,
      goals: { verify: 90, migrate: 85 },
      boundOf: boundOfBatch,
    },
    {
      name: `one member of ${mebibytes(single.storedBytes)} MiB`,
      paths: [single.path],
      backup: single,
      atATime: 1,
      goals: { verify: null, migrate: null },
      boundOf: boundOfOneMember,
    },
  ];
  let ofBatch: RawCosts | null = null;
  for (let round = 0; round < sizes.rounds; round++) {
    for (const files of groups) {
      const costs = await measureRaw(folder, files.paths, files.backup.gzipSample);
      for (const work of CASES) {
        const name = `${work}, ${files.name}`;
        runs.set(name, [...(runs.get(name) ?? []), await measure(folder, work, files, costs)]);
      }
      if (files.atATime > 1 || ofBatch === null) ofBatch = costs;
    }
  }
  for (const path of [...batch.paths, single.path]) await rm(path);
  if (ofBatch !== null) printRaw(ofBatch);
  print('| case | MB/s | bound | % | goal | bound by | processor | peak memory |');
  print('|---|---|---|---|---|---|---|---|');
  for (const { name, goals } of groups)
    for (const work of CASES) printCase(`${work}, ${name}`, goals[work], runs.get(`${work}, ${name}`) ?? []);
  print(`\nLoad of the machine at the end: ${loadavg()[0]?.toFixed(1) ?? '?'}.\n`);
}

async function generateBatch(folder: string, { count, mebibytes: each }: BatchSizes) {
  const path = (index: number): string => join(folder, `batch-${index}.tar`);
  const backup = await generateBackup(path(0), each * MEBIBYTE);
  const paths = Array.from({ length: count }, (_, index) => path(index));
  for (const other of paths.slice(1)) await copyFile(backup.path, other);
  return { backup, paths };
}

async function requireRoom(folder: string, { count, mebibytes: each, singleMebibytes }: BatchSizes) {
  const { bavail, bsize } = await statfs(folder);
  const needed = (2.5 * count * each + 2.5 * singleMebibytes) * MEBIBYTE;
  if (bavail * bsize > needed) return;
  throw new Error(
    `${mebibytes(needed)} MiB are needed in ${folder}; choose another folder with BENCH_FOLDER, or --quick`,
  );
}

async function measureRaw(folder: string, paths: readonly string[], gzipSample: Buffer): Promise<RawCosts> {
  const stages = await measureStages(gzipSample, ALL_STAGES, paths[0]);
  const few = paths.slice(0, 4 * CORES);
  const one = await copyAll(folder, few.slice(0, 1), 1);
  const side = few.length > 1 ? await copyAll(folder, few, CORES) : one;
  return {
    stages,
    cores: CORES,
    copyOne: one.rate,
    copySideBySide: side.rate,
    copyCpuPerMb: side.cpuPerMb,
  };
}

async function copyAll(folder: string, paths: readonly string[], atATime: number) {
  for (const path of paths) await warm(path);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const waiting = paths.map((from, index) => ({ from, to: join(folder, `copy-${index}`) }));
  const targets = waiting.map(({ to }) => to);
  let bytes = 0;
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      for (let next; (next = waiting.shift()) !== undefined;) bytes += await copyAndSync(next.from, next.to);
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const target of targets) await rm(target);
  const megabytes = bytes / MEBIBYTE;
  return { rate: megabytes / seconds, cpuPerMb: (user + system) / 1e6 / megabytes };
}

async function measure(folder: string, work: Case, files: Files, costs: RawCosts): Promise<Run> {
  const out = join(folder, 'out');
  await mkdir(out);
  for (const path of files.paths) await warm(path);
  const { paths, atATime, backup } = files;
  const job: SideBySide = { operation: work, paths, password: backup.password, atATime, out };
  const { result, peakBytes } = await runChild(job);
  await rm(out, { recursive: true });
  const megabytes = (backup.storedBytes / MEBIBYTE) * paths.length;
  return {
    rate: megabytes / result.seconds,
    bound: files.boundOf(work, costs),
    cpuSeconds: result.cpuSeconds,
    peakBytes,
  };
}

async function runChild(job: SideBySide): Promise<{ result: SideBySideResult; peakBytes: number }> {
  const script = fileURLToPath(new URL('side-by-side.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complained = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (complained += text.toString()));
  const [[code], { peakBytes }] = await Promise.all([once(child, 'close'), watchProcess(child.pid ?? 0)]);
  if (code !== 0) throw new Error(`${job.operation} ended with ${String(code)}: ${complained}`);
  return { result: JSON.parse(said) as SideBySideResult, peakBytes };
}

/** Brings a file into the system's cache, so that it is the program that is measured and not the disk's mood. */
async function warm(path: string): Promise<void> {
  await finished(createReadStream(path, { highWaterMark: 4 * MEBIBYTE }).resume());
}

function printRaw({ stages, copyOne, copySideBySide, copyCpuPerMb }: RawCosts): void {
  print('| raw limit, last round | one core | all cores |\n|---|---|---|');
  for (const { stage, oneCore, allCores } of stages)
    print(`| ${stage} | ${oneCore.toFixed(0)} MB/s | ${allCores.toFixed(0)} MB/s |`);
  print(`| file copy with fsync | ${copyOne.toFixed(0)} MB/s | ${copySideBySide.toFixed(0)} MB/s |`);
  print(`| its processor time | ${(1000 * copyCpuPerMb).toFixed(2)} ms/MB | |\n`);
}

function printCase(name: string, goal: number | null, runs: readonly Run[]): void {
  const rate = median(runs.map((run) => run.rate));
  const bound = median(runs.map((run) => run.bound.rate));
  const share = median(runs.map((run) => (100 * run.rate) / run.bound.rate));
  const cpu = median(runs.map(({ cpuSeconds }) => cpuSeconds));
  const peak = Math.max(...runs.map(({ peakBytes }) => peakBytes));
  const by = [...new Set(runs.map((run) => run.bound.by))].join(' / ');
  print(
    `| ${name} | ${rate.toFixed(0)} | ${bound.toFixed(0)} | ${share.toFixed(0)} % | ${goal === null ? '' : `${goal} %`} | ${by} | ${cpu.toFixed(1)} s | ${mebibytes(peak)} MiB |`,
  );
}

function mebibytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(0);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
