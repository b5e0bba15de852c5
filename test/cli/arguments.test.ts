// What the command line understands and refuses, before any engine is asked.

import { describe, expect, it } from 'vitest';

import { runCli } from '../../cli/run.ts';
import { refuseSecretArguments } from '../../cli/secret-arguments.ts';
import { fakeHost, type FakeHostOptions } from './fake-host.ts';

const KEY = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';

async function run(argv: string[], options: FakeHostOptions = {}) {
  const host = fakeHost(options);
  const exitCode = await runCli(argv, host);
  return { exitCode, stdout: host.stdout.text, stderr: host.stderr.text };
}

describe('keys as arguments', () => {
  it.each([
    ['--key', [`--key`, KEY]],
    ['--key=', [`--key=${KEY}`]],
    ['--password', ['--password', 'hunter2']],
    ['--password=', ['--password=hunter2']],
    ['--passphrase', ['--passphrase', 'hunter2']],
    ['--new-key', ['--new-key', 'hunter2']],
    ['-p', ['-p', 'hunter2']],
    ['a key alone', [KEY]],
    ['a key in lower case', [KEY.toLowerCase()]],
    ['a key without dashes', [KEY.replaceAll('-', '')]],
    ['a key where a file belongs', ['--key-file', KEY]],
    ['a key behind =', [`--kit=${KEY}`]],
  ])('refuses %s and does not repeat it', async (_, extra) => {
    const { exitCode, stdout, stderr } = await run(['verify', 'home.tar', ...extra]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^strongroom: error: A key is never taken as an argument\.\nstrongroom: hint: Other users/,
    );
    for (const secret of [KEY, KEY.toLowerCase(), KEY.replaceAll('-', ''), 'hunter2']) {
      expect(stderr).not.toContain(secret);
    }
  });

  it.each([
    ['--key-file', 'x'],
    ['--kit=x.txt'],
    ['--keep'],
    ['--quick'],
    ['my-key-file.tar'],
    ['flag-says-plain-but-encrypted.tar'],
  ])('lets %s pass', (...argv) => {
    expect(() => refuseSecretArguments(argv)).not.toThrow();
  });
});

describe('what is not understood', () => {
  it.each([
    [
      'a group of commands alone',
      ['keys'],
      '“keys” is not a command by itself',
      'See strongroom keys --help.',
    ],
    [
      'an unknown option of a command in a group',
      ['keys', 'list', '--frob'],
      "unknown option '--frob'",
      'See strongroom keys list --help.',
    ],
    [
      'a wrong value in a group',
      ['scheme', 'plan', '--undo-days', '0'],
      'It must be a whole number',
      'See strongroom scheme plan --help.',
    ],
    [
      'no number of a rotation',
      ['rotate', 'status', 'last'],
      'It must be the number of a rotation, as “strongroom rotate status” shows it.',
      'See strongroom rotate status --help.',
    ],
    ['an unknown command', ['vrify', 'x.tar'], "unknown command 'vrify'", 'Did you mean verify?'],
    ['an unknown option', ['verify', '--quik', 'x.tar'], "unknown option '--quik'", 'Did you mean --quick?'],
    ['no file', ['verify'], "missing required argument 'path'", 'See strongroom verify --help.'],
    [
      'two levels',
      ['verify', '--quick', '--deep', 'x'],
      'cannot be used with',
      'See strongroom verify --help.',
    ],
    [
      'a wrong policy',
      ['migrate', '--originals', 'burn', 'x'],
      'Allowed choices are keep',
      'See strongroom migrate',
    ],
    [
      '--out and --originals',
      ['migrate', '--out', 'o', '--originals', 'keep', 'x'],
      'cannot be used with',
      'See',
    ],
    [
      'no --to',
      ['extract', 'x'],
      "required option '-t, --to <folder>' not specified",
      'See strongroom extract',
    ],
    [
      'no --out',
      ['salvage', 'x'],
      "required option '-o, --out <folder>' not specified",
      'See strongroom salvage',
    ],
    ['--jobs 0', ['verify', '--jobs', '0', 'x'], 'whole number from 1', 'See'],
    ['--jobs many', ['verify', '--jobs', '2x', 'x'], 'whole number from 1', 'See'],
    ['--format v1', ['encrypt', '--format', 'v1', 'x'], 'Allowed choices are v2, v3', 'See'],
    [
      'days without quarantine',
      ['migrate', '--quarantine-days', '3', '--yes', 'x'],
      '--originals quarantine',
      '',
    ],
    ['another shell', ['completion', 'powershell'], 'Allowed choices are bash, zsh, fish', 'See'],
  ])('%s: exit 2, an error and a hint', async (_, argv, error, hint) => {
    const { exitCode, stdout, stderr } = await run(argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    const [first = '', second = ''] = stderr.split('\n');
    expect(first).toMatch(/^strongroom: error: /);
    expect(first).toContain(error);
    if (hint !== '') expect(second).toBe(second.startsWith('strongroom: hint: ') ? second : 'a hint');
    expect(second).toContain(hint);
  });
});

describe('help and version', () => {
  it('prints the version', async () => {
    expect(await run(['--version'])).toMatchObject({ exitCode: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it.each([['--help'], ['help'], ['-h']])('%s explains keys, exit codes and examples', async (...argv) => {
    const { exitCode, stdout, stderr } = await run(argv);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('STRONGROOM_NEW_KEY');
    expect(stdout).toMatch(/Exit codes.*\n\s+130 .*\n\s+1 .*\n\s+4 .*\n\s+5 /);
    expect(stdout).toContain('strongroom migrate --kit kit.txt ~/backups');
  });

  it.each([
    'inspect',
    'verify',
    'migrate',
    'rekey',
    'encrypt',
    'decrypt',
    'ls',
    'extract',
    'repair',
    'salvage',
    'completion',
  ])('%s --help has examples', async (command) => {
    const { exitCode, stdout } = await run([command, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\\n[^]*strongroom ${command} `));
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });

  it('prints help and fails where it is started without arguments and without a terminal', async () => {
    const { exitCode, stdout } = await run([]);
    expect(exitCode).toBe(2);
    expect(stdout).toContain('Usage: strongroom COMMAND FILE…');
  });
});

describe('replacing without a terminal', () => {
  it.each(['migrate', 'rekey', 'encrypt', 'decrypt'])('%s refuses without --yes', async (command) => {
    const { exitCode, stdout, stderr } = await run([command, 'x.tar']);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('would replace your backups, and there is no terminal to ask you.');
    expect(stderr).toContain('strongroom: hint: Add --yes');
  });

  it.each(['rekey', 'encrypt'])('%s says that the new key is missing', async (command) => {
    const { exitCode, stderr } = await run([command, '--yes', 'x.tar']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The new key is missing.');
    expect(stderr).toContain('STRONGROOM_NEW_KEY');
  });

  it('tells a script in JSON, too', async () => {
    const { exitCode, stdout } = await run(['migrate', '--json', 'x.tar']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'strongroom/1',
      command: 'migrate',
      results: [],
      error: { code: 'USAGE' },
      exitCode: 2,
    });
  });
});
