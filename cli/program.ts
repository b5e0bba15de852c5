// The syntax of `strongroom`: its commands, and the help about all of them.

import { Command, Help } from 'commander';

import type { Start } from './command-options.ts';
import { registerCompletion } from './commands/completion.ts';
import { registerExtract } from './commands/extract.ts';
import { registerInspect } from './commands/inspect.ts';
import { registerJobs } from './commands/jobs/index.ts';
import { registerKeys } from './commands/keys/index.ts';
import { registerLibrary } from './commands/library/index.ts';
import { registerList } from './commands/list.ts';
import { registerRecode } from './commands/recode.ts';
import { registerRepair } from './commands/repair.ts';
import { registerScheme } from './commands/scheme/index.ts';
import { registerRotate } from './commands/rotate/index.ts';
import { registerServe } from './commands/serve.ts';
import { registerVault } from './commands/vault/index.ts';
import { registerVerify } from './commands/verify.ts';
import { registerWatch } from './commands/watch.ts';
import { WORST_FIRST } from './exit-code.ts';
import { VERSION } from './version.ts';

export interface ProgramHost {
  readonly start: Start;
  /** For help, the version and completion scripts. */
  readonly print: (text: string) => void;
  readonly columns: number;
}

const KEYS_HELP = `Keys:
  They come from your vault (strongroom vault init). Without it, or beside it,
  from what is given. A key is never an argument, where others could read it.
    --kit FILE         an emergency kit of Home Assistant
    --key-file FILE    the first line of a file; - is standard input
    STRONGROOM_KEY     an environment variable (the new key: STRONGROOM_NEW_KEY)
    a hidden prompt    when a key is needed and there is a terminal
  Several can be given at once; each backup is opened with the one that fits.
  The vault opens by itself where your system has a keychain, else with its
  passphrase: --passphrase-file FILE, STRONGROOM_PASSPHRASE_FILE, or a hidden
  prompt. STRONGROOM_DATA chooses the folder that the vault is in.`;

/** Builds the parser. Parsing throws a CommanderError for help, version and everything it does not understand. */
export function buildProgram(host: ProgramHost): Command {
  const program = new Command('strongroom');
  program
    .description(
      'A vault for Home Assistant backups: tells which key opens which backup, proves that it can be restored, brings old formats forward.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .exitOverride()
    .configureHelp({ helpWidth: Math.min(100, host.columns), showGlobalOptions: false })
    .configureOutput({ writeOut: host.print, writeErr: () => undefined, outputError: () => undefined })
    .usage('COMMAND FILE…')
    .addHelpText('after', `\n${rootHelp()}`);
  registerInspect(program, host.start);
  registerVerify(program, host.start);
  registerRecode(program, host.start);
  registerList(program, host.start);
  registerExtract(program, host.start);
  registerRepair(program, host.start);
  registerKeys(program, host.start);
  registerVault(program, host.start);
  registerLibrary(program, host.start);
  registerScheme(program, host.start);
  registerRotate(program, host.start);
  registerJobs(program, host.start);
  registerWatch(program, host.start);
  registerServe(program, host.start);
  registerCompletion(program, host.print);
  return program;
}

function rootHelp(): string {
  return [
    'Examples:',
    '  strongroom                                      on a terminal: a guided start',
    '  strongroom serve                                the window, in your browser',
    '  strongroom verify --kit kit.txt ~/backups       can they all be restored?',
    '  strongroom migrate --kit kit.txt ~/backups      old formats to the current one',
    '  strongroom vault init                           a vault, so that keys are given only once',
    '  strongroom keys import ~/kits                   all your emergency kits into it',
    '  strongroom library add ~/backups                a whole folder in view, from now on',
    '  strongroom library status                       how all your backups are, in one line',
    '  strongroom scheme plan                          which backups a scheme would keep, and why',
    '  strongroom rotate run --all                     a new key for all that an old one opens',
    '',
    KEYS_HELP,
    '',
    exitCodeHelp(),
  ].join('\n');
}

/** The table of exit codes, in the order in which they win. */
function exitCodeHelp(): string {
  const rows = WORST_FIRST.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`);
  return ['Exit codes (of several files the one that stands first here):', ...rows].join('\n');
}

/** Commands and options as a completion script needs them. */
export interface Syntax {
  readonly name: string;
  /** Empty for a command that does something itself. */
  readonly commands: readonly Syntax[];
  readonly summary: string;
  readonly options: readonly {
    readonly flags: readonly string[];
    readonly summary: string;
    /** null for a flag; else what kind of value follows. */
    readonly value: 'file' | 'folder' | 'other' | null;
    readonly choices: readonly string[];
  }[];
}

/** Reads the syntax back from the parser, so that completion never falls behind. */
export function describeSyntax(program: Command): Syntax[] {
  const help = new Help();
  return program.commands.map((command) => ({
    name: command.name(),
    commands: describeSyntax(command),
    summary: command.summary() || command.description(),
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.long, option.short].filter((flag) => flag !== undefined),
      summary: option.description,
      value: option.required || option.optional ? valueKind(option.flags) : null,
      choices: option.argChoices ?? [],
    })),
  }));
}

function valueKind(flags: string): 'file' | 'folder' | 'other' {
  if (flags.includes('<file>')) return 'file';
  return flags.includes('<folder>') ? 'folder' : 'other';
}
