// ls, extract, repair and salvage with the real program.

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { ArchiveEntry, ExtractReport, SalvageReport } from '../../shared/backup.ts';
import { documentOf, FIXTURES, KEY, scratch, strongroom } from './run-program.ts';

interface Part {
  readonly type: string;
  readonly size?: number;
  readonly sha256?: string;
}
const expected = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as {
  archives: Record<string, { parts: Record<string, Record<string, Part>> }>;
};
const env = { STRONGROOM_KEY: KEY };

describe('ls', () => {
  it.each(Object.entries(expected.archives))('%s: every entry of every part', async (name, { parts }) => {
    const run = await strongroom(['ls', '--json', name], { cwd: FIXTURES, env });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    const { report } = documentOf<{ entries: ArchiveEntry[]; entryCount: number }>(run);
    expect(report.entryCount).toBe(report.entries.length);
    for (const [part, files] of Object.entries(parts)) {
      const named = report.entries.filter(({ member }) => member === part);
      const names = named.map((entry) => `./${entry.name.replace(/^\.\/?/, '').replace(/\/$/, '')}`);
      expect(new Set(names.filter((text) => text !== './'))).toEqual(new Set(Object.keys(files)));
    }
  });

  it('prints lines for people, and names alone', async () => {
    const selection = ['--part', 'homeassistant', '--only', 'data/*.yaml', 'v3-compressed.tar'];
    const long = await strongroom(['ls', ...selection], { cwd: FIXTURES, env });
    expect(long.stdout).toMatch(
      /^ +\d.* (kB|bytes?) {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}homeassistant {5}data\/automations\.yaml$/m,
    );
    const names = await strongroom(['ls', '--names', ...selection], { cwd: FIXTURES, env });
    expect(names.stdout.trim().split('\n').sort()).toEqual([
      'data/automations.yaml',
      'data/config-link.yaml',
      'data/configuration.yaml',
      'data/secrets-hardlink.yaml',
      'data/secrets.yaml',
    ]);
  });

  it('says with which key it does not open', async () => {
    const run = await strongroom(['ls', 'v3-compressed.tar'], { cwd: FIXTURES });
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toMatch(/strongroom: error: v3-compressed\.tar: .*\nstrongroom: hint: /);
    const json = await strongroom(['ls', '--json', 'v3-compressed.tar', 'gone.tar'], { cwd: FIXTURES });
    expect(documentOf<null>(json).results).toMatchObject([
      { report: null, error: { code: 'KEY_REQUIRED' }, exitCode: 3 },
      { report: null, error: { code: 'IO_FAILED' }, exitCode: 1 },
    ]);
  });

  it('lists what comes before the damage, and says that it is damaged', async () => {
    const run = await strongroom(['ls', '--json', 'bad/v3-bit-flip-last-chunk.tar'], { cwd: FIXTURES, env });
    const { report, results } = documentOf<{ entryCount: number }>(run);
    expect(report.entryCount).toBeGreaterThan(0);
    expect(results[0]?.error?.code).toBe('DAMAGED_PAYLOAD');
    expect(run.exitCode).toBe(4);
  });
});

