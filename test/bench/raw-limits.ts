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

export type Stage = 'aes-cbc' | 'secretstream' | 'gunzip' | 'poly1305' | 'read';
const STAGES: readonly Stage[] = ['aes-cbc', 'secretstream', 'gunzip'];
export const ALL_STAGES: readonly Stage[] = [...STAGES, 'poly1305', 'read'];

/** `gzipSample` holds the same mixture as the backup; `path` is what the stage 'read' reads. */
export async function measureStages(
  gzipSample: Buffer,
  stages: readonly Stage[] = STAGES,
  path = '',
): Promise<StageLimit[]> {
  const limits: StageLimit[] = [];
  for (const stage of stages) {
    const oneCore = await measureThreads(stage, 1, gzipSample, path);
    const allCores = await measureThreads(stage, availableParallelism(), gzipSample, path);
    limits.push({ stage, oneCore, allCores });
  }
  return limits;
}

/** MB/s of copyAndSync. */
export async function measureCopy(from: string, to: string): Promise<number> {
  const started = performance.now();
  return megabytesPerSecond(await copyAndSync(from, to), started);
}

/** Copies `from` to `to` in 1 MiB pieces and syncs it. Returns its bytes. */
export async function copyAndSync(from: string, to: string): Promise<number> {
  const source = await open(from, 'r');
  const target = await open(to, 'w');
  try {
    const piece = Buffer.alloc(MEBIBYTE);
    let total = 0;
    for (;;) {
      const { bytesRead } = await source.read(piece, 0, piece.length, total);
      if (bytesRead === 0) break;
      await target.write(piece, 0, bytesRead, total);
      total += bytesRead;
    }
    await target.sync();
    return total;
  } finally {
    await source.close();
    await target.close();
  }
}

async function measureThreads(
  stage: Stage,
  threads: number,
  gzipSample: Buffer,
  path: string,
): Promise<number> {
  const sample = new Uint8Array(new SharedArrayBuffer(gzipSample.length));
  sample.set(gzipSample);
  const results = await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { stage, sample, path } });
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

async function runStage(stage: Stage, sample: Buffer, path: string): Promise<number> {
  switch (stage) {
    case 'poly1305': {
      const sodium = await loadSodium();
      const digest = sodium.digest(Buffer.alloc(32));
      const piece = Buffer.alloc(MEBIBYTE);
      digest.update(piece);
      const started = performance.now();
      for (let done = 0; done < CIPHER_BYTES; done += piece.length) digest.update(piece);
      return megabytesPerSecond(CIPHER_BYTES, started);
    }
    case 'read': {
      const piece = Buffer.alloc(MEBIBYTE);
      await readOnce(path, piece);
      const started = performance.now();
      return megabytesPerSecond(await readOnce(path, piece), started);
    }
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

async function readOnce(path: string, piece: Buffer): Promise<number> {
  const file = await open(path, 'r');
  try {
    let total = 0;
    while (total < CIPHER_BYTES) {
      const { bytesRead } = await file.read(piece, 0, piece.length, total);
      if (bytesRead === 0) break;
      total += bytesRead;
    }
    return total;
  } finally {
    await file.close();
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

function megabytesPerSecond(bytes: number, startedMs: number): number {
  return bytes / MEBIBYTE / ((performance.now() - startedMs) / 1000);
}

if (!isMainThread) {
  const { stage, sample, path } = workerData as { stage: Stage; sample: Uint8Array; path: string };
  parentPort?.postMessage(await runStage(stage, Buffer.from(sample.buffer), path));
}
