// The real program at a terminal: hidden keys, the plan and its question, the guided start, the progress bar.

import { readdirSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { NO_TERMINAL, PseudoTerminal } from './pseudo-terminal.ts';
import { FIXTURES, KEY, NEW_KEY, OTHER_KEY, refuseSecrets, scratch, strongroom } from './run-program.ts';
import { newVault } from './vault-folder.ts';

if (NO_TERMINAL !== null) process.stderr.write(`terminal.process.test.ts: ${NO_TERMINAL}\n`);

const HIDDEN = 'Its key (hidden while you type; Enter alone goes on without it): ';
const env = { STRONGROOM_KEY: KEY };

async function withBackup(name: string) {
  const folder = await scratch();
  await copyFile(join(FIXTURES, name), join(folder.path, 'home.tar'));
  return folder;
}

describe.skipIf(NO_TERMINAL !== null)('a key asked for', () => {
  it('is hidden, opens the backup, and stdout has the report alone', async () => {
    await using folder = await withBackup('v3-compressed.tar');
    const report = join(folder.path, 'report.json');
    await using terminal = new PseudoTerminal(['verify', '--json', 'home.tar'], {
      cwd: folder.path,
      stdoutTo: report,
    });
    await terminal.sees('home.tar is encrypted.');
    await terminal.sees(HIDDEN);
    terminal.types(`${KEY}\r`);
    const { exitCode } = await terminal.ends();
    expect(exitCode).toBe(0);
    const text = readFileSync(report, 'utf8');
    refuseSecrets(text);
    expect(JSON.parse(text).results[0].report.members[0].keyLabel).toBe('typed key');
  });

  it('is asked for again when it is wrong, with what may be the matter', async () => {
    await using terminal = new PseudoTerminal(['verify', 'v2-compressed.tar'], { cwd: FIXTURES });
    await terminal.sees(HIDDEN);
    terminal.types('hunter2\r');
    await terminal.sees(
      /That key does not open it\. Dashes and capitals belong to the key; mixed up easily: O\/0/,
    );
    await terminal.sees(HIDDEN);
    terminal.types('\r');
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(3);
    expect(text).toContain('This backup is encrypted, and no key was given');
    expect(text).not.toContain('hunter2');
  });

  it('may be typed without dashes and capitals', async () => {
    await using terminal = new PseudoTerminal(['verify', 'v3-compressed.tar'], { cwd: FIXTURES });
    await terminal.sees(HIDDEN);
    terminal.types(`${KEY.replaceAll('-', '').toLowerCase()}\r`);
    await terminal.sees('Read with capitals and dashes, as Home Assistant writes it, it opens the backup.');
    expect((await terminal.ends()).exitCode).toBe(0);
  });

  it('may have characters that look alike mixed up', async () => {
    await using terminal = new PseudoTerminal(['verify', 'v2-compressed.tar'], { cwd: FIXTURES });
    await terminal.sees(HIDDEN);
    terminal.types(`${KEY.replace('C1YE', 'CIYE')}\r`);
    await terminal.sees('it opens with a look-alike (O/0, I/1, B/8, S/5, Z/2) in group 7, character 2.');
    expect((await terminal.ends()).exitCode).toBe(0);
  });

  it('is asked for the one part that needs another', async () => {
    await using terminal = new PseudoTerminal(['verify', 'two-keys.tar'], {
      cwd: join(FIXTURES, 'shapes'),
      env,
    });
    await terminal.sees(/None of your keys \(“STRONGROOM_KEY”\) opens \w+ in two-keys\.tar\./);
    await terminal.sees(HIDDEN);
    terminal.types(`${OTHER_KEY}\r`);
    expect((await terminal.ends()).exitCode).toBe(0);
  });

  it('can be refused with Ctrl-C', async () => {
    await using terminal = new PseudoTerminal(['verify', 'v3-compressed.tar'], { cwd: FIXTURES });
    await terminal.sees(HIDDEN);
    terminal.types('\u0003');
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(130);
    expect(text).toContain('strongroom: error: Stopped at your request.');
  });

  it('is not asked for where none is needed', async () => {
    await using terminal = new PseudoTerminal(['verify', 'plain-compressed.tar'], { cwd: FIXTURES });
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(0);
    expect(text).not.toContain('hidden');
  });
});

describe.skipIf(NO_TERMINAL !== null)('a new key asked for', () => {
  const ask = 'New key (hidden while you type): ';
  const repeat = 'The same again: ';

  it('must be typed twice alike, and is offered in the form of Home Assistant', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    await using terminal = new PseudoTerminal(['rekey', '--out', 'new', 'home.tar'], {
      cwd: folder.path,
      env,
    });
    await terminal.sees(ask);
    terminal.types('one thing and\r');
    await terminal.sees(repeat);
    terminal.types('another\r');
    await terminal.sees('These were two different keys.');
    await terminal.sees(ask);
    terminal.types(`${NEW_KEY.replaceAll('-', '')}\r`);
    await terminal.sees(repeat);
    terminal.types(`${NEW_KEY.replaceAll('-', '')}\r`);
    await terminal.sees('Write it with them? [Y/n]');
    terminal.types('\r');
    expect((await terminal.ends()).exitCode).toBe(0);
    const verify = await strongroom(['verify', 'new/home.tar'], {
      cwd: folder.path,
      env: { STRONGROOM_KEY: NEW_KEY },
    });
    expect(verify.exitCode).toBe(0);
  });
});