describe('extract', () => {
  it('gives exactly the files of the backup', async () => {
    await using folder = await scratch();
    const backup = join(FIXTURES, 'v2-compressed.tar');
    const run = await strongroom(['extract', '--to', 'files', backup], { cwd: folder.path, env });
    expect(run.exitCode).toBe(0);
    const parts = expected.archives['v2-compressed.tar']?.parts ?? {};
    for (const [part, files] of Object.entries(parts)) {
      for (const [name, { type, sha256 }] of Object.entries(files)) {
        const path = join(folder.path, 'files', part, name);
        if (type === 'dir') expect(lstatSync(path).isDirectory()).toBe(true);
        if (type === 'file')
          expect(createHash('sha256').update(readFileSync(path)).digest('hex'), name).toBe(sha256);
        if (type === 'symlink') expect(existsSync(path)).toBe(false);
      }
    }
    expect(run.stdout).toContain('Links, not followed and not created:');
  });

  it('takes only what was asked for', async () => {
    await using folder = await scratch();
    const backup = join(FIXTURES, 'v3-compressed.tar');
    const args = [
      'extract',
      '--json',
      '--to',
      'files',
      '--part',
      'homeassistant',
      '--only',
      'data/*.yaml',
      '--strip',
      '1',
      backup,
    ];
    const run = await strongroom(args, { cwd: folder.path, env });
    expect(run.exitCode).toBe(0);
    const { report } = documentOf<ExtractReport>(run);
    expect(report.folder).toBe(join(folder.path, 'files'));
    expect(readdirSync(join(folder.path, 'files'))).toEqual(['homeassistant']);
    expect(readdirSync(join(folder.path, 'files/homeassistant'))).toContain('automations.yaml');
  });

  it('gives each of several backups a folder of its own', async () => {
    await using folder = await scratch();
    const backups = ['v2-compressed.tar', 'v3-compressed.tar'].map((name) => join(FIXTURES, name));
    const run = await strongroom(['extract', '--to', 'files', '--part', 'ssl', ...backups], {
      cwd: folder.path,
      env,
    });
    expect(run.exitCode).toBe(0);
    expect(readdirSync(join(folder.path, 'files')).sort()).toEqual(['v2-compressed', 'v3-compressed']);
  });

  it.each(['evil-traversal.tar', 'evil-symlink.tar', 'evil-hardlink.tar'])(
    '%s writes nothing outside',
    async (name) => {
      await using folder = await scratch();
      await mkdir(join(folder.path, 'a/b'), { recursive: true });
      await writeFile(join(folder.path, 'victim'), 'as it was');
      const args = ['extract', '--links', '--to', 'a/b/files', join(FIXTURES, 'bad', name)];
      const run = await strongroom(args, { cwd: folder.path, env });
      expect(run.exitCode).not.toBe(1);
      expect(readdirSync(folder.path).sort()).toEqual(['a', 'victim']);
      expect(readdirSync(join(folder.path, 'a'))).toEqual(['b']);
      expect(readdirSync(join(folder.path, 'a/b'))).toEqual(['files']);
      expect(existsSync('/tmp/strongroom-evil')).toBe(false);
    },
  );

  it('overwrites nothing, and says so with its exit code', async () => {
    await using folder = await scratch();
    const args = ['extract', '--to', 'files', '--part', 'ssl', join(FIXTURES, 'v3-compressed.tar')];
    expect((await strongroom(args, { cwd: folder.path, env })).exitCode).toBe(0);
    const again = await strongroom(args, { cwd: folder.path, env });
    expect(again.exitCode).toBe(8);
    expect(again.stdout).toMatch(
      /No file was extracted\. What is missing is listed below\.\n\n {2}Left out:\n {2}- ssl: /,
    );
    expect(lstatSync(join(folder.path, 'files')).mode & 0o777).toBe(0o700);
  });

  it('says that a pattern matches nothing', async () => {
    await using folder = await scratch();
    const args = ['extract', '--to', 'files', '--only', '*.yml', join(FIXTURES, 'v3-compressed.tar')];
    const run = await strongroom(args, { cwd: folder.path, env });
    expect(run.exitCode).toBe(2);
    expect(run.stdout).toContain('*.yml: the pattern matches nothing');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('leaves no folder when there is no key', async () => {
    await using folder = await scratch();
    const run = await strongroom(['extract', '--to', 'files', join(FIXTURES, 'v3-compressed.tar')], {
      cwd: folder.path,
    });
    expect(run.exitCode).toBe(3);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it('--dry-run writes nothing', async () => {
    await using folder = await scratch();
    const args = ['extract', '--dry-run', '--to', 'files', join(FIXTURES, 'v3-compressed.tar')];
    const run = await strongroom(args, { cwd: folder.path, env });
    expect(run.exitCode).toBe(0);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

describe('repair', () => {
  it.each([
    'flag-says-plain-but-encrypted.tar',
    'flag-says-protected-but-plain.tar',
    'ha-decrypted-short-tail.tar',
    'mixed-supervisor-still-encrypted.tar',
    'stale-pax-size.tar',
    'v3-from-short-tail.tar',
  ])('%s: a corrected copy that is good and needs no repair', async (name) => {
    await using folder = await scratch();
    const run = await strongroom(['repair', '--out', 'repaired', join(FIXTURES, 'shapes', name)], {
      cwd: folder.path,
      env,
    });
    expect(run.stderr).not.toContain('error');
    expect(run.exitCode).toBe(0);
    const repaired = join('repaired', name);
    expect((await strongroom(['verify', repaired], { cwd: folder.path, env })).exitCode).toBe(0);
    const again = await strongroom(['repair', '--out', 'again', repaired], { cwd: folder.path, env });
    expect(again.stdout).toContain('Nothing to do. ');
    expect(readdirSync(folder.path)).toEqual(['repaired']);
  });

  it('adds a missing end mark', async () => {
    await using folder = await scratch();
    const backup = join(FIXTURES, 'bad/outer-no-end-blocks.tar');
    expect((await strongroom(['repair', '--out', 'r', backup], { cwd: folder.path, env })).exitCode).toBe(0);
    const verify = await strongroom(['verify', 'r/outer-no-end-blocks.tar'], { cwd: folder.path, env });
    expect(verify.stdout).not.toContain('mark at the end');
  });
});

describe('salvage', () => {
  it.each([
    ['v2-bit-flip.tar', 4],
    ['v3-bit-flip-last-chunk.tar', 4],
    ['v3-version-4.tar', 0],
  ])('%s: saves what there is, and its exit code tells what is missing', async (name, exitCode) => {
    await using folder = await scratch();
    const args = ['salvage', '--json', '--out', 'saved', join(FIXTURES, 'bad', name)];
    const run = await strongroom(args, { cwd: folder.path, env });
    expect(run.exitCode).toBe(exitCode);
    const { report } = documentOf<SalvageReport>(run);
    expect(report.outputPath).toBe(join(folder.path, 'saved', name));
    const verify = await strongroom(['verify', join('saved', name)], { cwd: folder.path, env });
    expect(verify.stdout).toContain('every file in it can be read');
  });

  it.each([
    ['html-instead-of-tar.tar', 7],
    ['outer-truncated.tar', 5],
  ])('%s: nothing can be saved, and nothing is written', async (name, exitCode) => {
    await using folder = await scratch();
    const run = await strongroom(['salvage', '--out', 'saved', join(FIXTURES, 'bad', name)], {
      cwd: folder.path,
      env,
    });
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toMatch(/strongroom: error: .*\nstrongroom: hint: /);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});
