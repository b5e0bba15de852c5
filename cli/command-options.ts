// Options that several commands share, so that the same word means the same everywhere.

import { type Command, InvalidArgumentError, Option } from 'commander';

import type { ExitCode } from './exit-code.ts';
import type { KeyArguments } from './keys/key-sources.ts';
import type { PassphraseArguments } from './keys/passphrase.ts';
import type { Session } from './session.ts';

export interface CommonArguments {
  readonly json?: boolean;
  readonly recursive?: boolean;
  readonly jobs?: number;
}

/** What every command about the vault takes. */
export type VaultArguments = CommonArguments & PassphraseArguments;

export type KeyedArguments = VaultArguments & KeyArguments;

/** Runs a command's work in a session of its own. */
export type Start = (
  command: string,
  args: CommonArguments,
  work: (session: Session) => Promise<ExitCode>,
) => Promise<void>;

export interface Example {
  readonly run: string;
  readonly does: string;
}

/** A command on files and folders, with what all of these have. */
export function fileCommand(program: Command, name: string, summary: string, description: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(description)
    .argument('<path...>', 'backups, or folders with backups (*.tar)')
    .option('-r, --recursive', 'look into folders inside folders, too')
    .option('--json', 'print one JSON document on stdout (docs/json.md)')
    .option(
      '-j, --jobs <number>',
      'threads, and files at the same time (default: one for each core)',
      positiveInteger,
    );
}

/** The option that opens the vault without a question. */
export function withPassphrase(command: Command): Command {
  return command.option(
    '--passphrase-file <file>',
    "file whose first line is the vault's passphrase (or STRONGROOM_PASSPHRASE_FILE)",
  );
}

/** The options of every command about the vault. */
export function withVault(command: Command, { json } = { json: true }): Command {
  if (json && !command.options.some(({ long }) => long === '--json'))
    command.option('--json', 'print one JSON document on stdout (docs/json.md)');
  return withPassphrase(command);
}

/** The options that give keys. Without them the vault's are used. */
export function withKeys(command: Command): Command {
  return withPassphrase(command)
    .option('--kit <file>', 'emergency kit with the key to open it (can be repeated)', collect)
    .option(
      '--key-file <file>',
      'file whose first line is the key; - is standard input (can be repeated)',
      collect,
    );
}

/** The options that choose parts and entries. */
export function withSelection(command: Command): Command {
  return command
    .option(
      '--part <name>',
      'only this part, such as homeassistant or core_mosquitto (can be repeated)',
      collect,
    )
    .option(
      '--only <pattern>',
      "only entries that match, such as 'data/*.yaml' or '**/secrets.yaml' (can be repeated)",
      collect,
    );
}

export function dryRunOption(): Option {
  return new Option('-n, --dry-run', 'only check and say what would be done');
}

export function withExamples(
  command: Command,
  examples: readonly Example[],
  more: readonly string[] = [],
): Command {
  const lines = examples.flatMap(({ run, does }) => [`  strongroom ${run}`, `      ${does}`]);
  return command.addHelpText(
    'after',
    ['', 'Examples:', ...lines, ...(more.length === 0 ? [] : ['', ...more])].join('\n'),
  );
}

/** For options that can be repeated. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 9999.');
  return Number(text);
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 to 9999.');
  return Number(text);
}
