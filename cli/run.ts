// The command line from its arguments to its exit code. Knows nothing of the process: see host.ts.

import { type Command, CommanderError } from 'commander';

import { type PlainError, toPlainError } from '../shared/errors.ts';
import { adviceFor } from '../shared/reports/advice.ts';
import type { CommonArguments, Start } from './command-options.ts';
import { EXIT, type ExitCode, exitCodeFor, worstExitCode } from './exit-code.ts';
import { describeFileProblem } from './file-problem.ts';
import { runGuidedStart } from './guided-start.ts';
import { type Host, isInteractive } from './host.ts';
import { buildProgram } from './program.ts';
import { refuseSecretArguments } from './secret-arguments.ts';
import { Session } from './session.ts';
import { Screen } from './terminal/screen.ts';

/** Errors of commands as a whole about which the command line has more to say than the engine. */
const BY_COMMAND: ReadonlySet<string> = new Set(['INTERNAL', 'KEY_IN_USE', 'DAMAGED_CATALOG']);

/** Runs one command; `argv` without the program's own name. Never throws. */
export async function runCli(argv: readonly string[], host: Host): Promise<ExitCode> {
  const redraws = host.stderr.isTTY === true && host.env['TERM'] !== 'dumb';
  const screen = new Screen(host.stdout, host.stderr, { redraws });
  const exitCode = await dispatch(argv, host, screen);
  if (screen.failure === null) return exitCode;
  const { code, message } = toPlainError(screen.failure);
  screen.error(`The report could not be written: ${message}`);
  return worstExitCode([exitCode, exitCodeFor(code)]);
}

async function dispatch(argv: readonly string[], host: Host, screen: Screen): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.good;
  const start: Start = async (command, args, work) => {
    exitCode = await runInSession(host, screen, command, args, work);
  };
  let printed = Promise.resolve();
  const print = (text: string): void => {
    printed = printed.then(() => screen.write(text));
  };
  const program = buildProgram({ start, print, columns: host.stdout.columns ?? 80 });
  try {
    refuseSecretArguments(argv);
    if (argv.length > 0) {
      await program.parseAsync(argv, { from: 'user' });
    } else if (isInteractive(host)) {
      await start('start', {}, runGuidedStart);
    } else {
      program.outputHelp();
      exitCode = EXIT.usage;
    }
  } catch (thrown) {
    exitCode = reportParseError(screen, thrown, program, argv);
  }
  await printed;
  return exitCode;
}

async function runInSession(
  host: Host,
  screen: Screen,
  command: string,
  args: CommonArguments,
  work: (session: Session) => Promise<ExitCode>,
): Promise<ExitCode> {
  const session = new Session(host, screen, { command, json: args.json === true, jobs: args.jobs });
  let exitCode: ExitCode;
  let error: PlainError | null = null;
  try {
    exitCode = await closing(session, work);
  } catch (thrown) {
    error = toPlainError(describeFileProblem(thrown, 'a file that is needed'));
    exitCode = exitCodeFor(error.code);
    sayError(screen, error, command);
  }
  await session.document?.close(error, exitCode);
  return exitCode;
}

async function closing(session: Session, work: (session: Session) => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** What the parser did not understand, said in our own form. Help and version are no errors. */
function reportParseError(
  screen: Screen,
  thrown: unknown,
  program: Command,
  argv: readonly string[],
): ExitCode {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return EXIT.good;
    if (thrown.code === 'commander.help') {
      screen.error(`“${argv[0] ?? ''}” is not a command by itself: one of its own commands has to follow.`);
      screen.hint(`See strongroom ${helpTopic(program, argv)}--help.`);
      return EXIT.usage;
    }
    const [, message = '', suggestion] =
      /^(?:error: )?(.*?)(?:\s*\((Did you mean .*)\))?$/s.exec(thrown.message) ?? [];
    screen.error(message);
    screen.hint(suggestion ?? `See strongroom ${helpTopic(program, argv)}--help.`);
    return EXIT.usage;
  }
  const error = toPlainError(thrown);
  sayError(screen, error, argv[0] ?? '');
  return exitCodeFor(error.code);
}

function sayError(screen: Screen, error: PlainError, command: string): void {
  screen.plainError(error, null);
  const advice = BY_COMMAND.has(error.code) ? adviceFor(error, command, '') : null;
  if (advice !== null) screen.hint(advice);
}

function helpTopic({ commands }: Command, argv: readonly string[]): string {
  const [command = '', inner = ''] = argv;
  if (!/^[a-z]+$/.test(command)) return '';
  const isGroup = commands.some((known) => known.name() === command && known.commands.length > 0);
  return isGroup && /^[a-z]+$/.test(inner) ? `${command} ${inner} ` : `${command} `;
}
