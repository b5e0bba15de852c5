// Completion scripts: each shell that is there loads its script; bash and zsh or fish, where found, really complete.

import { execFileSync, spawnSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { runCli } from '../../cli/run.ts';
import { fakeHost } from './fake-host.ts';

const COMMANDS =
  'inspect verify migrate rekey encrypt decrypt ls extract repair salvage keys vault library jobs watch serve completion'.split(
    ' ',
  );

async function script(shell: string): Promise<string> {
  const host = fakeHost();
  expect(await runCli(['completion', shell], host)).toBe(0);
  expect(host.stderr.text).toBe('');
  return host.stdout.text;
}

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

async function bash(...words: string[]): Promise<string[]> {
  const run = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]}-1)); _strongroom; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['-c', `${await script('bash')}\n${run}`], {
    cwd: import.meta.dirname,
  });
  return printed.toString().split('\n').filter(Boolean);
}

describe.skipIf(!has('bash'))('bash (skipped where bash is not installed)', () => {
  it('completes commands', async () => {
    expect(await bash('strongroom', 've')).toEqual(['verify']);
    expect(await bash('strongroom', '')).toEqual(expect.arrayContaining(COMMANDS));
  });

  it('completes the options of a command and no others', async () => {
    expect(await bash('strongroom', 'verify', '--qu')).toEqual(['--quick']);
    expect(await bash('strongroom', 'verify', '--strip')).toEqual([]);
    expect(await bash('strongroom', 'extract', '--st')).toEqual(['--strip']);
  });

  it('completes commands of commands and their options', async () => {
    expect(await bash('strongroom', 'keys', 'imp')).toEqual(['import']);
    expect(await bash('strongroom', 'keys', 'generate', '--lab')).toEqual(['--label']);
    expect(await bash('strongroom', 'vault', 'generate', '--lab')).toEqual([]);
    expect(await bash('strongroom', 'library', 'reb')).toEqual(['rebuild']);
    expect(await bash('strongroom', 'library', 'migrate', '--quar')).toEqual(['--quarantine-days']);
    expect(await bash('strongroom', 'jobs', 'resume', '--ret')).toEqual(['--retry-failed']);
  });

  it('completes values, files and folders', async () => {
    expect(await bash('strongroom', 'migrate', '--originals', 'q')).toEqual(['quarantine']);
    expect(await bash('strongroom', 'completion', 'f')).toEqual(['fish']);
    expect(await bash('strongroom', 'help', 'sal')).toEqual(['salvage']);
    expect(await bash('strongroom', 'verify', 'completion.te')).toEqual(['completion.test.ts']);
    expect(await bash('strongroom', 'verify', '--kit', 'completion.te')).toEqual(['completion.test.ts']);
    expect(await bash('strongroom', 'migrate', '--out', 'completion.te')).toEqual([]);
    expect(await bash('strongroom', 'library', 'backups', '--in-format', 'o')).toEqual(['old']);
    expect(await bash('strongroom', 'library', 'add', '--verify', 'f')).toEqual(['full']);
  });
});

describe('zsh and fish', () => {
  it.each(['zsh', 'fish'])('%s has every command, and no option that announces a key', async (shell) => {
    const text = await script(shell);
    for (const command of COMMANDS) expect(text).toContain(command);
    expect(text).not.toMatch(/--key[ =[]|-l key /);
  });

  it.skipIf(!has('zsh'))('zsh reads its script (skipped where zsh is not installed)', async () => {
    const load = 'autoload -Uz compinit && compinit -u -D';
    const run = spawnSync('zsh', ['-f', '-c', `${load}; ${await script('zsh')}\nwhence -w _strongroom`]);
    expect(run.stderr.toString()).toBe('');
    expect(run.stdout.toString()).toContain('_strongroom: function');
  });

  it.skipIf(!has('fish'))(
    'fish completes with its script (skipped where fish is not installed)',
    async () => {
      const complete = (line: string, text: string): string =>
        execFileSync('fish', ['--no-config', '-c', `${text}\ncomplete -C '${line}'`]).toString();
      const text = await script('fish');
      expect(complete('strongroom ver', text)).toMatch(/^verify\t/);
      expect(complete('strongroom verify --qu', text)).toMatch(/^--quick\t/);
      expect(complete('strongroom migrate --originals q', text)).toMatch(/^quarantine/);
    },
  );
});
