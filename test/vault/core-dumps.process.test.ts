// A program that keeps itself out of core dumps: asked of the kernel, and tried with a crash where that leaves a file.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { excludeFromCoreDumps } from '../../core/vault/core-dumps.ts';

const CHILD = fileURLToPath(new URL('./core-dump-child.ts', import.meta.url));

describe('core dumps', () => {
  it('contain no memory of the process, its threads and its children after the call', (ctx) => {
    if (process.platform !== 'linux') return ctx.skip(`No ${process.platform} process can say so`);
    const told = execFileSync(process.execPath, [CHILD, 'excluded', 'tell'], { encoding: 'utf8' });
    expect(JSON.parse(told)).toEqual({ said: 'excluded', filters: ['00000000', '00000000', '00000000'] });
  });

  it('are left to others where a process cannot say so', (ctx) => {
    if (process.platform === 'linux') return ctx.skip('A Linux process can');
    expect(excludeFromCoreDumps()).toBe('not-possible');
  });

  it('of a crash do not hold a secret, although they do without the call', (ctx) => {
    const reason = noCoreFiles();
    if (reason !== null) {
      process.stderr.write(`skipped: ${reason}\n`);
      return ctx.skip(reason);
    }
    const secret = createHash('sha512').update('the secret of core-dump-child').digest();
    expect(coreOf('as-usual')?.includes(secret)).toBe(true);
    expect(coreOf('excluded')?.includes(secret) ?? false).toBe(false);
  });
});

/** Why a crash leaves no file in its folder here; null where it does. */
function noCoreFiles(): string | null {
  if (process.platform !== 'linux') return 'Core files are looked for on Linux only';
  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
  if (!/^[\w.%-]+$/.test(pattern)) return `Core dumps go to “${pattern}”, not into the folder of the program`;
  const { status } = spawnSync('sh', ['-c', 'ulimit -c unlimited']);
  if (status !== 0) return 'Core files are forbidden here (ulimit -c)';
  return coreOf('as-usual') === null ? 'A crash leaves no core file here' : null;
}

/** The core file of a program that aborts, null where it leaves none. */
function coreOf(how: 'excluded' | 'as-usual'): Buffer | null {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-core-'));
  try {
    const crash = 'ulimit -c unlimited; exec "$0" "$@"';
    spawnSync('sh', ['-c', crash, process.execPath, CHILD, how, 'abort'], { cwd: folder });
    const [file] = readdirSync(folder);
    return file === undefined ? null : readFileSync(join(folder, file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
