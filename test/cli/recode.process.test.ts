// migrate, rekey, encrypt and decrypt with the real program: what is written, what stays, what is refused.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { BackupInspection, RecodeReport } from '../../shared/backup.ts';
import { documentOf, FIXTURES, KEY, NEW_KEY, OTHER_KEY, scratch, strongroom } from './run-program.ts';

const env = { STRONGROOM_KEY: KEY };
const isLinux = process.platform === 'linux';
if (!isLinux) process.stderr.write('skipped: the trash of other systems cannot be looked into\n');

function hash(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

async function withBackup(name: string) {
  const folder = await scratch();
  await copyFile(join(FIXTURES, name), join(folder.path, 'home.tar'));
  return folder;
}

async function variants(path: string): Promise<string[]> {
  const { report } = documentOf<BackupInspection>(await strongroom(['inspect', '--json', path]));
  return [...new Set(report.members.map(({ variant }) => variant))];
}

describe('migrate to another folder', () => {
  it.each([
    'v1-compressed.tar',
    'v1-uncompressed.tar',
    'v1-snapshot-json.tar',
    'v1-streamed-2024.tar',
    'v1-pax-2025.1.tar',
    'v2-compressed.tar',
    'v2-uncompressed.tar',
  ])('%s becomes a v3 that opens, and stays as it was itself', async (name) => {
    await using folder = await withBackup(name);
    const before = hash(join(folder.path, 'home.tar'));
    const run = await strongroom(['migrate', '--out', 'new', 'home.tar'], { cwd: folder.path, env });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain(
      `The new backup: ${join(folder.path, 'new/home.tar')}\n  The original is untouched.`,
    );
    expect(run.stdout).toContain(
      'Restoring it needs Home Assistant 2026.3 with Supervisor 2026.02.3 or newer.',
    );
    expect(hash(join(folder.path, 'home.tar'))).toBe(before);
    expect(readdirSync(folder.path).sort()).toEqual(['home.tar', 'new']);
    expect(readdirSync(join(folder.path, 'new'))).toEqual(['home.tar']);
    expect(await variants(join(folder.path, 'new/home.tar'))).toEqual(['v3']);
    expect((await strongroom(['verify', 'new/home.tar'], { cwd: folder.path, env })).exitCode).toBe(0);
  });

  it('never overwrites', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    await mkdir(join(folder.path, 'new'));
    await writeFile(join(folder.path, 'new/home.tar'), 'mine');
    const run = await strongroom(['migrate', '--out', 'new', 'home.tar'], { cwd: folder.path, env });
    expect(run).toMatchObject({ exitCode: 8, stdout: '' });
    expect(run.stderr).toMatch(/strongroom: error: home\.tar: .*already exists/);
    expect(readFileSync(join(folder.path, 'new/home.tar'), 'utf8')).toBe('mine');
  });

  it('refuses the folder of the original', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    const run = await strongroom(['migrate', '--out', '.', 'home.tar'], { cwd: folder.path, env });
    expect(run.exitCode).toBe(8);
    expect(run.stderr).toContain('strongroom: hint: ');
    expect(readdirSync(folder.path)).toEqual(['home.tar']);
  });

  it('writes only the first of two with the same name', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    await mkdir(join(folder.path, 'b'));
    await copyFile(join(FIXTURES, 'v1-compressed.tar'), join(folder.path, 'b/home.tar'));
    const run = await strongroom(['migrate', '--out', 'new', 'home.tar', 'b'], { cwd: folder.path, env });
    expect(run.exitCode).toBe(8);
    expect(run.stderr).toContain('strongroom: error: b/home.tar: Another backup of the same name (home.tar)');
    expect(readdirSync(join(folder.path, 'new'))).toEqual(['home.tar']);
  });
});

