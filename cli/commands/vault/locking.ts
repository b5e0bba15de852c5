// `strongroom vault lock` and `vault unlock`: for every program that uses this vault.

import { type Command, Option } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import type { UnlockWay } from '../../../shared/keys.ts';
import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import type { Vault } from '../../engine.ts';
import type { ExitCode } from '../../exit-code.ts';
import { givenPassphrase } from '../../keys/passphrase.ts';
import { existingVault, unlockByQuestion } from '../../keys/vault-access.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';

interface UnlockArguments extends VaultArguments {
  readonly keychain?: boolean;
  readonly idleMinutes?: number;
}

export function registerLocking(vault: Command, start: Start): void {
  vault
    .command('lock')
    .summary('lock the vault for every program')
    .description(
      'Locks the vault: programs that have it open forget its keys, and none asks the keychain until you unlock it again. A passphrase file given to a command still opens it for that command.',
    )
    .option('--json', 'print one JSON document on stdout (docs/json.md)')
    .action((args: VaultArguments) => start('vault lock', args, lock));

  const unlock = vault
    .command('unlock')
    .summary('unlock the vault again')
    .description(
      'Unlocks the vault for every program. Asks for the passphrase where there is one; otherwise the keychain opens it.',
    )
    .addOption(
      new Option('--keychain', 'let the keychain open it although there is a passphrase').conflicts(
        'passphraseFile',
      ),
    );
  withExamples(withVault(unlock), [
    { run: 'vault unlock', does: 'Asks for the passphrase, or lets the keychain open it.' },
  ]).action((args: UnlockArguments) => start('vault unlock', args, (session) => unlockVault(session, args)));
}

async function lock(session: Session): Promise<ExitCode> {
  const { vault } = await session.engine();
  await existingVault(vault);
  await vault.lockForAll();
  const status = await vault.status();
  return await printReport(session, status.path, status, [
    'The vault is locked. Unlock it with: strongroom vault unlock',
    ...(status.ways.includes('passphrase')
      ? []
      : ['It has no passphrase: whoever uses your account can unlock it with the keychain.']),
  ]);
}

async function unlockVault(session: Session, args: UnlockArguments): Promise<ExitCode> {
  const { vault } = await session.engine();
  const { ways } = await existingVault(vault);
  const given = await givenPassphrase(session, args);
  if (given !== null) await vault.unlockForAll({ way: 'passphrase', passphrase: given });
  else if (args.keychain === true || !ways.includes('passphrase'))
    await vault.unlockForAll({ way: 'keychain' });
  else await askAndUnlock(session, vault, ways);
  const status = await vault.status();
  const lines = [
    `The vault is open, with ${session.formats.countOf(status.keyCount ?? 0, 'key', 'keys')} in it.`,
  ];
  if (!ways.includes('keychain')) {
    lines.push('Only the passphrase opens it, so every command asks for it or takes --passphrase-file.');
  }
  return await printReport(session, status.path, status, lines);
}

/** @throws VAULT_LOCKED when nobody can be asked; CANCELLED, WRONG_PASSPHRASE */
async function askAndUnlock(session: Session, vault: Vault, ways: readonly UnlockWay[]): Promise<void> {
  const { prompter } = session;
  if (prompter === null) {
    const orKeychain = ways.includes('keychain')
      ? ', or let the keychain open the vault with --keychain'
      : '';
    throw new StrongroomError(
      'VAULT_LOCKED',
      'The passphrase is needed, and there is no terminal to ask for it.',
      {
        hint: `Give it with --passphrase-file${orKeychain}.`,
      },
    );
  }
  const question = 'Passphrase of your vault (hidden while you type): ';
  if (await unlockByQuestion(session, prompter, question, (how) => vault.unlockForAll(how))) return;
  throw new StrongroomError('CANCELLED', 'No passphrase was typed, so the vault stays locked.');
}
