// `strongroom keys export`, `print` and `reveal`: the only ways in which a key leaves the vault, each asked for.

import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Command } from 'commander';

import { emergencyKitFileName } from '../../../shared/emergency-kit.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import type { KitSaved } from '../../engine.ts';
import { type Start, type VaultArguments, withExamples, withVault } from '../../command-options.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { printable } from '../../../shared/reports/printable.ts';

interface SavingArguments extends VaultArguments {
  readonly out?: string;
}

interface RevealArguments extends VaultArguments {
  readonly yes?: boolean;
}

export function registerSaving(keys: Command, start: Start): void {
  const exporting = keys
    .command('export')
    .summary('save the emergency kit of a key')
    .description(
      'Saves the emergency kit of a key: the same text file that Home Assistant makes. Only you can read the file; keep it where the backups are not.',
    )
    .argument('<key>', 'label, fingerprint or id')
    .option(
      '-o, --out <path>',
      "a new file, or a folder for a file of Home Assistant's own name (default: here)",
    );
  withExamples(withVault(exporting), [
    { run: 'keys export "Home 2025" --out /media/usb-stick/', does: 'Saves the kit on a stick.' },
  ]).action((key: string, args: SavingArguments) =>
    start('keys export', args, (session) => exportKey(session, key, args)),
  );

  const printing = keys
    .command('print')
    .summary('make a page to print, with the key in large letters and as a QR code')
    .description('Makes a PDF page to print: the key in large groups, a QR code, and what the key opens.')
    .argument('<key>', 'label, fingerprint or id')
    .option('-o, --out <path>', 'a new PDF file, or a folder (default: here)');
  withExamples(withVault(printing), [
    { run: 'keys print "Home 2025" --out key.pdf', does: 'Print it, then remove the file.' },
  ]).action((key: string, args: SavingArguments) =>
    start('keys print', args, (session) => printKey(session, key, args)),
  );

  const revealing = keys
    .command('reveal')
    .summary('show a key')
    .description('Writes the key to standard output, after a confirmation.')
    .argument('<key>', 'label, fingerprint or id')
    .option('-y, --yes', 'do not ask before it is shown (for scripts)');
  withExamples(withVault(revealing, { json: false }), [
    { run: 'keys reveal "Home 2025"', does: 'Shows it on your screen.' },
  ]).action((key: string, args: RevealArguments) =>
    start('keys reveal', args, (session) => revealKey(session, key, args)),
  );
}

async function exportKey(session: Session, selector: string, args: SavingArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const key = await vault.find(selector);
  const saved = await saveKit(session, key.id, args.out ?? '.');
  return await printReport(session, saved.path, saved, [
    `The emergency kit of “${printable(key.label)}”: ${printable(saved.path)}`,
    'Whoever has this file can open the backups. Keep it where they are not.',
  ]);
}

/** Also right after a key was made. `out` is a new file or a folder. */
export async function saveKit(session: Session, keyId: string, out: string): Promise<KitSaved> {
  const { library } = await session.engine();
  const { host, screen } = session;
  const now = new Date();
  const path = await fileIn(host.cwd, out, (copy) => emergencyKitFileName(now, host.timeZone, copy));
  const saved = await library.exportKit(keyId, { path, timeZone: host.timeZone });
  if (!saved.readableByImport) {
    screen.note(
      "This key is not in Home Assistant's own form, so importing the kit does not find it. To give it back to Strongroom, type it: strongroom keys add",
    );
  }
  return saved;
}

async function printKey(session: Session, selector: string, args: SavingArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const { library } = await session.engine();
  const key = await vault.find(selector);
  const name = key.label
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
    .toLowerCase();
  const path = await fileIn(
    session.host.cwd,
    args.out ?? '.',
    (copy) => `strongroom_key_${name}${copy > 1 ? `_${copy}` : ''}.pdf`,
  );
  await library.savePage(key.id, { path, timeZone: session.host.timeZone });
  return await printReport(session, path, { path }, [
    `The page for “${printable(key.label)}”: ${printable(path)}`,
    'Print it, and remove the file when the paper is safe.',
  ]);
}

async function revealKey(session: Session, selector: string, args: RevealArguments): Promise<ExitCode> {
  const vault = await openVault(session, args);
  const key = await vault.find(selector);
  await requireReveal(session, key.label, args);
  const { library } = await session.engine();
  const secret = session.wipeLater(await library.revealKey(key.id));
  // As bytes: a password need not be text.
  await session.screen.write(session.wipeLater(Buffer.concat([secret, Buffer.from('\n')])));
  return EXIT.good;
}

async function requireReveal(session: Session, label: string, args: RevealArguments): Promise<void> {
  if (args.yes === true) return;
  if (session.prompter === null) {
    throw new StrongroomError('USAGE', 'There is no terminal to ask whether the key may be shown.', {
      hint: 'Add --yes to agree beforehand.',
    });
  }
  const question = `Show “${printable(label)}” now? Everyone who sees your screen can read it.`;
  if (await session.prompter.confirm(question)) return;
  throw new StrongroomError('CANCELLED', 'The key was not shown.');
}

/** `out` itself; where it is a folder, a file in it of the first name that is free. */
async function fileIn(cwd: string, out: string, nameOf: (copy: number) => string): Promise<string> {
  const path = resolve(cwd, out);
  const isFolder = /[/\\]$/.test(out) || (await find(path))?.isDirectory() === true;
  if (!isFolder) return path;
  for (let copy = 1; ; copy++) {
    const file = join(path, nameOf(copy));
    if ((await find(file)) === null) return file;
  }
}

async function find(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch {
    return null; // it is not there yet: a new file, or writing it says what is wrong
  }
}
