// `strongroom keys drill`: is the copy on paper right? Found out before it is needed.

import { type Command, Option } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { readKeyFile, readKit } from '../../keys/key-files.ts';
import { openVault } from '../../keys/vault-access.ts';
import { drillLines } from '../../reports/keys.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';

interface DrillArguments extends VaultArguments {
  readonly keyFile?: string;
  readonly kit?: string;
}

export function registerDrill(keys: Command, start: Start): void {
  const command = keys
    .command('drill')
    .summary('type your saved copy of a key and hear whether it is right')
    .description(
      'Asks for your saved copy of a key and says whether it is right, and where it is not. A copy that was right is remembered with its date. Exit code 3: it is not this key.',
    )
    .argument('<key>', 'label, fingerprint or id')
    .addOption(new Option('--kit <file>', 'the copy is an emergency kit').conflicts('keyFile'))
    .option('--key-file <file>', 'the copy is the first line of a file; - is standard input');
  withExamples(withVault(command), [
    { run: 'keys drill "Home 2025"', does: 'Take the paper out of the safe, and type what is on it.' },
  ]).action((key: string, args: DrillArguments) =>
    start('keys drill', args, (session) => drill(session, key, args)),
  );
}

async function drill(session: Session, selector: string, args: DrillArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const key = await vault.find(selector);
  const report = await library.drillKey(key.id, await savedCopies(session, args));
  const { path } = await vault.status();
  const right = report.outcome === 'right' || report.outcome === 'right-but-written-differently';
  return await printReport(
    session,
    path,
    report,
    drillLines(report, key.label),
    right ? EXIT.good : EXIT.noKeyFits,
  );
}

async function savedCopies(session: Session, args: DrillArguments): Promise<Buffer[]> {
  const { host, prompter } = session;
  if (args.kit !== undefined)
    return (await readKit(args.kit)).map(({ password }) => session.wipeLater(password));
  if (args.keyFile !== undefined)
    return [session.wipeLater((await readKeyFile(args.keyFile, host.stdin)).password)];
  if (prompter === null) {
    throw new StrongroomError('USAGE', 'There is no terminal to type the saved copy at.', {
      hint: 'Give it with --kit or --key-file.',
    });
  }
  const typed = await prompter.askHidden('Your saved copy of this key (hidden while you type): ');
  if (typed.length === 0)
    throw new StrongroomError('CANCELLED', 'Nothing was typed, so nothing was checked.');
  return [session.wipeLater(typed)];
}