describe('migrate in place', () => {
  it('refuses without a terminal and without --yes, and touches nothing', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    const before = hash(join(folder.path, 'home.tar'));
    for (const options of [[], ['--originals', 'trash']]) {
      const run = await strongroom(['migrate', ...options, 'home.tar'], { cwd: folder.path, env });
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toMatch(
        /^strongroom: error: This migrate would replace.*\nstrongroom: hint: Add --yes/,
      );
    }
    expect(readdirSync(folder.path)).toEqual(['home.tar']);
    expect(hash(join(folder.path, 'home.tar'))).toBe(before);
  });

  it.skipIf(!isLinux)('moves the original to the trash of the system', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    await using data = await scratch();
    const before = hash(join(folder.path, 'home.tar'));
    const run = await strongroom(['migrate', '--yes', '--originals', 'trash', 'home.tar'], {
      cwd: folder.path,
      env: { ...env, XDG_DATA_HOME: data.path },
    });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain('The original is in the trash.');
    expect(readdirSync(folder.path)).toEqual(['home.tar']);
    const trash = join(data.path, 'Trash', 'files');
    expect(readdirSync(trash).map((name) => hash(join(trash, name)))).toEqual([before]);
  });

  it('keeps the original beside it', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    const before = hash(join(folder.path, 'home.tar'));
    const run = await strongroom(['migrate', '--yes', 'home.tar'], { cwd: folder.path, env });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain(`The original is kept: ${join(folder.path, 'home.tar.orig')}`);
    expect(readdirSync(folder.path).sort()).toEqual(['home.tar', 'home.tar.orig']);
    expect(hash(join(folder.path, 'home.tar.orig'))).toBe(before);
    expect(await variants(join(folder.path, 'home.tar'))).toEqual(['v3']);
    const again = await strongroom(['migrate', '--yes', 'home.tar'], { cwd: folder.path, env });
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toContain('Nothing to do. ');
  });

  it('puts the original into quarantine', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    const before = hash(join(folder.path, 'home.tar'));
    const args = [
      'migrate',
      '--json',
      '--yes',
      '--originals',
      'quarantine',
      '--quarantine-days',
      '3',
      'home.tar',
    ];
    const run = await strongroom(args, { cwd: folder.path, env });
    expect(run.exitCode).toBe(0);
    const { report } = documentOf<RecodeReport>(run);
    expect(report).toMatchObject({
      outcome: 'done',
      originals: 'quarantine',
      outputPath: join(folder.path, 'home.tar'),
    });
    expect(hash(report.originalPath ?? '')).toBe(before);
    const all = await strongroom(['verify', '--json', '--recursive', '.'], { cwd: folder.path, env });
    expect(documentOf<unknown>(all).results).toHaveLength(1);
  });
});

describe('--dry-run', () => {
  it('says the plan, writes nothing, and needs no --yes', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    for (const options of [[], ['--out', 'new'], ['--originals', 'trash']]) {
      const run = await strongroom(['migrate', '--dry-run', ...options, 'home.tar'], {
        cwd: folder.path,
        env,
      });
      expect(run.exitCode).toBe(0);
      expect(run.stdout).toContain('v2 (old) to v3: 7 parts');
      expect(readdirSync(folder.path)).toEqual(['home.tar']);
    }
  });

  it('says what is in the way', async () => {
    const run = await strongroom(['migrate', '--dry-run', 'v2-compressed.tar'], {
      cwd: FIXTURES,
      env: { STRONGROOM_KEY: OTHER_KEY },
    });
    expect(run.exitCode).toBe(3);
  });
});

