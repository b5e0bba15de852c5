// The vault through the real program: made, opened, locked, damaged and put right again, without a keychain.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { VaultStatus } from '../../shared/keys.ts';
import { PseudoTerminal, NO_TERMINAL } from './pseudo-terminal.ts';
import { documentOf, KEY, type Run } from './run-program.ts';
import { newDataFolder, newVault, PASSPHRASE, type VaultFolder } from './vault-folder.ts';

const VAULT = 'vault.strongroom';
const COPY = 'vault.copy.strongroom';

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function passphraseFile(folder: VaultFolder, text: string): string {
  const path = join(folder.path, 'other-passphrase');
  writeFileSync(path, text);
  return path;
}

function statusOf(run: Run): VaultStatus {
  return documentOf<VaultStatus>(run).report;
}

describe('strongroom vault init', () => {
  it('makes a vault that a passphrase file opens, with files that only their owner may read', async () => {
    await using folder = await newDataFolder();
    const made = await folder.run(['vault', 'init']);
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect(made.stdout).toMatch(/^Your vault is made\./);
    expect(made.stdout).toContain('Opened by a passphrase.');
    expect(readdirSync(folder.data).sort()).toEqual([COPY, VAULT]);
    for (const name of [VAULT, COPY]) expect(statSync(join(folder.data, name)).mode & 0o777).toBe(0o600);
    expect(statSync(folder.data).mode & 0o777).toBe(0o700);

    const status = await folder.run(['vault', 'status', '--json']);
    expect(status.exitCode).toBe(0);
    expect(statusOf(status)).toMatchObject({
      state: 'unlocked',
      ways: ['passphrase'],
      keyCount: 0,
      copy: 'intact',
    });
  });

  it('leaves a vault alone that is there already', async () => {
    await using folder = await newVault();
    const before = sha256(join(folder.data, VAULT));
    const again = await folder.run(['vault', 'init']);
    expect(again.exitCode).toBe(8);
    expect(again.stderr).toContain('There is a vault already');
    expect(sha256(join(folder.data, VAULT))).toBe(before);
  });

  it('asks for a passphrase where no keychain answers, and never writes a plain file instead', async () => {
    await using folder = await newDataFolder();
    const refused = await folder.run(['vault', 'init'], { env: { STRONGROOM_PASSPHRASE_FILE: '' } });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/keychain/i);
    expect(refused.stderr).toContain('passphrase');
    expect(existsSync(folder.data) ? readdirSync(folder.data) : []).toEqual([]);
  });

  it('refuses an empty passphrase file', async () => {
    await using folder = await newDataFolder();
    const empty = passphraseFile(folder, '\n');
    const refused = await folder.run(['vault', 'init', '--passphrase-file', empty]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('its first line is empty');
  });

  it.skipIf(NO_TERMINAL !== null)(
    'asks twice at a terminal, hidden, and warns of a weak passphrase',
    async () => {
      await using folder = await newDataFolder();
      await using terminal = new PseudoTerminal(['vault', 'init', '--no-keychain'], {
        env: { STRONGROOM_DATA: folder.data },
      });
      await terminal.sees('Passphrase (hidden)');
      terminal.types('password1\r');
      await terminal.sees('Take it all the same? [y/N]');
      terminal.types('n\r');
      await terminal.sees('Passphrase (hidden)');
      terminal.types(`${PASSPHRASE}\r`);
      await terminal.sees('The same again');
      terminal.types('something else entirely\r');
      await terminal.sees('two different passphrases');
      await terminal.sees('Passphrase (hidden)');
      terminal.types(`${PASSPHRASE}\r`);
      await terminal.sees('The same again');
      terminal.types(`${PASSPHRASE}\r`);
      const { exitCode, text } = await terminal.ends();
      expect(exitCode).toBe(0);
      expect(text).toContain('Your vault is made.');
      expect(text).not.toContain(PASSPHRASE);
      expect(statusOf(await folder.run(['vault', 'status', '--json'])).state).toBe('unlocked');
    },
  );
});

