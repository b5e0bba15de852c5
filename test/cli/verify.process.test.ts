// inspect and verify with the real program: every fixture's answer, exit code and place of speaking.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { BackupInspection, BackupVerification } from '../../shared/backup.ts';
import {
  documentOf,
  FIXTURES,
  KEY,
  MAIN,
  OTHER_KEY,
  plainEnvironment,
  runCommand,
  scratch,
  strongroom,
} from './run-program.ts';

const expected = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as {
  archives: Record<string, { format: string; slug: string; parts: Record<string, object> }>;
  bad: Record<string, unknown>;
  shapes: Record<string, unknown>;
};
const env = { STRONGROOM_KEY: KEY };

describe('good backups', () => {
  it.each(Object.entries(expected.archives))('%s can be restored', async (name, { format, parts }) => {
    const run = await strongroom(['verify', name], { cwd: FIXTURES, env });
    const opens = format === 'plain' ? 'is not encrypted' : 'opens with your key “STRONGROOM_KEY”';
    expect(run.stdout.split('\n').slice(0, 2)).toEqual([
      name,
      `  This backup ${opens} and every file in it can be read.`,
    ]);
    expect(run.stdout.match(/ good$/gm)).toHaveLength(Object.keys(parts).length);
    expect(run.stderr).toMatch(
      new RegExp(`^strongroom: note: ${name}: started .*\\nstrongroom: note: ${name}: finished in .*\\n$`),
    );
    expect(run.exitCode).toBe(0);
  });

  it.each(Object.entries(expected.archives))(
    '%s is described without a key',
    async (name, { slug, format }) => {
      const run = await strongroom(['inspect', '--json', name], { cwd: FIXTURES });
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      const { report } = documentOf<BackupInspection>(run);
      expect(report.metadata.slug).toBe(slug);
      expect(new Set(report.members.map(({ variant }) => variant))).toEqual(new Set([format]));
    },
  );
});

/** Exit code and a word of the answer for each backup in bad/. */
const BAD: Record<string, [number, RegExp]> = {
  'empty.tar': [7, /not a backup, but an empty file/],
  'html-instead-of-tar.tar': [7, /not a backup, but a web page/],
  'outer-garbage-header.tar': [7, /not a backup/],
  'outer-truncated.tar': [5, /cut off/],
  'outer-no-end-blocks.tar': [0, /mark at the end of the archive is missing/],
  'meta-missing.tar': [4, /backup\.json is missing/],
  'meta-not-json.tar': [4, /backup\.json is damaged/],
  'meta-wrong-types.tar': [4, /backup\.json is damaged/],
  'v1-bit-flip.tar': [4, /This backup is damaged/],
  'v2-bit-flip.tar': [4, /This backup is damaged/],
  'v2-size-field-lies.tar': [4, /This backup is damaged/],
  'v3-bit-flip-first-chunk.tar': [4, /This backup is damaged/],
  'v3-bit-flip-last-chunk.tar': [4, /This backup is damaged/],
  'v3-chunks-swapped.tar': [4, /This backup is damaged/],
  'v3-magic-damaged.tar': [4, /damaged at its start/],
  'v3-reserved-nonzero.tar': [4, /This backup is damaged/],
  'v3-size-field-lies.tar': [4, /This backup is damaged/],
  'v3-validation-key-damaged.tar': [4, /damaged at its start: your key/],
  'v3-version-0.tar': [6, /format that this version of Strongroom does not know/],
  'v3-version-4.tar': [6, /format that this version of Strongroom does not know/],
  'evil-bomb.tar': [0, /every file in it can be read/],
  'evil-traversal.tar': [0, /leads outside/],
  'evil-symlink.tar': [0, /every file in it can be read/],
  'evil-hardlink.tar': [0, /leads outside/],
};

describe('bad backups', () => {
  it('has an answer for every one there is', () => {
    expect(Object.keys(BAD).sort()).toEqual(readdirSync(join(FIXTURES, 'bad')).sort());
  });

  it.each(Object.entries(BAD))('%s: exit %j', async (name, [exitCode, says]) => {
    const run = await strongroom(['verify', name], { cwd: join(FIXTURES, 'bad'), env });
    expect(run.exitCode).toBe(exitCode);
    expect(run.stdout + run.stderr).toMatch(says);
    if (exitCode === 0) return;
    // What to do next stands in the report, or behind the error as a hint.
    expect(run.stdout + run.stderr).toMatch(
      run.stdout === '' ? /\nstrongroom: hint: / : /\n {2}What to do:\n {2}- /,
    );
    if (run.stdout === '') expect(run.stderr).toContain(`strongroom: error: ${name}: `);
  });

  it('all together end with the worst code, and the good ones are still answered', async () => {
    const run = await strongroom(['verify', '--json', 'bad', 'v3-compressed.tar'], { cwd: FIXTURES, env });
    const document = documentOf<unknown>(run);
    expect(run.exitCode).toBe(4);
    expect(document.exitCode).toBe(4);
    const codes = Object.fromEntries(
      document.results.map((result) => [result.path.split('/').at(-1), result.exitCode]),
    );
    const wanted = Object.entries(BAD).map(([name, [code]]) => [name, code]);
    expect(codes).toEqual({ ...Object.fromEntries(wanted), 'v3-compressed.tar': 0 });
  });
});

