// `strongroom vault init`: a new vault, opened by the system's keychain, a passphrase, or either of them.

import type { Command } from 'commander';

import { errorCode, StrongroomError } from '../../../shared/errors.ts';
import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import type { ExitCode } from '../../exit-code.ts';
import { askNewPassphrase, givenPassphrase, noteIfWeak } from '../../keys/passphrase.ts';
import { statusLines } from '../../reports/vault.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';

interface InitArguments extends VaultArguments {
  readonly keychain?: boolean;
}

interface Ways {
  readonly passphrase: Buffer | null;
  readonly keychain: 'use' | 'leave';
}

export function registerInit(vault: Command, start: Start): void {
  const command = vault
    .command('init')
    .summary('make the vault')
    .description(
      "Makes the vault. The keychain of your system opens it from then on, without a question; a passphrase is the way in when the keychain is gone, after a disk died or on another computer. Where there is no keychain, the passphrase is the only way. With a passphrase file and without --keychain, the keychain isn't used.",
    )
    .option('--keychain', 'with a passphrase file: let the keychain open it, too')
    .option('--no-keychain', 'do not use the keychain: the passphrase is the only way in');
  withExamples(withVault(command), [
    { run: 'vault init', does: 'Asks for a passphrase, and uses the keychain where there is one.' },
    {
      run: 'vault init --passphrase-file /root/passphrase',
      does: 'For a server: the passphrase alone opens it, and scripts give the same file.',
    },
  ]).action((args: InitArguments) => start('vault init', args, (session) => initVault(session, args)));
}

/** Makes the vault and says what it is. Also where another command finds none and the person wants one. */
export async function initVault(session: Session, args: InitArguments): Promise<ExitCode> {
  const { vault } = await session.engine();
  const before = await vault.status();
  if (before.state !== 'missing') {
    throw new StrongroomError('OUTPUT_REFUSED', 'There is a vault already, and it is left as it is.', {
      hint: 'See it with: strongroom vault status',
      details: { path: before.path },
    });
  }
  await create(session, await chooseWays(session, args));
  session.vaultUse = 'open';
  const status = await vault.status();
  return await printReport(session, status.path, status, [
    'Your vault is made.',
    '',
    ...statusLines(status, session.formats),
  ]);
}

async function chooseWays(session: Session, args: InitArguments): Promise<Ways> {
  const given = await givenPassphrase(session, args);
  if (given !== null) {
    await noteIfWeak(session, given);
    return { passphrase: given, keychain: args.keychain === true ? 'use' : 'leave' };
  }
  const keychain = args.keychain === false ? 'leave' : 'use';
  const { prompter } = session;
  if (prompter === null) return { passphrase: null, keychain };
  prompter.say(
    keychain === 'use'
      ? "A passphrase opens the vault when your system's keychain is gone: after a disk died, or on another computer."
      : 'The passphrase is the only way into this vault. Nobody can open it without.',
  );
  const passphrase = await askNewPassphrase(
    session,
    prompter,
    keychain === 'use' ? 'Passphrase (hidden; Enter alone for none): ' : 'Passphrase (hidden): ',
  );
  return { passphrase, keychain };
}

async function create(session: Session, { passphrase, keychain }: Ways): Promise<void> {
  const { vault } = await session.engine();
  const withPassphrase = passphrase === null ? {} : { passphrase };
  if (keychain === 'leave' && passphrase === null) {
    throw new StrongroomError(
      'USAGE',
      'Without the keychain and without a passphrase nothing could open the vault.',
      {
        hint: 'Give a passphrase with --passphrase-file, or run this at a terminal to be asked.',
      },
    );
  }
  try {
    await vault.create({ ...withPassphrase, keychain });
  } catch (error) {
    if (errorCode(error) !== 'KEYCHAIN_FAILED') throw error;
    await createWithoutKeychain(session, passphrase, error);
  }
}

/** The passphrase is the way in where no keychain answers; one is asked for where none was chosen. */
async function createWithoutKeychain(session: Session, chosen: Buffer | null, error: unknown): Promise<void> {
  const { prompter } = session;
  const { message } = error as StrongroomError;
  const passphrase =
    chosen ??
    (prompter === null
      ? null
      : (prompter.say(`${message} So the passphrase is the only way into your vault.`),
        await askNewPassphrase(session, prompter, 'Passphrase (hidden): ')));
  if (passphrase === null) {
    throw new StrongroomError('KEYCHAIN_FAILED', message, {
      hint: 'The vault needs a passphrase then: run this at a terminal, or give one with --passphrase-file.',
    });
  }
  const { vault } = await session.engine();
  await vault.create({ passphrase, keychain: 'leave' });
  if (chosen !== null) session.screen.note(`${message} So the passphrase is the only way into your vault.`);
}
