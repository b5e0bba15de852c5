// When a file stands still: looked at twice, a few files at a time, with one timer.

import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { FileStamp } from '../../core/watching/file-stamp.ts';
import { SettlingFiles, type SettlingOptions } from '../../core/watching/settling-files.ts';

let folder: string;
let settling: SettlingFiles;
let known: Map<string, FileStamp>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-settling-'));
  known = new Map();
});

afterEach(() => {
  settling.clear();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function settle(options: Partial<SettlingOptions>): SettlingFiles {
  settling = new SettlingFiles({
    settleMs: 100,
    known,
    inodes: () => 'trusted',
    onStill: () => undefined,
    confirmGone: () => Promise.resolve(true),
    onGone: () => undefined,
    ...options,
  });
  return settling;
}

/** Counts the timers that are set and have neither run nor been cleared. */
function countTimers(): { now: number; most: number } {
  const counted = { now: 0, most: 0 };
  const running = new Set<unknown>();
  const update = (): void => {
    counted.now = running.size;
    counted.most = Math.max(counted.most, running.size);
  };
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, milliseconds: number) => {
    const timer = set(() => {
      running.delete(timer);
      update();
      run();
    }, milliseconds);
    running.add(timer);
    update();
    return timer;
  }) as typeof setTimeout);
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    running.delete(timer);
    update();
    clear(timer);
  });
  return counted;
}

describe('a burst of files', () => {
  it('needs one timer, and none afterwards or when it is forgotten', async () => {
    const paths = Array.from({ length: 1000 }, (_, n) => join(folder, `${n}.tar`));
    for (const path of paths) writeFileSync(path, 'x');
    const timers = countTimers();
    const told: string[] = [];
    const all = new Promise<void>((resolve) => {
      settle({ onStill: (path) => (told.push(path) === paths.length ? resolve() : undefined) });
    });
    for (const path of paths) settling.hear(path);
    for (const path of paths) settling.hear(path);
    await all;
    expect(timers).toEqual({ now: 0, most: 1 });
    expect(new Set(told).size).toBe(paths.length);
    appendFileSync(paths[0]!, 'more');
    settling.hear(paths[0]!);
    await expect.poll(() => timers.now).toBe(1);
    settling.clear();
    expect(timers.now).toBe(0);
    expect(told.length).toBe(paths.length);
  });
});

describe('a file', () => {
  it('stands still no sooner than the settle time after the last change that was seen', async () => {
    const path = join(folder, 'a.tar');
    writeFileSync(path, 'a');
    const began = performance.now();
    await new Promise<void>((resolve) => settle({ onStill: () => resolve() }).hear(path));
    expect(performance.now() - began).toBeGreaterThanOrEqual(99);
  });

  it('is not gone while that cannot be confirmed, and is known all the same', async () => {
    const path = join(folder, 'a.tar');
    writeFileSync(path, 'a');
    await new Promise<void>((resolve) => settle({ onStill: () => resolve() }).hear(path));
    rmSync(path);
    const asked: string[] = [];
    const gone: string[] = [];
    settle({
      confirmGone: (missing) => Promise.resolve(asked.push(missing) > 1),
      onGone: (missing) => gone.push(missing),
    }).hear(path);
    await expect.poll(() => asked.length).toBe(1);
    expect(known.has(path)).toBe(true);
    settling.hear(path);
    await expect.poll(() => gone).toEqual([path]);
    expect(known.has(path)).toBe(false);
  });

  it('that cannot be opened is told of in the end, so that somebody says what is wrong', async (ctx) => {
    if (process.platform === 'win32' || process.getuid === undefined)
      return ctx.skip('no permissions to take away on this system');
    const path = join(folder, 'a.tar');
    writeFileSync(path, 'a');
    chmodSync(folder, 0o755);
    chmodSync(path, 0);
    const isRoot = process.getuid() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      const began = performance.now();
      await new Promise<void>((resolve) => settle({ settleMs: 20, onStill: () => resolve() }).hear(path));
      expect(performance.now() - began).toBeGreaterThan(10 * 20);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
    return undefined;
  });
});
