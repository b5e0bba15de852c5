// Started without arguments at a terminal: from a dragged file to its health and its migration.

import { existsSync, readdirSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { NO_TERMINAL, PseudoTerminal } from './pseudo-terminal.ts';
import { documentOf, FIXTURES, KEY, OTHER_KEY, scratch, strongroom } from './run-program.ts';

if (NO_TERMINAL !== null) process.stderr.write(`guided-start.process.test.ts: ${NO_TERMINAL}\n`);

const HIDDEN = 'Its key (hidden while you type; Enter alone goes on without it): ';

async function withBackup(name: string) {
  const folder = await scratch();
  await copyFile(join(FIXTURES, name), join(folder.path, 'home.tar'));
  return folder;
}

describe.skipIf(NO_TERMINAL !== null)('the guided start', () => {
  it('leads from a dragged file and kit to the health and the migration', async () => {
    await using folder = await scratch();
    const backup = join(folder.path, 'my backup.tar');
    const kit = join(folder.path, 'my kit.txt');
    await copyFile(join(FIXTURES, 'v2-compressed.tar'), backup);
    await copyFile(join(FIXTURES, 'kits/home_assistant_backup_emergency_kit_26_03_2026_15_23.txt'), kit);
    await using terminal = new PseudoTerminal([], { cwd: folder.path });
    await terminal.sees('Where is your backup?');
    await terminal.sees('(Enter alone leaves): ');
    terminal.types(`${join(folder.path, 'gone.tar')}\r`);
    await terminal.sees("I can't find this file or folder.");
    await terminal.sees('(Enter alone leaves): ');
    terminal.types(`'${backup}' \r`);
    await terminal.sees(/"Automatic backup 2025\.6\.1", made Jun 14, 2025/);
    await terminal.sees('This backup is encrypted.');
    await terminal.sees('or press Enter alone to type the key: ');
    terminal.types(`${kit.replaceAll(' ', '\\ ')}\r`);
    await terminal.sees('This backup opens with your key “my kit.txt” and every file in it can be read.');
    await terminal.sees('finds it the next time? [Y/n]');
    terminal.types('n\r');
    await terminal.sees('Bring it to the current format now? [y/N]');
    terminal.types('y\r');
    await terminal.sees('The original is kept: ');
    const { exitCode } = await terminal.ends();
    expect(exitCode).toBe(0);
    expect(readdirSync(folder.path).sort()).toEqual(['my backup.tar', 'my backup.tar.orig', 'my kit.txt']);
  });

  it('keeps the key in a vault, and needs no kit the next time', async () => {
    await using folder = await withBackup('v3-compressed.tar');
    const kit = join(FIXTURES, 'kits/home_assistant_backup_emergency_kit_26_03_2026_15_23.txt');
    const env = { STRONGROOM_DATA: join(folder.path, 'data') };
    {
      await using terminal = new PseudoTerminal([], { cwd: folder.path, env });
      await terminal.sees('(Enter alone leaves): ');
      terminal.types('home.tar\r');
      await terminal.sees('to type the key: ');
      terminal.types(`${kit}\r`);
      await terminal.sees('every file in it can be read');
      await terminal.sees('finds it the next time? [Y/n]');
      terminal.types('\r');
      await terminal.sees('Enter alone for none): ');
      terminal.types('correct horse battery staple\r');
      await terminal.sees('The same again: ');
      terminal.types('correct horse battery staple\r');
      await terminal.sees('“Home 2026” (');
      await terminal.sees('The next time: strongroom verify home.tar');
      expect((await terminal.ends()).exitCode).toBe(0);
    }
    await using again = new PseudoTerminal([], { cwd: folder.path, env });
    await again.sees('(Enter alone leaves): ');
    again.types('home.tar\r');
    await again.sees('Passphrase of your vault');
    again.types('correct horse battery staple\r');
    await again.sees('This backup opens with your key “Home 2026” and every file in it can be read.');
    expect((await again.ends()).exitCode).toBe(0);
  });

  it('takes a typed key, and several backups of a folder', async () => {
    await using folder = await withBackup('v3-compressed.tar');
    await copyFile(join(FIXTURES, 'bad/html-instead-of-tar.tar'), join(folder.path, 'page.tar'));
    await using terminal = new PseudoTerminal([], { cwd: folder.path });
    await terminal.sees('(Enter alone leaves): ');
    terminal.types('.\r');
    await terminal.sees('There are 2 backups:');
    await terminal.sees('Its number, or Enter for all of them: ');
    terminal.types('7\r');
    await terminal.sees('Please give a number from 1 to 2.');
    terminal.types('\r');
    await terminal.sees('to type the key: ');
    terminal.types('\r');
    await terminal.sees(HIDDEN);
    terminal.types(`${KEY}\r`);
    await terminal.sees('opens with your key “typed key”');
    await terminal.sees('finds it the next time? [Y/n]');
    terminal.types('n\r');
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(7);
    expect(text).toContain('This is not a backup, but a web page.');
    expect(text).toContain('The next time: strongroom verify --kit');
  });

  it('keeps only the key that opened something', async () => {
    await using folder = await withBackup('v3-compressed.tar');
    const wrongKit = join(folder.path, 'old kit.txt');
    await writeFile(wrongKit, `Encryption key:\n${OTHER_KEY}\n`);
    const env = { STRONGROOM_DATA: join(folder.path, 'data') };
    {
      await using terminal = new PseudoTerminal([], { cwd: folder.path, env });
      await terminal.sees('(Enter alone leaves): ');
      terminal.types('home.tar\r');
      await terminal.sees('to type the key: ');
      terminal.types(`'${wrongKit}'\r`);
      await terminal.sees(HIDDEN);
      terminal.types(`${KEY}\r`);
      await terminal.sees('finds it the next time? [Y/n]');
      terminal.types('\r');
      await terminal.sees('Enter alone for none): ');
      terminal.types('correct horse battery staple\r');
      await terminal.sees('The same again: ');
      terminal.types('correct horse battery staple\r');
      await terminal.sees('is in your vault now.');
      expect((await terminal.ends()).exitCode).toBe(0);
    }
    const passphraseFile = join(folder.path, 'passphrase');
    await writeFile(passphraseFile, 'correct horse battery staple\n');
    const listed = await strongroom(['keys', 'list', '--json', '--passphrase-file', passphraseFile], { env });
    const { keys } = documentOf<{ keys: readonly { label: string }[] }>(listed).report;
    expect(keys.map(({ label }) => label)).toHaveLength(1);
    const verified = await strongroom(['verify', 'home.tar', '--passphrase-file', passphraseFile], {
      cwd: folder.path,
      env,
    });
    expect(verified.exitCode).toBe(0);
  });

  it('asks again for a kit without a key', async () => {
    await using folder = await withBackup('v3-compressed.tar');
    await writeFile(join(folder.path, 'notes.txt'), 'nothing');
    await using terminal = new PseudoTerminal([], { cwd: folder.path });
    await terminal.sees('(Enter alone leaves): ');
    terminal.types('home.tar\r');
    await terminal.sees('to type the key: ');
    terminal.types('notes.txt\r');
    await terminal.sees('There is no encryption key in “notes.txt”.');
    await terminal.sees('to type the key: ');
    terminal.types('\u0003');
    expect((await terminal.ends()).exitCode).toBe(130);
  });

  it('leaves on Enter alone', async () => {
    await using terminal = new PseudoTerminal([]);
    await terminal.sees('(Enter alone leaves): ');
    terminal.types('\r');
    expect((await terminal.ends()).exitCode).toBe(0);
    expect(existsSync('home.tar')).toBe(false);
  });
});
