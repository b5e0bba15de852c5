// The real program with a real Secret Service: a vault that opens without a question, and what it says when the keychain
// does not play along.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { VaultStatus } from '../../shared/keys.ts';
import { SecretService, secretServiceMissing } from '../support/secret-service.ts';
import { documentOf, KEY, type Run, type RunOptions } from './run-program.ts';
import { newDataFolder, type VaultFolder } from './vault-folder.ts';

const missing = secretServiceMissing();

describe.skipIf(missing !== null)(
  `with a keychain${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let service: SecretService;

    beforeAll(async () => {
      service = await SecretService.start();
      await service.unlock();
    });

    afterAll(() => service.stop());

    /** Meets this service and no other, and has no passphrase file. */
    const run = (folder: VaultFolder, args: readonly string[], options: RunOptions = {}): Promise<Run> =>
      folder.run(args, {
        ...options,
        env: { ...(service.env as Record<string, string>), STRONGROOM_PASSPHRASE_FILE: '', ...options.env },
      });

    async function newKeychainVault(): Promise<VaultFolder> {
      const folder = await newDataFolder();
      const made = await run(folder, ['vault', 'init']);
      expect(made).toMatchObject({ exitCode: 0, stderr: '' });
      return folder;
    }

    const statusOf = async (folder: VaultFolder): Promise<VaultStatus> =>
      documentOf<VaultStatus>(await run(folder, ['vault', 'status', '--json'])).report;

    it('opens without a question, and warns that on another computer nothing opens it', async () => {
      await using folder = await newKeychainVault();
      expect((await run(folder, ['keys', 'add', '--key-file', '-'], { input: KEY })).exitCode).toBe(0);
      const status = await run(folder, ['vault', 'status']);
      expect(status.stdout).toContain("Opened by your system's keychain.");
      expect(status.stdout).toContain('On another computer nothing opens it.');
      expect(await statusOf(folder)).toMatchObject({ state: 'unlocked', ways: ['keychain'], keyCount: 1 });
    });

    it('is locked for everyone until somebody unlocks it', async () => {
      await using folder = await newKeychainVault();
      const locked = await run(folder, ['vault', 'lock']);
      expect(locked.stdout).toContain('It has no passphrase');
      const refused = await run(folder, ['keys', 'list']);
      expect(refused).toMatchObject({ exitCode: 3, stdout: '' });
      expect(refused.stderr).toBe(
        'strongroom: error: Your vault was locked.\nstrongroom: hint: Unlock it with: strongroom vault unlock\n',
      );
      const verify = await run(folder, [
        'verify',
        '--quick',
        join(import.meta.dirname, '../fixtures/v2-compressed.tar'),
      ]);
      expect(verify.exitCode).toBe(3);
      expect(verify.stderr).toContain(
        'strongroom: note: The keys of your vault are not tried. Your vault was locked.',
      );
      expect((await run(folder, ['vault', 'unlock'])).exitCode).toBe(0);
      expect((await run(folder, ['keys', 'list'])).exitCode).toBe(0);
    });

    it('takes a passphrase as a second way in, then as the only one, and the keychain back', async () => {
      await using folder = await newKeychainVault();
      const withPassphrase = { env: { STRONGROOM_PASSPHRASE_FILE: folder.passphraseFile } };
      const set = ['vault', 'passphrase', '--new-passphrase-file', folder.passphraseFile];
      expect((await run(folder, set)).exitCode).toBe(0);
      expect((await statusOf(folder)).ways.toSorted()).toEqual(['keychain', 'passphrase']);

      expect((await run(folder, ['vault', 'keychain', '--remove'])).exitCode).toBe(0);
      const refused = await run(folder, ['keys', 'list']);
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain('--passphrase-file');
      expect((await run(folder, ['keys', 'list'], withPassphrase)).exitCode).toBe(0);

      expect((await run(folder, ['vault', 'keychain'], withPassphrase)).exitCode).toBe(0);
      expect((await run(folder, ['keys', 'list'])).exitCode).toBe(0);
      expect((await run(folder, ['vault', 'passphrase', '--remove'])).exitCode).toBe(0);
      expect((await statusOf(folder)).ways).toEqual(['keychain']);
    });

    it('makes a passphrase vault where a passphrase file is given, and leaves the keychain alone', async () => {
      await using folder = await newDataFolder();
      await run(folder, ['vault', 'init', '--passphrase-file', folder.passphraseFile]);
      expect((await statusOf(folder)).ways).toEqual(['passphrase']);
    });

    it('says that the keychain does not answer, and ends; a passphrase does not wait for it', async () => {
      await using folder = await newKeychainVault();
      const set = ['vault', 'passphrase', '--new-passphrase-file', folder.passphraseFile];
      expect((await run(folder, set)).exitCode).toBe(0);
      service.signal('SIGSTOP');
      try {
        const refused = await run(folder, ['keys', 'list']);
        expect(refused.exitCode).toBe(1);
        expect(refused.stderr).toMatch(/^strongroom: error: .*keychain.*\nstrongroom: hint: .*\n$/);
        const withPassphrase = { env: { STRONGROOM_PASSPHRASE_FILE: folder.passphraseFile } };
        expect((await run(folder, ['keys', 'list'], withPassphrase)).exitCode).toBe(0);
      } finally {
        service.signal('SIGCONT');
      }
      expect((await run(folder, ['keys', 'list'])).exitCode).toBe(0);
    });

    it('says so where no keychain is there any more', async () => {
      await using folder = await newKeychainVault();
      const refused = await run(folder, ['keys', 'list'], {
        env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' },
      });
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toMatch(/keychain/);
    });

    it('leaves no vault behind when the keychain refuses', async () => {
      const other = await SecretService.start();
      try {
        await other.runLocked();
        await using folder = await newDataFolder();
        const env = { ...(other.env as Record<string, string>), STRONGROOM_PASSPHRASE_FILE: '' };
        const refused = await folder.run(['vault', 'init'], { env });
        expect(refused.exitCode).toBe(1);
        expect(refused.stderr).toMatch(/keychain/);
        expect(existsSync(folder.data) ? readdirSync(folder.data) : []).toEqual([]);
        writeFileSync(join(folder.path, 'other'), 'another good passphrase');
        const made = await folder.run(['vault', 'init', '--passphrase-file', 'other'], { env });
        expect(made.exitCode).toBe(0);
      } finally {
        await other.stop();
      }
    });
  },
);
