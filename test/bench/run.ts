// `npm run bench`: the program on a large generated backup beside the raw limits of the same run. Prints Markdown for
// docs/measurements.md. `--quick` does all of it with small files, `--batch` only the batches. Machines are noisy: rounds are interleaved, medians are compared, only ratios are worth keeping.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { printBatch } from './batch.ts';
import { generateBackup, type GeneratedBackup } from './generate-backup.ts';
import { measureCopy, measureStages, type StageLimit } from './raw-limits.ts';
import { watchProcess, type Usage } from './watch-process.ts';

const GIBIBYTE = 1024 ** 3;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    batch: { type: 'boolean', default: false },
    'batch-count': { type: 'string' },
    'batch-mib': { type: 'string' },
    'single-mib': { type: 'string' },
  },
});
const rounds = Number(process.env['BENCH_ROUNDS'] ?? (flags.quick ? 1 : 3));
const sizeGiB = Number(process.env['BENCH_GIB'] ?? (flags.quick ? 0.125 : 1));
const largeGiB = Number(process.env['BENCH_LARGE_GIB'] ?? (flags.quick ? 0 : 4));
const batchSizes = {
  count: Number(flags['batch-count'] ?? (flags.quick ? 4 : 20)),
  mebibytes: Number(flags['batch-mib'] ?? (flags.quick ? 48 : 256)),
  singleMebibytes: Number(flags['single-mib'] ?? (flags.quick ? 192 : 2048)),
  rounds,
};

interface Measured extends Usage {
  readonly rate: number;
}

const OPERATIONS = ['verify', 'migrate', 'decrypt'] as const;
type Operation = (typeof OPERATIONS)[number];

const folder = await mkdtemp(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'strongroom-bench-'));
try {
  print(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`,
  );
  if (!flags.batch) await printOne();
  await printBatch(folder, batchSizes);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** One backup through the program as it ships. */
async function printOne(): Promise<void> {
  const backup = await generateBackup(join(folder, 'backup.tar'), sizeGiB * GIBIBYTE);
  print(
    `A v2 backup of ${(backup.storedBytes / GIBIBYTE).toFixed(2)} GiB, ${backup.memberCount} gzip members, half random and half text (${(backup.tarBytes / GIBIBYTE).toFixed(2)} GiB unpacked). MB = 2^20 bytes of backup.\n`,
  );

  const stageRounds: StageLimit[][] = [];
  const copies: number[] = [];
  const measured: Record<Operation, Measured[]> = { verify: [], migrate: [], decrypt: [] };
  for (let round = 0; round < rounds; round++) {
    stageRounds.push(await measureStages(backup.gzipSample));
    copies.push(await measureCopy(backup.path, join(folder, 'copy.tar')));
    await rm(join(folder, 'copy.tar'));
    for (const operation of OPERATIONS) measured[operation].push(await measure(operation, backup));
  }
  const stages = (stageRounds[0] ?? []).map(({ stage }, index) => ({
    stage,
    oneCore: median(stageRounds.map((round) => round[index]?.oneCore ?? 0)),
    allCores: median(stageRounds.map((round) => round[index]?.allCores ?? 0)),
  }));
  const copy = median(copies);
  printLimits(stages, copy);
  printOperations(stages, copy, measured);
  await rm(backup.path);
  if (largeGiB > 0) await printMemory(measured);
}

async function measure(operation: Operation, backup: GeneratedBackup): Promise<Measured> {
  const out = join(folder, 'out');
  await mkdir(out, { recursive: true });
  const args = operation === 'verify' ? ['verify', '--full'] : [operation, '--out', out];
  await warm(backup.path);
  const started = performance.now();
  const { usage, endedAt } = await run([...args, backup.path], backup.password);
  await rm(out, { recursive: true });
  return { ...usage, rate: backup.storedBytes / 2 ** 20 / ((endedAt - started) / 1000) };
}

/** Brings the backup into the system's cache, so that it is the program that is measured and not the disk's mood. */
async function warm(path: string): Promise<void> {
  await finished(createReadStream(path, { highWaterMark: 4 * 2 ** 20 }).resume());
}

async function run(args: readonly string[], key: string): Promise<{ usage: Usage; endedAt: number }> {
  const program = join(root, 'dist', 'cli', 'strongroom.js');
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, STRONGROOM_KEY: key },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}: ${said}`);
    return performance.now();
  });
  const [endedAt, usage] = await Promise.all([ended, watchProcess(child.pid ?? 0)]);
  return { usage, endedAt };
}

function printLimits(stages: readonly StageLimit[], copy: number): void {
  print('| raw limit | one core | all cores |\n|---|---|---|');
  for (const { stage, oneCore, allCores } of stages)
    print(`| ${stage} | ${oneCore.toFixed(0)} MB/s | ${allCores.toFixed(0)} MB/s |`);
  print(`| file copy with fsync | ${copy.toFixed(0)} MB/s | |\n`);
}

function printOperations(
  stages: readonly StageLimit[],
  copy: number,
  measured: Record<Operation, Measured[]>,
): void {
  const all = (stage: string) => stages.find((limit) => limit.stage === stage)?.allCores ?? NaN;
  const slowest = Math.min(copy, ...stages.map(({ allCores }) => allCores));
  const floors: Record<Operation, readonly [string, number, number]> = {
    verify: ['gunzip on all cores', all('gunzip'), 70],
    migrate: ['slowest raw stage', slowest, 50],
    decrypt: ['file copy with fsync', copy, 60],
  };
  print('| operation | MB/s | of | % | floor | processor | peak memory |\n|---|---|---|---|---|---|---|');
  for (const operation of OPERATIONS) {
    const runs = measured[operation];
    const rate = median(runs.map((one) => one.rate));
    const [name, limit, floor] = floors[operation];
    const cpu = median(runs.map((one) => one.cpuSeconds));
    print(
      `| ${operation} | ${rate.toFixed(0)} | ${name} ${limit.toFixed(0)} | ${((100 * rate) / limit).toFixed(0)} % | ${floor} % | ${cpu.toFixed(1)} s | ${peak(runs)} |`,
    );
  }
  print('');
}

async function printMemory(small: Record<Operation, Measured[]>): Promise<void> {
  const large = await generateBackup(join(folder, 'large.tar'), largeGiB * GIBIBYTE);
  print(`| peak memory | ${sizeGiB} GiB | ${largeGiB} GiB |\n|---|---|---|`);
  for (const operation of OPERATIONS) {
    print(`| ${operation} | ${peak(small[operation])} | ${peak([await measure(operation, large)])} |`);
  }
}

function peak(runs: readonly Measured[]): string {
  return `${(Math.max(...runs.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0)} MiB`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
