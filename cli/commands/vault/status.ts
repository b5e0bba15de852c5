// `strongroom vault status` and `vault restore`: how the vault is, and its second copy put in its place.

import type { Command } from 'commander';

import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import { EXIT, type ExitCode, exitCodeFor } from '../../exit-code.ts';
import { openQuietly, openVault } from '../../keys/vault-access.ts';
import { statusLines } from '../../reports/vault.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';

export function registerStatus(vault: Command, start: Start): void {
  const status = vault
    .command('status')
    .summary('say how the vault is')
    .description(
      'Says where the vault is, what opens it, and whether its second copy is whole. Strongroom asks nothing for it; your keychain may.',
    );
  withExamples(withVault(status), [
    { run: 'vault status --json', does: 'For a script: exit code 0 when the vault is whole.' },
  ]).action((args: VaultArguments) => start('vault status', args, (session) => showStatus(session, args)));

  vault
    .command('restore')
    .summary('put the second copy in the place of a damaged vault')
    .description(
      'Puts the second copy of the vault in the place of the vault file, when that is damaged or gone. The damaged file is kept beside it.',
    )
    .option('--json', 'print one JSON document on stdout (docs/json.md)')
    .action((args: VaultArguments) => start('vault restore', args, restore));
}

async function showStatus(session: Session, args: VaultArguments): Promise<ExitCode> {
  const { vault } = await session.engine();
  const asFound = await vault.status();
  if (args.passphraseFile !== undefined && asFound.error === null) await openVault(session, args);
  else if (asFound.error === null && !asFound.lockedOnPurpose) await openQuietly(session);
  const status = await vault.status();
  const exitCode =
    status.state === 'missing'
      ? EXIT.noKeyFits
      : status.error === null
        ? EXIT.good
        : exitCodeFor(status.error.code);
  return await printReport(session, status.path, status, statusLines(status, session.formats), exitCode);
}

async function restore(session: Session): Promise<ExitCode> {
  const { vault } = await session.engine();
  await vault.restoreCopy();
  const status = await vault.status();
  return await printReport(session, status.path, status, [
    'The copy has taken the place of the vault file.',
    '',
    ...statusLines(status, session.formats),
  ]);
}