describe('refusals leave nothing behind', () => {
  it.each([
    ['the wrong key', 'v2-compressed.tar', { STRONGROOM_KEY: OTHER_KEY }, 3],
    ['no key', 'v2-compressed.tar', {}, 3],
    ['damage', 'bad/v2-bit-flip.tar', env, 4],
    ['a web page', 'bad/html-instead-of-tar.tar', env, 7],
    ['a file cut off', 'bad/outer-truncated.tar', env, 5],
  ])('%s', async (_, name, environment, exitCode) => {
    await using folder = await withBackup(name);
    const before = hash(join(folder.path, 'home.tar'));
    for (const options of [['--yes'], ['--out', 'new/inner']]) {
      const run = await strongroom(['migrate', ...options, 'home.tar'], {
        cwd: folder.path,
        env: environment,
      });
      expect(run).toMatchObject({ exitCode, stdout: '' });
      expect(run.stderr).toMatch(/strongroom: error: home\.tar: .*\nstrongroom: hint: /);
      expect(readdirSync(folder.path)).toEqual(['home.tar']);
      expect(hash(join(folder.path, 'home.tar'))).toBe(before);
    }
  });

  it('and one bad backup does not stop the others', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    await copyFile(join(FIXTURES, 'bad/html-instead-of-tar.tar'), join(folder.path, 'a-login.tar'));
    const run = await strongroom(['migrate', '--yes', '.'], { cwd: folder.path, env });
    expect(run.exitCode).toBe(7);
    expect(run.stdout).toContain('2 files: 1 without an error, 1 not a backup.');
    expect(readdirSync(folder.path).sort()).toEqual(['a-login.tar', 'home.tar', 'home.tar.orig']);
  });
});

describe('rekey, encrypt and decrypt', () => {
  it('rekey: the new key opens it, the old one no longer does', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    await writeFile(join(folder.path, 'new_kit.txt'), `Kit\n\nKey:\n${NEW_KEY}\n`);
    const run = await strongroom(['rekey', '--new-kit', 'new_kit.txt', '--out', 'new', 'home.tar'], {
      cwd: folder.path,
      env,
    });
    expect(run.exitCode).toBe(0);
    const verify = ['verify', 'new/home.tar'];
    expect((await strongroom(verify, { cwd: folder.path, env })).exitCode).toBe(3);
    expect((await strongroom(verify, { cwd: folder.path, env: { STRONGROOM_KEY: NEW_KEY } })).exitCode).toBe(
      0,
    );
  });

  it('encrypt: takes the only key, and v2 where an older Home Assistant is to read it', async () => {
    await using folder = await withBackup('plain-compressed.tar');
    expect(
      (await strongroom(['encrypt', '--out', 'v3', 'home.tar'], { cwd: folder.path, env })).exitCode,
    ).toBe(0);
    expect(await variants(join(folder.path, 'v3/home.tar'))).toEqual(['v3']);
    const old = await strongroom(['encrypt', '--format', 'v2', '--out', 'v2', 'home.tar'], {
      cwd: folder.path,
      env,
    });
    expect(old.exitCode).toBe(0);
    expect(old.stdout).not.toContain('Restoring it needs');
    expect(await variants(join(folder.path, 'v2/home.tar'))).toEqual(['v2']);
    for (const name of ['v2/home.tar', 'v3/home.tar']) {
      expect((await strongroom(['verify', name], { cwd: folder.path, env })).exitCode).toBe(0);
    }
  });

  it('decrypt: everyone can read it', async () => {
    await using folder = await withBackup('v3-compressed.tar');
    const run = await strongroom(['decrypt', '--out', 'plain', 'home.tar'], { cwd: folder.path, env });
    expect(run.exitCode).toBe(0);
    const verify = await strongroom(['verify', 'plain/home.tar'], { cwd: folder.path });
    expect(verify.exitCode).toBe(0);
    expect(verify.stdout).toContain('This backup is not encrypted and every file in it can be read.');
    expect(existsSync(join(folder.path, 'home.tar.orig'))).toBe(false);
  });

  it('nobody to ask for the new key: says how to give it', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    const run = await strongroom(['rekey', '--out', 'new', 'home.tar'], { cwd: folder.path, env });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('strongroom: hint: Give it with --new-vault-key, --new-key-file, --new-kit');
    expect(readdirSync(folder.path)).toEqual(['home.tar']);
  });
});
