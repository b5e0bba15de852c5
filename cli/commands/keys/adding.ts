// `strongroom keys import`, `add`, `generate` and `adopt`: the ways in which a key gets into the vault.

import { relative, resolve } from 'node:path';

import type { Command } from 'commander';

import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import { LOOK_ALIKE_PAIRS } from '../../../shared/key-format.ts';
import type { AddedKey } from '../../../shared/keys.ts';
import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import { EXIT, type ExitCode, exitCodeFor, worstExitCode } from '../../exit-code.ts';
import { quoteForShell } from '../../../shared/reports/advice.ts';
import { describeFileProblem } from '../../file-problem.ts';
import { readKeyFile } from '../../keys/key-files.ts';
import { openVault } from '../../keys/vault-access.ts';
import { addedLine, placesInWords, strengthLine } from '../../reports/keys.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { printable } from '../../../shared/reports/printable.ts';
import { saveKit } from './saving.ts';

interface AddArguments extends VaultArguments {
  readonly label?: string;
  readonly keyFile?: string;
  readonly against?: string;
}

interface GenerateArguments extends VaultArguments {
  readonly label?: string;
  readonly out?: string;
}

export function registerAdding(keys: Command, start: Start): void {
  const kits = keys
    .command('import')
    .summary('take in emergency kits')
    .description(
      'Takes the keys of emergency kits into the vault: files, and whole folders with everything in them that is a kit. A key that is there already is not taken twice.',
    )
    .argument('<path...>', 'emergency kits, or folders with them');
  withExamples(withVault(kits), [
    { run: 'keys import ~/Documents', does: 'Takes in every emergency kit that lies there.' },
  ]).action((paths: string[], args: VaultArguments) =>
    start('keys import', args, (session) => importKits(session, paths, args)),
  );

  const add = keys
    .command('add')
    .summary('type a key')
    .description(
      'Asks for a key, hidden. Any password can be a key. Lower case and missing dashes are understood; with --against, characters that look alike are tried too, until it opens that backup.',
    )
    .option('--label <label>', 'what to call it')
    .option('--key-file <file>', 'file whose first line is the key; - is standard input')
    .option('--against <backup>', 'a backup that it should open');
  withExamples(withVault(add), [
    {
      run: 'keys add --label "Home 2024" --against old.tar',
      does: 'Takes the key only if it opens old.tar.',
    },
  ]).action((args: AddArguments) => start('keys add', args, (session) => addKey(session, args)));

  const generate = keys
    .command('generate')
    .summary('make a new key')
    .description("Makes a new key in Home Assistant's own format, from the system's random numbers.")
    .option('--label <label>', 'what to call it')
    .option('-o, --out <path>', 'save its emergency kit there at once: a file or a folder');
  withExamples(withVault(generate), [
    { run: 'keys generate --label "Home 2027" --out ~/kits/', does: 'Makes the key and saves its kit.' },
  ]).action((args: GenerateArguments) =>
    start('keys generate', args, (session) => generateKey(session, args)),
  );

  const adopt = keys
    .command('adopt')
    .summary('take over the key that a backup carries inside')
    .description(
      'Every backup of the configuration holds the key that was in force when it was made. Takes it into the vault; the backup has to open, with a key of the vault or because it is not encrypted.',
    )
    .argument('<backup...>', 'backups');
  withExamples(withVault(adopt), [
    { run: 'keys adopt newest.tar', does: 'Takes the key that Home Assistant used at that time.' },
  ]).action((paths: string[], args: VaultArguments) =>
    start('keys adopt', args, (session) => adoptKeys(session, paths, args)),
  );
}

async function importKits(
  session: Session,
  paths: readonly string[],
  args: VaultArguments,
): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const { host, formats, screen } = session;
  const report = await library.importKits(
    paths.map((path) => resolve(host.cwd, path)),
    { signal: host.signal },
  );
  const lines = report.files.flatMap(({ path, keys, error }) => {
    if (error !== null) screen.plainError(error, shortPath(host.cwd, path));
    return keys.map((added) => `${printable(shortPath(host.cwd, path))}: ${addedLine(added)}`);
  });
  const added = report.files.flatMap(({ keys }) => keys);
  const isNew = added.filter((key) => key.isNew).length;
  if (isNew > 0) lines.push(`${formats.countOf(isNew, 'key is', 'keys are')} new in your vault.`);
  if (isNew > 0) lines.push('See what they open with: strongroom keys match FOLDER');
  const exitCode = worstExitCode(report.files.map(({ error }) => exitCodeFor(error?.code ?? null)));
  const { path } = await vault.status();
  return await printReport(session, path, report, lines, exitCode);
}

/** From here, where that is shorter. */
function shortPath(cwd: string, path: string): string {
  const fromHere = relative(cwd, path);
  return fromHere.startsWith('..') ? path : fromHere;
}