describe('odd backups', () => {
  const ODD: Record<string, [number, RegExp]> = {
    'core-container-v3.tar': [0, /every file in it can be read/],
    'flag-says-plain-but-encrypted.tar': [0, /says that the backup is not encrypted, but it is/],
    'flag-says-protected-but-plain.tar': [0, /says that the backup is encrypted, but nothing in it is/],
    'ha-decrypted-short-tail.tar': [0, /all files are complete|every file/],
    'metadata-only.tar': [0, /holds only its own description/],
    'mixed-supervisor-still-encrypted.tar': [0, /Some parts are encrypted and others are not/],
    'registry-password-in-metadata.tar': [0, /in the clear/],
    'stale-pax-size.tar': [0, /bytes off/],
    'two-keys.tar': [3, /Your key “STRONGROOM_KEY” does not open 1 of its/],
    'v3-from-short-tail.tar': [0, /every file in it can be read/],
  };

  it('has an answer for every one there is', () => {
    expect(Object.keys(ODD).sort()).toEqual(readdirSync(join(FIXTURES, 'shapes')).sort());
  });

  it.each(Object.entries(ODD))('%s: exit %j', async (name, [exitCode, says]) => {
    const run = await strongroom(['verify', name], { cwd: join(FIXTURES, 'shapes'), env });
    expect(run.stdout).toMatch(says);
    expect(run.exitCode).toBe(exitCode);
  });

  it('opens parts with different keys', async () => {
    await using folder = await scratch();
    await writeFile(join(folder.path, 'other.txt'), `${OTHER_KEY}\n`);
    const args = [
      'verify',
      '--key-file',
      join(folder.path, 'other.txt'),
      join(FIXTURES, 'shapes/two-keys.tar'),
    ];
    const run = await strongroom(args, { env });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(
      /opens with your keys (“STRONGROOM_KEY” and “other\.txt”|“other\.txt” and “STRONGROOM_KEY”)/,
    );
  });
});

describe('keys', () => {
  it('come from an emergency kit', async () => {
    const kit = 'home_assistant_backup_emergency_kit_26_03_2026_15_23.txt';
    const run = await strongroom(['verify', '--kit', `kits/${kit}`, 'v3-compressed.tar'], { cwd: FIXTURES });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain(`opens with your key “${kit}”`);
  });

  it('that do not fit are an answer of their own, with what to do next', async () => {
    const run = await strongroom(['verify', 'v2-compressed.tar'], {
      cwd: FIXTURES,
      env: { STRONGROOM_KEY: OTHER_KEY },
    });
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain(
      '  Your key “STRONGROOM_KEY” does not open this backup.\n\n  What to do:\n  - ',
    );
  });

  it('are asked for on no pipe', async () => {
    const run = await strongroom(['verify', 'v3-compressed.tar'], { cwd: FIXTURES, input: `${KEY}\n` });
    expect(run.exitCode).toBe(3);
    expect(run.stdout).toContain('encrypted, and no key was given');
    expect(run.stdout).toContain('--key-file or STRONGROOM_KEY');
  });
});

describe('several files', () => {
  it('end with the worst code', async () => {
    const run = await strongroom(['verify', 'v3-compressed.tar', 'bad/v3-version-4.tar', 'bad/empty.tar'], {
      cwd: FIXTURES,
      env,
    });
    expect(run.exitCode).toBe(6);
    expect(run.stdout).toContain('3 files: 1 good, 1 not a backup, 1 of an unknown format.');
  });

  it('of a folder, without what lies beside them', async () => {
    await using folder = await scratch();
    await mkdir(join(folder.path, 'b'));
    await copyFile(join(FIXTURES, 'v3-compressed.tar'), join(folder.path, 'b/good.tar'));
    for (const name of ['._good.tar', 'half.tar.part', 'notes.txt'])
      await writeFile(join(folder.path, 'b', name), 'x');
    const run = await strongroom(['verify', '--json', 'b'], { cwd: folder.path, env });
    expect(documentOf<unknown>(run).results.map(({ path }) => path)).toEqual([
      join(folder.path, 'b/good.tar'),
    ]);
    expect(run.exitCode).toBe(0);
  });

  it('that are not there', async () => {
    const run = await strongroom(['verify', 'gone.tar'], { cwd: FIXTURES });
    expect(run).toMatchObject({ exitCode: 1, stdout: '' });
    expect(run.stderr).toContain(
      "strongroom: error: gone.tar: I can't find this file or folder.\nstrongroom: hint: Check the spelling",
    );
  });
});

describe('the deep level', () => {
  it('says beforehand that databases touch the disk, and tells what it checked', async () => {
    const run = await strongroom(['verify', '--deep', '--json', 'v3-compressed.tar'], { cwd: FIXTURES, env });
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toMatch(/^strongroom: note: Deep check: .*private temporary file/);
    const { report } = documentOf<BackupVerification>(run);
    expect(report.level).toBe('deep');
    expect(report.members[0]?.deep?.sqliteChecked).toBeGreaterThan(0);
  });
});

describe('outputs that end early', () => {
  it('ends quietly when its reader has seen enough', async () => {
    const command = `'${process.execPath}' '${MAIN}' ls v3-multichunk.tar 2>err.txt | head -n 1; echo "\${PIPESTATUS[0]}"`;
    await using folder = await scratch();
    await copyFile(join(FIXTURES, 'v3-multichunk.tar'), join(folder.path, 'v3-multichunk.tar'));
    const printed = execFileSync('bash', ['-c', command], {
      cwd: folder.path,
      env: plainEnvironment(env),
    }).toString();
    expect(printed.split('\n')).toHaveLength(3);
    expect(printed.split('\n')[1]).toBe('0');
    expect(readFileSync(join(folder.path, 'err.txt'), 'utf8')).toBe('');
  });

  it('fails when the report cannot be written', async () => {
    const run = await runCommand(
      'bash',
      ['-c', `'${process.execPath}' '${MAIN}' inspect v3-compressed.tar > /dev/full`],
      { cwd: FIXTURES },
    );
    expect(run.exitCode).toBe(8);
    expect(run.stderr).toContain('strongroom: error: The report could not be written: ');
  });
});
