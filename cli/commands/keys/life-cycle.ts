// `strongroom keys rename`, `retire`, `activate`, `compromised` and `remove`: what becomes of a key.

import type { Command } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import type { KeyState } from '../../../shared/keys.ts';
import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import type { ExitCode } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import { compromisedLines } from '../../reports/keys.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { printable } from '../../../shared/reports/printable.ts';

interface ConfirmedArguments extends VaultArguments {
  readonly yes?: boolean;
}

interface RemoveArguments extends ConfirmedArguments {
  readonly unmatched?: boolean;
}

export function registerLifeCycle(keys: Command, start: Start): void {
  const rename = keys
    .command('rename')
    .summary('call a key something else')
    .description('Gives a key another label.')
    .argument('<key>', 'label, fingerprint or id')
    .argument('<label>', 'its new label');
  withVault(rename).action((key: string, label: string, args: VaultArguments) =>
    start('keys rename', args, (session) => renameKey(session, key, label, args)),
  );

  const retire = keys
    .command('retire')
    .summary('keep a key, but use it no more for new backups')
    .description('Retires a key: it still opens what it opens, and is no longer offered for new backups.')
    .argument('<key>', 'label, fingerprint or id');
  withVault(retire).action((key: string, args: VaultArguments) =>
    start('keys retire', args, (session) => setState(session, key, 'retired', args)),
  );

  const activate = keys
    .command('activate')
    .summary('take a retired key back into use')
    .description(
      'Takes a retired key back into use. One that was marked as compromised needs a confirmation.',
    )
    .argument('<key>', 'label, fingerprint or id')
    .option('-y, --yes', 'do not ask about a compromised key (for scripts)');
  withVault(activate).action((key: string, args: ConfirmedArguments) =>
    start('keys activate', args, (session) => setState(session, key, 'active', args)),
  );

  const compromised = keys
    .command('compromised')
    .summary('mark a key that somebody else may know, and hear what to do')
    .description('Marks a key as compromised, lists the known backups that it opens, and says what to do.')
    .argument('<key>', 'label, fingerprint or id');
  withExamples(withVault(compromised), [
    { run: 'keys compromised "Home 2025"', does: 'After the paper or the laptop with it was lost.' },
  ]).action((key: string, args: VaultArguments) =>
    start('keys compromised', args, (session) => markCompromised(session, key, args)),
  );

  const remove = keys
    .command('remove')
    .summary('remove a key that no known backup needs')
    .description(
      'Removes a key for good. A key that a known backup needs, or may need, is not removed: retire it instead.',
    )
    .argument('<key>', 'label, fingerprint or id')
    .option('--unmatched', 'although no backup has been matched with your keys yet')
    .option('-y, --yes', 'do not ask before it is removed (for scripts)');
  withVault(remove).action((key: string, args: RemoveArguments) =>
    start('keys remove', args, (session) => removeKey(session, key, args)),
  );
}

async function renameKey(
  session: Session,
  selector: string,
  label: string,
  args: VaultArguments,
): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const before = await vault.find(selector);
  const key = await vault.change(before.id, { label });
  const { path } = await vault.status();
  return await printReport(session, path, key, [
    `“${printable(before.label)}” is called “${printable(key.label)}” from now on.`,
  ]);
}

async function setState(
  session: Session,
  selector: string,
  state: KeyState,
  args: ConfirmedArguments,
): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const before = await vault.find(selector);
  if (before.state === 'compromised') await requireTrust(session, before.label, state, args);
  const key = await vault.change(before.id, { state });
  const { path } = await vault.status();
  const line =
    state === 'retired'
      ? `“${printable(key.label)}” is retired. It stays in the vault and still opens its backups.`
      : `“${printable(key.label)}” is in use again.`;
  return await printReport(session, path, key, [line]);
}

/** That somebody else may know a key is not forgotten by the way. */
async function requireTrust(
  session: Session,
  label: string,
  state: KeyState,
  { yes }: ConfirmedArguments,
): Promise<void> {
  if (yes === true && state === 'active') return;
  const error = new StrongroomError(
    'USAGE',
    `“${printable(label)}” is marked as compromised, and that stays so.`,
    {
      hint: 'Nothing new is encrypted with it. Only “keys activate” with a confirmation takes the mark away.',
    },
  );
  if (session.prompter === null || state !== 'active') throw error;
  if (
    await session.prompter.confirm(
      `“${label}” is marked as compromised. Is it certain that nobody else knows it?`,
    )
  )
    return;
  throw new StrongroomError('CANCELLED', 'The key was left as it is.');
}

async function markCompromised(session: Session, selector: string, args: VaultArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const report = await library.markCompromised((await vault.find(selector)).id);
  const { path } = await vault.status();
  return await printReport(session, path, report, compromisedLines(report, session.formats));
}

async function removeKey(session: Session, selector: string, args: RemoveArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const key = await vault.find(selector);
  const known = { evenIfNothingIsKnown: args.unmatched === true };
  await library.checkUnneeded(key.id, known);
  await requireRemoval(session, key.label, args);
  await library.removeKey(key.id, known);
  const { path } = await vault.status();
  return await printReport(session, path, key, [`“${printable(key.label)}” is removed from the vault.`]);
}

async function requireRemoval(session: Session, label: string, args: RemoveArguments): Promise<void> {
  if (args.yes === true) return;
  if (session.prompter === null) {
    throw new StrongroomError('USAGE', 'There is no terminal to ask whether the key may be removed.', {
      hint: 'Add --yes to agree beforehand. A key that may still be needed is better retired.',
    });
  }
  session.prompter.say(
    'No backup that Strongroom knows of needs it. Backups that it has never seen may: on other drives, in the cloud.',
  );
  if (await session.prompter.confirm(`Remove “${printable(label)}” for good?`)) return;
  throw new StrongroomError('CANCELLED', 'The key was kept.');
}
