// Ctrl-C and polite signals during a migration: exit code 130, an untouched original, no partial file.

import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { writePlainBackup } from './big-backup.ts';
import { NO_TERMINAL, PseudoTerminal } from './pseudo-terminal.ts';
import { eventually, KEY, strongroom } from './run-program.ts';

const env = { STRONGROOM_KEY: KEY };
let folder = '';
let before = '';

/** A v2 backup large enough that stopping it in its middle is no matter of luck. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-interrupt-'));
  await writePlainBackup(join(folder, 'big.tar'));
  const made = await strongroom(
    ['encrypt', '--format', 'v2', '--out', join(folder, 'v2'), join(folder, 'big.tar')],
    { env },
  );
  expect(made.exitCode).toBe(0);
  await rm(join(folder, 'big.tar'));
  before = await hash(join(folder, 'v2/big.tar'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function hash(path: string): Promise<string> {
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}

/** Names in a folder that tell of unfinished work. */
function leftovers(path: string): string[] {
  return readdirSync(path).filter((name) => name !== 'big.tar');
}

describe('a migration stopped in its middle', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('in place, by %s', async (signal) => {
    const place = join(folder, 'v2');
    let sent = false;
    const run = strongroom(['migrate', '--yes', 'big.tar'], {
      cwd: place,
      env,
      watch: ({ kill }) => {
        if (sent) return;
        sent = true;
        void eventually('a partial file', () =>
          leftovers(place).some((name) => name.endsWith('.partial')) ? true : null,
        ).then(() => kill(signal));
      },
    });
    const { exitCode, stdout, stderr } = await run;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
    expect(stderr).toContain('strongroom: error: big.tar: Stopped at your request.');
    expect(leftovers(place)).toEqual([]);
    expect(await hash(join(place, 'big.tar'))).toBe(before);
  });

  it('to another folder, with a document that can still be read', async () => {
    const out = join(folder, 'out');
    let sent = false;
    const { exitCode, stdout } = await strongroom(['migrate', '--json', '--out', out, 'big.tar'], {
      cwd: join(folder, 'v2'),
      env,
      watch: ({ kill }) => {
        if (sent) return;
        sent = true;
        void eventually('a partial file', () =>
          readdirSync(out).some((name) => name.endsWith('.partial')) ? true : null,
        ).then(() => kill('SIGINT'));
      },
    });
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 130,
      results: [{ report: null, error: { code: 'CANCELLED' } }],
    });
    expect(readdirSync(folder)).toEqual(['v2']);
    expect(await hash(join(folder, 'v2/big.tar'))).toBe(before);
  });

  it.skipIf(NO_TERMINAL !== null)('by Ctrl-C at a terminal, which is left in order', async () => {
    const place = join(folder, 'v2');
    await using terminal = new PseudoTerminal(['migrate', '--yes', 'big.tar'], { cwd: place, env });
    await terminal.sees(/Writing big\.tar {2}\[/);
    terminal.types('\u0003');
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(130);
    expect(text).toMatch(/\r\u001b\[2Kstrongroom: error: big\.tar: Stopped at your request\.\n$/);
    expect(leftovers(place)).toEqual([]);
    expect(await hash(join(place, 'big.tar'))).toBe(before);
  });

  it('can be started again and finishes', async () => {
    const place = join(folder, 'v2');
    const run = await strongroom(['migrate', '--yes', 'big.tar'], { cwd: place, env });
    expect(run.exitCode).toBe(0);
    expect(leftovers(place)).toEqual(['big.tar.orig']);
    expect(await hash(join(place, 'big.tar.orig'))).toBe(before);
  });
});
