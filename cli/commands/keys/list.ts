// `strongroom keys list`: every key with its state, its strength and what it opens. Never a key itself.

import type { Command } from 'commander';

import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import type { ExitCode } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import { keyTable } from '../../reports/keys.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';

export function registerList(keys: Command, start: Start): void {
  const command = keys
    .command('list')
    .summary('list the keys')
    .description('Lists the keys with their state, fingerprint and strength, and what each of them opens.');
  withExamples(withVault(command), [
    { run: 'keys list', does: 'A table.' },
    { run: 'keys list --json', does: 'Everything that is known of them, for a script.' },
  ]).action((args: VaultArguments) => start('keys list', args, (session) => list(session, args)));
}

async function list(session: Session, args: VaultArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const keys = await library.listKeys();
  const { path } = await vault.status();
  return await printReport(session, path, { keys }, keyTable(keys, session.formats));
}
