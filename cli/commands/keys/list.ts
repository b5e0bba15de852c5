// `strongroom keys list` and `keys show`: what is known of the keys. Never a key itself.

import type { Command } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import type { Strongroom } from '../../engine.ts';
import type { ExitCode } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import { keyCard, keyTable } from '../../reports/keys.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';

export function registerList(keys: Command, start: Start): void {
  const command = keys
    .command('list')
    .summary('list the keys')
    .description('Lists the keys with their state, fingerprint and strength, and what each of them opens.');
  registerShow(keys, start);
  withExamples(withVault(command), [
    { run: 'keys list', does: 'A table.' },
    { run: 'keys list --json', does: 'Everything that is known of them, for a script.' },
  ]).action((args: VaultArguments) => start('keys list', args, (session) => list(session, args)));
}

function registerShow(keys: Command, start: Start): void {
  const command = keys
    .command('show')
    .summary('say everything that is known of a key')
    .description(
      'Says where a key came from, what it opens, how long guessing it takes, and when its copy was checked.',
    )
    .argument('<key>', 'label, fingerprint or id');
  withExamples(withVault(command), [
    { run: 'keys show "Home 2025"', does: 'Everything but the key itself: for that there is “keys reveal”.' },
  ]).action((key: string, args: VaultArguments) =>
    start('keys show', args, (session) => show(session, key, args)),
  );
}

async function show(session: Session, selector: string, args: VaultArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const { id } = await vault.find(selector);
  const key = (await library.listKeys()).find((one) => one.id === id);
  if (key === undefined) throw new StrongroomError('UNKNOWN_KEY', 'This key has just been removed.');
  noteCatalogProblem(session, library);
  const { path } = await vault.status();
  return await printReport(session, path, key, keyCard(key, session.formats));
}

async function list(session: Session, args: VaultArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const keys = await library.listKeys();
  noteCatalogProblem(session, library);
  const { path } = await vault.status();
  return await printReport(session, path, { keys }, keyTable(keys, session.formats));
}

/** The keys themselves are known without the catalogue. */
function noteCatalogProblem({ screen }: Session, library: Strongroom['library']): void {
  const problem = library.catalogProblem();
  if (problem === null) return;
  screen.note(`What the keys open cannot be looked up. ${problem.message}`);
  if (problem.hint !== undefined) screen.hint(problem.hint);
}