async function addKey(session: Session, args: AddArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const { host, screen } = session;
  const typed = await typedKey(session, args.keyFile);
  screen.live(
    args.against === undefined ? null : `Trying it, and characters that look alike (${LOOK_ALIKE_PAIRS})`,
  );
  const report = await library
    .addTypedKey({
      typed,
      ...(args.label === undefined ? {} : { label: args.label }),
      ...(args.against === undefined ? {} : { against: resolve(host.cwd, args.against) }),
      signal: host.signal,
    })
    .catch((error: unknown) => {
      throw describeFileProblem(error, `the backup “${args.against ?? ''}”`);
    });
  screen.live(null);
  const { key, isNew } = report.added;
  const lines = [addedLine(report.added), strengthLine(key)];
  if (!isNew && args.label !== undefined && args.label !== key.label)
    lines.push(`It keeps its label. To change it: strongroom keys rename ${quoteForShell(key.label)} LABEL`);
  if (report.form === 'as-written')
    lines.push('It was taken with capitals and dashes, as Home Assistant writes it.');
  if (report.form === 'look-alike') {
    lines.push(
      `It opens the backup with a look-alike (${LOOK_ALIKE_PAIRS}) in ${placesInWords(report.places)}. Correct your note.`,
    );
  }
  const { path } = await vault.status();
  return await printReport(session, path, report, lines);
}

async function typedKey(session: Session, keyFile: string | undefined): Promise<Buffer> {
  const { host, prompter, environmentKeys } = session;
  if (keyFile === undefined && environmentKeys.key !== null) return environmentKeys.key;
  if (keyFile !== undefined) {
    const path = keyFile === '-' ? keyFile : resolve(host.cwd, keyFile);
    return session.wipeLater((await readKeyFile(path, host.stdin)).password);
  }
  if (prompter === null) {
    throw new StrongroomError('USAGE', 'There is no terminal to type the key at.', {
      hint: 'Give it with --key-file (- is standard input) or STRONGROOM_KEY.',
    });
  }
  const typed = session.wipeLater(await prompter.askHidden('The key (hidden while you type): '));
  if (typed.length > 0) return typed;
  throw new StrongroomError('CANCELLED', 'No key was typed, and nothing was changed.');
}

async function generateKey(session: Session, args: GenerateArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const added = await library.generateKey(args.label === undefined ? {} : { label: args.label });
  const kit = args.out === undefined ? null : await saveNewKit(session, added, args.out);
  const lines = [addedLine(added), ...(kit === null ? [] : [`Its emergency kit: ${printable(kit)}`])];
  lines.push(
    'Set it in Home Assistant: Settings, System, Backups, Settings, Encryption key. Backups made before keep their old key.',
    ...(args.out === undefined
      ? [`Save its emergency kit before you use it: strongroom keys export ${quoteForShell(added.key.label)}`]
      : []),
  );
  const { path } = await vault.status();
  return await printReport(session, path, { ...added, kit }, lines);
}

/** A new key whose kit could not be saved is taken back: whoever tries again shall not pile up keys. */
async function saveNewKit(session: Session, { key }: AddedKey, out: string): Promise<string> {
  try {
    return (await saveKit(session, key.id, out)).path;
  } catch (error) {
    const { vault } = await session.engine();
    await vault.remove(key.id);
    throw error;
  }
}

async function adoptKeys(
  session: Session,
  paths: readonly string[],
  args: VaultArguments,
): Promise<ExitCode> {
  await openVault(session, args);
  const codes: ExitCode[] = [EXIT.good];
  for (const shownAs of paths) {
    session.host.signal.throwIfAborted();
    codes.push(await adoptKey(session, shownAs));
  }
  return worstExitCode(codes);
}

/** One backup that has no key inside does not stop the others. */
async function adoptKey(session: Session, shownAs: string): Promise<ExitCode> {
  const path = resolve(session.host.cwd, shownAs);
  const { library } = await session.engine();
  try {
    const report = await library.adoptKey(path, { signal: session.host.signal });
    const fits = report.opensThisBackup
      ? 'It is the key that this backup is encrypted with.'
      : 'It is the key that Home Assistant had when this backup was made; this file itself does not need it.';
    return await printReport(session, path, report, [
      `${printable(shownAs)}: ${addedLine(report.added)}`,
      `  ${fits}`,
    ]);
  } catch (thrown) {
    const error = toPlainError(describeFileProblem(thrown, 'this file'));
    if (error.code === 'CANCELLED') throw thrown;
    session.screen.plainError(error, shownAs);
    const exitCode = exitCodeFor(error.code);
    await session.document?.addResult({ path, report: null, error, exitCode });
    return exitCode;
  }
}
