// Many backups with one command: each answered by itself, in order, with the worst one's exit code.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Strongroom } from '../../cli/engine.ts';
import { runCli } from '../../cli/run.ts';
import type { BackupVerification } from '../../shared/backup.ts';
import { StrongroomError } from '../../shared/errors.ts';
import { failedVerification, inspection, recodeReport, verification } from './fake-engine.ts';
import { fakeHost } from './fake-host.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-batch-'));
  for (const name of ['a', 'b', 'c']) await writeFile(join(folder, `${name}.tar`), name);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const damaged = failedVerification('damaged', {
  code: 'DAMAGED_PAYLOAD',
  message: 'It is damaged.',
  hint: 'Copy it again.',
});
const locked = failedVerification('locked', { code: 'WRONG_KEY', message: 'No key opens it.' });
const foreign = new StrongroomError('NOT_A_BACKUP', 'This is not a backup, but a web page.', {
  hint: 'Sign in.',
});

async function run(argv: string[], engine: Partial<Strongroom>, signal?: AbortSignal) {
  const host = fakeHost({ engine, cwd: folder, ...(signal === undefined ? {} : { signal }) });
  const exitCode = await runCli(argv, host);
  return { exitCode, stdout: host.stdout.text, stderr: host.stderr.text };
}

/** Each file its own answer, by its name. */
function verifyEach(answers: Record<string, BackupVerification | Error>): Partial<Strongroom> {
  return {
    verify: (path) => {
      const answer = answers[basename(path)] ?? verification();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ ...answer, path });
    },
  };
}

describe('exit codes of several files', () => {
  it.each([
    ['all good', {}, 0],
    ['one damaged', { 'b.tar': damaged }, 4],
    ['locked and damaged', { 'a.tar': locked, 'b.tar': damaged }, 4],
    ['locked and foreign', { 'a.tar': foreign, 'c.tar': locked }, 7],
    ['a mistake of ours and damage', { 'a.tar': damaged, 'b.tar': new Error('oops') }, 1],
  ])('%s', async (_, answers, expected) => {
    expect((await run(['verify', '.'], verifyEach(answers))).exitCode).toBe(expected);
  });

  it('counts a file that is not there', async () => {
    const { exitCode, stdout, stderr } = await run(['verify', 'a.tar', 'gone.tar'], verifyEach({}));
    expect(exitCode).toBe(1);
    expect(stdout).toContain('2 files: 1 good, 1 failed.');
    expect(stderr).toContain(
      "strongroom: error: gone.tar: I can't find this file or folder.\nstrongroom: hint: ",
    );
  });
});

describe('output', () => {
  it('keeps the order given, however fast each is', async () => {
    const gates = new Map<string, () => void>();
    const engine: Partial<Strongroom> = {
      verify: (path) =>
        new Promise((resolve) => {
          gates.set(basename(path), () => resolve(verification({ path })));
          if (gates.size === 2) gates.get('b.tar')?.();
          if (gates.size === 3) for (const open of gates.values()) open();
        }),
    };
    const { stdout } = await run(['verify', 'a.tar', 'b.tar', 'c.tar'], engine);
    expect(stdout.match(/^\w\.tar$/gm)).toEqual(['a.tar', 'b.tar', 'c.tar']);
  });

  it('has reports on stdout and what could not begin on stderr', async () => {
    const { stdout, stderr } = await run(['verify', '.'], verifyEach({ 'a.tar': foreign, 'b.tar': damaged }));
    expect(stdout).not.toContain('web page');
    expect(stdout).toContain('b.tar\n  This backup is damaged: 1 of 1 part cannot be trusted as it is.\n');
    expect(stdout).toMatch(/\n3 files: 1 good, 1 not a backup, 1 damaged\.\n$/);
    expect(stderr).toContain(
      'strongroom: error: a.tar: This is not a backup, but a web page.\nstrongroom: hint: Sign in.\n',
    );
    expect(stderr).not.toContain('error: b.tar');
  });

  it('with --json has one document on stdout, and every failure in words on stderr', async () => {
    const { exitCode, stdout, stderr } = await run(
      ['verify', '--json', '.'],
      verifyEach({ 'a.tar': foreign, 'b.tar': damaged }),
    );
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ schema: 'strongroom/1', command: 'verify', error: null, exitCode });
    expect(document.results).toMatchObject([
      { path: join(folder, 'a.tar'), report: null, error: { code: 'NOT_A_BACKUP' }, exitCode: 7 },
      {
        path: join(folder, 'b.tar'),
        report: { status: 'damaged' },
        error: { code: 'DAMAGED_PAYLOAD' },
        exitCode: 4,
      },
      { path: join(folder, 'c.tar'), report: { status: 'good' }, error: null, exitCode: 0 },
    ]);
    expect(stderr).toContain('strongroom: error: a.tar: ');
    expect(stderr).toContain('strongroom: error: b.tar: It is damaged.\nstrongroom: hint: Copy it again.\n');
    expect(stderr).toContain('strongroom salvage b.tar --out FOLDER');
  });

  it('never lets a name from a backup drive the terminal', async () => {
    const name = '\u001b[31mred\nline';
    const engine: Partial<Strongroom> = {
      inspect: (path) => Promise.resolve(inspection({ path, metadata: { ...inspection().metadata, name } })),
    };
    const { stdout } = await run(['inspect', 'a.tar'], engine);
    expect(stdout).toContain('"\\u{1b}[31mred\\u{a}line"');
    expect(stdout).not.toContain('\u001b');
  });
});

