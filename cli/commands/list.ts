// `strongroom ls`: what is inside the parts of a backup. Lines come out as they are read; nothing is gathered.

import type { Command } from 'commander';

import type { ArchiveEntry } from '../../shared/backup.ts';
import { type PlainError, toPlainError } from '../../shared/errors.ts';
import { reportError } from '../batch.ts';
import {
  fileCommand,
  type KeyedArguments,
  type Start,
  withExamples,
  withKeys,
  withSelection,
} from '../command-options.ts';
import { type ExitCode, exitCodeFor, worstExitCode } from '../exit-code.ts';
import { describeFileProblem } from '../file-problem.ts';
import { gatherKeys } from '../keys/key-sources.ts';
import { unlockTargets } from '../keys/unlock.ts';
import { entryLine } from '../reports/listing.ts';
import type { Session } from '../session.ts';
import { findTargets, type FoundTarget, isMissing, presentOnes } from '../targets.ts';
import { printable } from '../../shared/reports/printable.ts';

export interface ListArguments extends KeyedArguments {
  readonly part?: readonly string[];
  readonly only?: readonly string[];
  readonly names?: boolean;
}

export function registerList(program: Command, start: Start): void {
  const command = fileCommand(
    program,
    'ls',
    'list the files inside a backup',
    'Lists the files inside a backup with size, date (UTC), part and name.',
  );
  withSelection(withKeys(command)).option('--names', 'names only, one in a line');
  withExamples(command, [
    { run: 'ls --kit kit.txt home.tar', does: 'Lists everything.' },
    {
      run: "ls --part homeassistant --only 'data/*.yaml' home.tar",
      does: 'Lists the YAML files of the configuration.',
    },
  ]).action((paths: string[], args: ListArguments) =>
    start('ls', args, (session) => list(session, paths, args)),
  );
}

async function list(session: Session, paths: readonly string[], args: ListArguments): Promise<ExitCode> {
  const targets = await findTargets(paths, { cwd: session.host.cwd, recursive: args.recursive === true });
  await gatherKeys(session, args);
  await unlockTargets(session, presentOnes(targets));
  const codes: ExitCode[] = [];
  for (const [index, target] of targets.entries()) {
    if (session.screen.readerGone) break;
    if (session.document === null && targets.length > 1) {
      await session.screen.write(`${index === 0 ? '' : '\n'}${printable(target.shownAs)}:\n`);
    }
    const listing = new Listing(session, target, args);
    if (session.document === null) await listing.print();
    else await session.document.addListing(target.path, listing.entries(), () => listing.end());
    const { error, exitCode } = listing.end();
    if (error !== null) reportError(session, 'ls', target, error);
    codes.push(exitCode);
  }
  return worstExitCode(codes);
}

class Listing {
  readonly #session: Session;
  readonly #target: FoundTarget;
  readonly #args: ListArguments;
  #entryCount = 0;
  #bytes = 0;
  #error: PlainError | null = null;

  constructor(session: Session, target: FoundTarget, args: ListArguments) {
    this.#session = session;
    this.#target = target;
    this.#args = args;
  }

  async print(): Promise<void> {
    const { screen, formats } = this.#session;
    for await (const entry of this.entries())
      await screen.write(`${entryLine(entry, formats, this.#args)}\n`);
  }

  /** Ends where the backup does, where it cannot be read on, or where nobody reads the listing any more. */
  async *entries(): AsyncGenerator<ArchiveEntry> {
    if (isMissing(this.#target)) {
      this.#error = this.#target.error;
      return;
    }
    const { host, screen } = this.#session;
    try {
      const engine = await this.#session.engine();
      const options = {
        keys: await this.#session.keysFor(this.#target.path),
        members: this.#args.part,
        patterns: this.#args.only,
        signal: host.signal,
      };
      for await (const entry of engine.list(this.#target.path, options)) {
        if (screen.readerGone) return;
        this.#entryCount++;
        this.#bytes += entry.sizeBytes;
        yield entry;
      }
    } catch (error) {
      this.#error = toPlainError(describeFileProblem(error, 'this file'));
    }
  }

  end(): { readonly totals: object; readonly error: PlainError | null; readonly exitCode: ExitCode } {
    return {
      totals: { entryCount: this.#entryCount, bytes: this.#bytes },
      error: this.#error,
      exitCode: exitCodeFor(this.#error?.code ?? null),
    };
  }
}