describe.skipIf(NO_TERMINAL !== null)('a new key where there is a vault', () => {
  it('is chosen from those in it, or typed and kept in it', async () => {
    await using folder = await newVault();
    await copyFile(join(FIXTURES, 'v2-compressed.tar'), join(folder.path, 'home.tar'));
    await folder.run(['keys', 'add', '--label', 'Home', '--key-file', '-'], { input: KEY });
    await folder.run(['keys', 'add', '--label', 'Cabin', '--key-file', '-'], { input: NEW_KEY });
    {
      const args = ['rekey', '--out', 'chosen', 'home.tar'];
      await using terminal = new PseudoTerminal(args, { cwd: folder.path, env: folder.env });
      await terminal.sees('1  Home (');
      await terminal.sees('2  Cabin (');
      await terminal.sees('or Enter alone to type another key: ');
      terminal.types('3\r');
      await terminal.sees('There is no such number in the list.');
      terminal.types('2\r');
      expect((await terminal.ends()).exitCode).toBe(0);
    }
    {
      const args = ['rekey', '--out', 'typed', 'home.tar'];
      await using terminal = new PseudoTerminal(args, { cwd: folder.path, env: folder.env });
      await terminal.sees('or Enter alone to type another key: ');
      terminal.types('\r');
      await terminal.sees('New key (hidden while you type): ');
      terminal.types(`${OTHER_KEY}\r`);
      await terminal.sees('The same again: ');
      terminal.types(`${OTHER_KEY}\r`);
      await terminal.sees('Keep this key in your vault? [Y/n]');
      terminal.types('\r');
      await terminal.sees('is in your vault now.');
      expect((await terminal.ends()).exitCode).toBe(0);
    }
    expect((await folder.run(['verify', 'chosen', 'typed'])).exitCode).toBe(0);
  });
});

describe.skipIf(NO_TERMINAL !== null)('replacing', () => {
  it('shows the plan, asks, and keeps the original', async () => {
    await using folder = await withBackup('v2-compressed.tar');
    await copyFile(join(FIXTURES, 'v3-compressed.tar'), join(folder.path, 'new.tar'));
    await copyFile(join(FIXTURES, 'bad/html-instead-of-tar.tar'), join(folder.path, 'page.tar'));
    await using terminal = new PseudoTerminal(['migrate', '.'], { cwd: folder.path, env });
    await terminal.sees('This is the plan:');
    await terminal.sees('page.tar: left alone. This is not a backup, but a web page.');
    await terminal.sees('home.tar (30.7 kB): v2 (old) to v3: 7 parts');
    await terminal.sees('with .orig behind the name.');
    await terminal.sees('Restoring it needs Home Assistant 2026.3');
    await terminal.sees('Go on? [y/N]');
    expect(readdirSync(folder.path).sort()).toEqual(['home.tar', 'new.tar', 'page.tar']);
    terminal.types('y\r');
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(7);
    expect(text).toContain('Nothing to do. ');
    expect(readdirSync(folder.path).sort()).toEqual(['home.tar', 'home.tar.orig', 'new.tar', 'page.tar']);
  });

  it.each(['n\r', '\r', '\u0003'])('changes nothing on %j', async (answer) => {
    await using folder = await withBackup('v2-compressed.tar');
    await using terminal = new PseudoTerminal(['migrate', 'home.tar'], { cwd: folder.path, env });
    await terminal.sees('Go on? [y/N]');
    terminal.types(answer);
    const { exitCode } = await terminal.ends();
    expect(exitCode).toBe(130);
    expect(readdirSync(folder.path)).toEqual(['home.tar']);
  });

  it('asks nothing when there is nothing to do', async () => {
    await using terminal = new PseudoTerminal(['migrate', 'v3-compressed.tar'], { cwd: FIXTURES, env });
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(0);
    expect(text).not.toContain('Go on?');
  });
});

describe.skipIf(NO_TERMINAL !== null)('progress on a terminal', () => {
  it('is one line with a bar, cleared at the end', async () => {
    await using terminal = new PseudoTerminal(['verify', 'v3-multichunk.tar'], { cwd: FIXTURES, env });
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(0);
    expect(text).toMatch(/(Starting|Reading) v3-multichunk\.tar {2}\[[#-]+\] {2}\d+%/);
    const screen = text.replace(/[^\n]*\r\u001b\[2K/g, '');
    expect(screen).not.toMatch(/\[#|\u001b/);
    expect(screen).not.toContain('strongroom: note: v3-multichunk.tar: started');
  });

  it('is plain where the terminal is dumb', async () => {
    await using terminal = new PseudoTerminal(['verify', 'v3-multichunk.tar'], {
      cwd: FIXTURES,
      env: { ...env, TERM: 'dumb' },
    });
    const { text } = await terminal.ends();
    expect(text).toContain('strongroom: note: v3-multichunk.tar: started');
    expect(text).not.toContain('\u001b');
  });
});