describe('stopping', () => {
  it('ends with 130, reports what was running and starts nothing more', async () => {
    const controller = new AbortController();
    const started: string[] = [];
    const engine: Partial<Strongroom> = {
      verify: (path, { signal }) => {
        started.push(basename(path));
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () =>
            reject(new StrongroomError('CANCELLED', 'Stopped at your request.')),
          );
          if (started.length === 2) controller.abort();
        });
      },
    };
    const { exitCode, stdout, stderr } = await run(['verify', '--json', '.'], engine, controller.signal);
    expect(exitCode).toBe(130);
    expect(started).toEqual(['a.tar', 'b.tar']);
    expect(JSON.parse(stdout).results).toMatchObject([
      { error: { code: 'CANCELLED' } },
      { error: { code: 'CANCELLED' } },
      { error: { code: 'CANCELLED', message: 'Not started: stopped at your request.' } },
    ]);
    expect(stderr).toContain('strongroom: note: 1 file was not started.');
  });
});

describe('options', () => {
  it.each([
    [[], 'full'],
    [['--quick'], 'quick'],
    [['--full'], 'full'],
    [['--deep'], 'deep'],
  ])('verify %j checks at level %s', async (options, level) => {
    const levels: string[] = [];
    const engine: Partial<Strongroom> = {
      verify: (_, given) => {
        levels.push(given.level);
        return Promise.resolve(verification());
      },
    };
    const { stderr } = await run(['verify', ...options, 'a.tar'], engine);
    expect(levels).toEqual([level]);
    const notice = stderr.indexOf('each database is written decrypted to a private temporary file');
    expect(notice >= 0).toBe(level === 'deep');
    if (level === 'deep') expect(notice).toBeLessThan(stderr.indexOf('started'));
  });

  it.each([
    [['--yes'], { kind: 'in-place', originals: 'keep' }],
    [['--yes', '--originals', 'trash'], { kind: 'in-place', originals: 'trash' }],
    [
      ['--yes', '--originals', 'quarantine', '--quarantine-days', '7'],
      { kind: 'in-place', originals: 'quarantine', quarantineDays: 7 },
    ],
    [['--out', '.'], 'folder'],
  ])('migrate %j', async (options, destination) => {
    let seen: unknown;
    const engine: Partial<Strongroom> = {
      recode: (_, given) => {
        seen = given;
        return Promise.resolve(recodeReport());
      },
    };
    expect((await run(['migrate', ...options, '--format', 'v2', 'a.tar'], engine)).exitCode).toBe(0);
    const expected = destination === 'folder' ? { kind: 'folder', folder } : destination;
    expect(seen).toMatchObject({ operation: 'migrate', format: 'v2', dryRun: false, destination: expected });
  });

  it('--jobs is the number of threads and of files at a time', async () => {
    let most = 0;
    let running = 0;
    const host = fakeHost({ cwd: folder });
    const threads: (number | undefined)[] = [];
    const exitCode = await runCli(['verify', '--jobs', '1', '.'], {
      ...host,
      openStrongroom: async (options) => {
        threads.push(options.threads);
        const engine = await fakeHost({
          engine: {
            verify: async () => {
              most = Math.max(most, ++running);
              await Promise.resolve();
              running--;
              return verification();
            },
          },
        }).openStrongroom({ dataFolder: '/nowhere' });
        return engine;
      },
    });
    expect({ exitCode, threads, most }).toEqual({ exitCode: 0, threads: [1], most: 1 });
  });

  it('says once that it runs on WebAssembly', async () => {
    const { stderr } = await run(['verify', '.'], { ...verifyEach({}), sodium: 'wasm' });
    expect(stderr.match(/strongroom: note: .*WebAssembly/g)).toHaveLength(1);
  });

  it('makes the output folder, and takes it away when nothing came into it', async () => {
    const engine: Partial<Strongroom> = { recode: () => Promise.reject(foreign) };
    const { exitCode } = await run(['migrate', '--out', 'new/inner', 'a.tar'], engine);
    expect(exitCode).toBe(7);
    await expect(writeFile(join(folder, 'new/x'), '')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('closes the engine whatever happens', async () => {
    let closed = 0;
    const close = (): Promise<void> => {
      closed++;
      return Promise.resolve();
    };
    await run(['verify', '.'], { ...verifyEach({ 'a.tar': new Error('oops') }), close });
    await run(['rekey', '--yes', '.'], { close });
    expect(closed).toBe(2);
  });
});
