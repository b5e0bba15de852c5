// What this machine can do at the most, stage by stage, in the same run as the program: one core and all cores, in
// megabytes (2^20) of backup a second. A program that chains the stages cannot be faster than the slowest.

import { createDecipheriv } from 'node:crypto';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { createGunzip } from 'node:zlib';

import { CHUNK_BYTES, CHUNK_OVERHEAD_BYTES, loadSodium } from '../../core/securetar/index.ts';

const MEBIBYTE = 1024 * 1024;
const CIPHER_BYTES = 256 * MEBIBYTE;

export interface StageLimit {
  readonly stage: string;
  readonly oneCore: number;
  readonly allCores: number;
}

type Stage = 'aes-cbc' | 'secretstream' | 'gunzip';
const STAGES: readonly Stage[] = ['aes-cbc', 'secretstream', 'gunzip'];

/** `gzipSample` holds the same mixture as the backup. */
export async function measureStages(gzipSample: Buffer): Promise<StageLimit[]> {
  const limits: StageLimit[] = [];
  for (const stage of STAGES) {
    const oneCore = await measureThreads(stage, 1, gzipSample);
    const allCores = await measureThreads(stage, availableParallelism(), gzipSample);
    limits.push({ stage, oneCore, allCores });
  }
  return limits;
}

/** Copies `from` to `to` in 1 MiB pieces and syncs it: MB/s. */
export async function measureCopy(from: string, to: string): Promise<number> {
  const source = await open(from, 'r');
  const target = await open(to, 'w');
  try {
    const started = performance.now();
    const piece = Buffer.alloc(MEBIBYTE);
    let total = 0;
    for (;;) {
      const { bytesRead } = await source.read(piece, 0, piece.length, total);
      if (bytesRead === 0) break;
      await target.write(piece, 0, bytesRead, total);
      total += bytesRead;
    }
    await target.sync();
    return megabytesPerSecond(total, started);
  } finally {
    await source.close();
    await target.close();
  }
}

async function measureThreads(stage: Stage, threads: number, gzipSample: Buffer): Promise<number> {
  const sample = new Uint8Array(new SharedArrayBuffer(gzipSample.length));
  sample.set(gzipSample);
  const results = await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { stage, sample } });
      try {
        return await new Promise<number>((resolve, reject) =>
          worker.once('message', resolve).once('error', reject),
        );
      } finally {
        await worker.terminate();
      }
    }),
  );
  return results.reduce((sum, rate) => sum + rate, 0);
}

async function runStage(stage: Stage, sample: Buffer): Promise<number> {
  switch (stage) {
    case 'aes-cbc': {
      const decipher = createDecipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)).setAutoPadding(
        false,
      );
      const piece = Buffer.alloc(MEBIBYTE / 2);
      decipher.update(piece);
      const started = performance.now();
      for (let done = 0; done < CIPHER_BYTES; done += piece.length) decipher.update(piece);
      return megabytesPerSecond(CIPHER_BYTES, started);
    }
    case 'secretstream': {
      const sodium = await loadSodium();
      const stream = sodium.sealStream(Buffer.alloc(32));
      const plain = Buffer.alloc(CHUNK_BYTES);
      const sealed = Buffer.alloc(CHUNK_BYTES + CHUNK_OVERHEAD_BYTES);
      stream.push(sealed, plain, false);
      const started = performance.now();
      for (let done = 0; done < CIPHER_BYTES; done += plain.length) stream.push(sealed, plain, false);
      return megabytesPerSecond(CIPHER_BYTES, started);
    }
    case 'gunzip': {
      const rounds = Math.ceil(CIPHER_BYTES / sample.length);
      await gunzip(sample);
      const started = performance.now();
      for (let round = 0; round < rounds; round++) await gunzip(sample);
      return megabytesPerSecond(rounds * sample.length, started);
    }
  }
}

/** zlib at its best: large output pieces, nothing kept. */
function gunzip(bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = createGunzip({ chunkSize: MEBIBYTE });
    stream
      .on('data', () => undefined)
      .on('end', resolve)
      .on('error', reject);
    stream.end(bytes);
  });
}

export function megabytesPerSecond(bytes: number, startedMs: number): number {
  return bytes / MEBIBYTE / ((performance.now() - startedMs) / 1000);
}

if (!isMainThread) {
  const { stage, sample } = workerData as { stage: Stage; sample: Uint8Array };
  parentPort?.postMessage(await runStage(stage, Buffer.from(sample.buffer)));
}