describe('opening it', () => {
  it('says that there is none, and how to make one', async () => {
    await using folder = await newDataFolder();
    const none = await folder.run(['keys', 'list']);
    expect(none.exitCode).toBe(3);
    expect(none.stderr).toBe(
      'strongroom: error: There is no vault here yet.\nstrongroom: hint: Make one with: strongroom vault init\n',
    );
  });

  it('refuses a wrong passphrase every time and changes nothing', async () => {
    await using folder = await newVault();
    const before = sha256(join(folder.data, VAULT));
    const wrong = passphraseFile(folder, `${PASSPHRASE} \n`);
    for (let count = 0; count < 3; count++) {
      const refused = await folder.run(['keys', 'list', '--passphrase-file', wrong]);
      expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
      expect(refused.stderr).toMatch(/^strongroom: error: .*passphrase/);
    }
    expect(sha256(join(folder.data, VAULT))).toBe(before);
    expect((await folder.run(['keys', 'list'])).exitCode).toBe(0);
  });

  it('asks for the passphrase at a terminal, three times at most', async (context) => {
    if (NO_TERMINAL !== null) context.skip(NO_TERMINAL);
    await using folder = await newVault();
    await using terminal = new PseudoTerminal(['keys', 'list'], { env: { STRONGROOM_DATA: folder.data } });
    await terminal.sees('Passphrase of your vault');
    terminal.types('no\r');
    await terminal.sees('not the passphrase');
    await terminal.sees('Passphrase of your vault');
    terminal.types(`${PASSPHRASE}\r`);
    const { exitCode, text } = await terminal.ends();
    expect(exitCode).toBe(0);
    expect(text).toContain('There is no key in your vault yet.');
    expect(text).not.toContain(PASSPHRASE);
  });

  it('says without a terminal how a passphrase vault is opened', async () => {
    await using folder = await newVault();
    const refused = await folder.run(['keys', 'list'], { env: { STRONGROOM_PASSPHRASE_FILE: '' } });
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('--passphrase-file');
  });

  it('opens with a changed passphrase and no longer with the old one', async () => {
    await using folder = await newVault();
    const next = passphraseFile(folder, 'a different and longer phrase');
    const changed = await folder.run(['vault', 'passphrase', '--new-passphrase-file', next]);
    expect(changed).toMatchObject({ exitCode: 0, stdout: 'The new passphrase opens the vault.\n' });
    expect((await folder.run(['keys', 'list'])).exitCode).toBe(3);
    expect((await folder.run(['keys', 'list', '--passphrase-file', next])).exitCode).toBe(0);
  });

  it('never removes the last way in', async () => {
    await using folder = await newVault();
    const refused = await folder.run(['vault', 'passphrase', '--remove']);
    expect(refused.exitCode).toBe(2);
    expect((await folder.run(['keys', 'list'])).exitCode).toBe(0);
  });
});

describe('locking it', () => {
  it('keeps it locked for everyone until it is unlocked, but for a passphrase given on purpose', async () => {
    await using folder = await newVault();
    expect((await folder.run(['vault', 'lock'])).exitCode).toBe(0);
    const status = await folder.run(['vault', 'status', '--json'], {
      env: { STRONGROOM_PASSPHRASE_FILE: '' },
    });
    expect(statusOf(status)).toMatchObject({ state: 'locked', lockedOnPurpose: true });
    expect((await folder.run(['keys', 'list'])).exitCode).toBe(0);

    const unlocked = await folder.run(['vault', 'unlock']);
    expect(unlocked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(unlocked.stdout).toContain('The vault is open, with 0 keys in it.');
    expect(statusOf(await folder.run(['vault', 'status', '--json'])).lockedOnPurpose).toBe(false);
  });
});

describe('a damaged vault', () => {
  it('is refused for one bit, and its copy takes its place when asked', async () => {
    await using folder = await newVault();
    const key = await folder.run(['keys', 'add', '--label', 'Home', '--key-file', '-'], { input: KEY });
    expect(key.exitCode).toBe(0);
    const path = join(folder.data, VAULT);
    const bytes = readFileSync(path);
    bytes[bytes.length - 60]! ^= 1;
    writeFileSync(path, bytes);

    const refused = await folder.run(['keys', 'list']);
    expect(refused).toMatchObject({ exitCode: 4, stdout: '' });
    expect(refused.stderr).toMatch(/damaged/);
    const status = await folder.run(['vault', 'status']);
    expect(status.exitCode).toBe(4);
    expect(status.stdout).toContain('strongroom vault restore');

    expect((await folder.run(['vault', 'restore'])).exitCode).toBe(0);
    const list = await folder.run(['keys', 'list']);
    expect(list.exitCode).toBe(0);
    expect(list.stdout).toContain('Home');
    const kept = readdirSync(folder.data).filter((name) => name.startsWith('vault.damaged-'));
    expect(kept).toHaveLength(1);
    expect(readFileSync(join(folder.data, kept[0]!))).toEqual(bytes);
  });

  it('is refused when it is cut off, empty, or of a newer version', async () => {
    await using folder = await newVault();
    const path = join(folder.data, VAULT);
    const whole = readFileSync(path);
    for (const bytes of [whole.subarray(0, whole.length - 1), whole.subarray(0, 10), Buffer.alloc(0)]) {
      writeFileSync(path, bytes);
      expect((await folder.run(['keys', 'list'])).exitCode).toBe(4);
    }
    const newer = Buffer.from(whole);
    newer.writeUInt32LE(2, 8);
    const sum = createHash('sha256').update(newer.subarray(0, -32)).digest();
    writeFileSync(path, Buffer.concat([newer.subarray(0, -32), sum]));
    const refused = await folder.run(['keys', 'list']);
    expect(refused.exitCode).toBe(6);
    expect(refused.stderr).toMatch(/newer/i);
  });

  it('does not keep other commands from the keys they are given', async () => {
    await using folder = await newVault();
    writeFileSync(join(folder.data, VAULT), 'not a vault');
    const run = await folder.run(
      ['verify', '--quick', join(import.meta.dirname, '../fixtures/v2-compressed.tar')],
      {
        env: { STRONGROOM_PASSPHRASE_FILE: '', STRONGROOM_KEY: KEY },
      },
    );
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
