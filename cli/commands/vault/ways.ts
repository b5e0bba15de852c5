// `strongroom vault passphrase`, `vault keychain` and `vault idle`: what opens the vault, and what closes it.

import { type Command, InvalidArgumentError } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import type { ExitCode } from '../../exit-code.ts';
import { askNewPassphrase, noteIfWeak, readPassphraseFile } from '../../keys/passphrase.ts';
import { openVault } from '../../keys/vault-access.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';

interface PassphraseArguments extends VaultArguments {
  readonly newPassphraseFile?: string;
  readonly remove?: boolean;
}

interface KeychainArguments extends VaultArguments {
  readonly remove?: boolean;
}

const MINUTE_MS = 60_000;

export function registerWays(vault: Command, start: Start): void {
  const passphrase = vault
    .command('passphrase')
    .summary('set, change or remove the passphrase')
    .description(
      "Sets or changes the vault's passphrase. The vault has to open first, with the old passphrase or the keychain. A copy of the vault file made earlier still opens with the old one.",
    )
    .option('--new-passphrase-file <file>', 'file whose first line is the new passphrase')
    .option('--remove', 'the keychain alone opens it from now on');
  withExamples(withVault(passphrase), [
    { run: 'vault passphrase', does: 'Asks for the new passphrase, twice.' },
    {
      run: 'vault passphrase --passphrase-file old --new-passphrase-file new',
      does: 'For a script on a server.',
    },
  ]).action((args: PassphraseArguments) =>
    start('vault passphrase', args, (session) => changePassphrase(session, args)),
  );

  const keychain = vault
    .command('keychain')
    .summary('let the keychain open the vault, or no longer')
    .description(
      'Lets the keychain of your system open the vault. With --remove it no longer does: the passphrase is the only way in.',
    )
    .option('--remove', 'the passphrase alone opens it from now on');
  withExamples(withVault(keychain), [
    { run: 'vault keychain', does: 'On a new computer, after the passphrase has opened the vault.' },
  ]).action((args: KeychainArguments) =>
    start('vault keychain', args, (session) => changeKeychain(session, args)),
  );

  const idle = vault
    .command('idle')
    .summary('say after how many minutes without use the vault locks itself')
    .description('After how long without use a program that stays open, such as the window, locks the vault.')
    .argument('<minutes>', 'whole minutes, or never', minutesOrNever);
  withVault(idle).action((minutes: number | 'never', args: VaultArguments) =>
    start('vault idle', args, (session) => setIdle(session, minutes, args)),
  );
}

async function changePassphrase(session: Session, args: PassphraseArguments): Promise<ExitCode> {
  if (args.remove === true && args.newPassphraseFile !== undefined) {
    throw new StrongroomError('USAGE', 'Either a new passphrase, or --remove: not both.');
  }
  const vault = await openVault(session, args);
  if (args.remove === true) {
    await vault.removePassphrase();
    return await say(
      session,
      'The passphrase is removed. The keychain alone opens the vault; on another computer nothing does.',
    );
  }
  const passphrase =
    args.newPassphraseFile === undefined
      ? await askNew(session)
      : await readPassphraseFile(session, args.newPassphraseFile);
  if (args.newPassphraseFile !== undefined) await noteIfWeak(session, passphrase);
  await vault.setPassphrase(passphrase);
  return await say(session, 'The new passphrase opens the vault.');
}

async function askNew(session: Session): Promise<Buffer> {
  const { prompter } = session;
  if (prompter === null) {
    throw new StrongroomError(
      'USAGE',
      'The new passphrase is missing, and there is no terminal to ask for it.',
      {
        hint: 'Give it with --new-passphrase-file.',
      },
    );
  }
  const typed = await askNewPassphrase(session, prompter, 'New passphrase (hidden while you type): ');
  if (typed === null)
    throw new StrongroomError('CANCELLED', 'No passphrase was typed, and nothing was changed.');
  return typed;
}

async function changeKeychain(session: Session, args: KeychainArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  if (args.remove === true) await vault.removeKeychain();
  else await vault.addKeychain();
  return await say(
    session,
    args.remove === true
      ? 'The keychain no longer opens the vault.'
      : 'The keychain opens the vault from now on.',
  );
}

async function setIdle(session: Session, minutes: number | 'never', args: VaultArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  await vault.setIdleLock(minutes === 'never' ? null : minutes * MINUTE_MS);
  return await say(
    session,
    minutes === 'never'
      ? 'The vault no longer locks itself.'
      : `Programs that stay open lock the vault after ${session.formats.countOf(minutes, 'minute', 'minutes')} without use.`,
  );
}

async function say(session: Session, line: string): Promise<ExitCode> {
  const { vault } = await session.engine();
  const status = await vault.status();
  return await printReport(session, status.path, status, [line]);
}

function minutesOrNever(text: string): number | 'never' {
  if (text === 'never') return 'never';
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new InvalidArgumentError('It must be whole minutes from 1 to 9999, or never.');
  return Number(text);
}
