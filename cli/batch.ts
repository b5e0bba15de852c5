// Carries out one command on many backups: several at a time, each by itself, so that a bad one does not
// stop the others; results come out in the order the backups were given.

import type { Progress } from '../shared/backup.ts';
import { type PlainError, toPlainError } from '../shared/errors.ts';
import { adviceFor } from '../shared/reports/advice.ts';
import { type ExitCode, exitCodeFor, worstExitCode } from './exit-code.ts';
import { describeFileProblem } from './file-problem.ts';
import { summaryLines } from './reports/summary.ts';
import type { Session } from './session.ts';
import { type FoundTarget, isMissing, type Target } from './targets.ts';
import { printable } from '../shared/reports/printable.ts';
import { ProgressReporter } from './terminal/progress.ts';

export interface Task<Report> {
  readonly command: string;
  /** For the last line about several files: how those are called that ended well. */
  readonly goodWord: string;
  /** At most as many as `--jobs`. */
  readonly atATime: number;
  readonly showProgress: boolean;
  run(
    target: Target,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
  ): Promise<Report>;
  /** What makes a finished report a bad one. */
  judge(report: Report): PlainError | null;
  /** The report in words: lines without the file's name. */
  describe(report: Report, target: Target): string[];
}

const NOT_STARTED: PlainError = { code: 'CANCELLED', message: 'Not started: stopped at your request.' };

export interface FileResult<Report> {
  readonly target: FoundTarget;
  readonly report: Report | null;
  readonly error: PlainError | null;
  readonly exitCode: ExitCode;
}

/** Runs the task on every target and reports each. The exit code is the worst one's. */
export async function runBatch<Report>(
  session: Session,
  targets: readonly FoundTarget[],
  task: Task<Report>,
): Promise<FileResult<Report>[]> {
  const files = targets.map((target) => ({
    shownAs: printable(target.shownAs),
    sizeBytes: isMissing(target) ? 0 : target.sizeBytes,
  }));
  const progress = task.showProgress
    ? new ProgressReporter(session.screen, session.formats, session.host.now, files)
    : null;
  const waiting = targets.entries();
  const results: FileResult<Report>[] = [];
  let reported = 0;
  let reporting = Promise.resolve();

  const reportFinished = (): void => {
    for (; results[reported] !== undefined; reported++) {
      const result = results[reported] as FileResult<Report>;
      const first = reported === 0;
      reporting = reporting.then(() => reportResult(session, task, result, first));
    }
  };
  const work = async (): Promise<void> => {
    for (const [index, target] of waiting) {
      results[index] = await carryOut(session, target, task, progress, index);
      reportFinished();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(task.atATime, targets.length)) }, work));
  progress?.close();
  await reporting;
  if (session.document === null) {
    await session.screen.write(summaryLines(results, session.formats, task.goodWord));
  }
  const notStarted = results.filter(({ error }) => error === NOT_STARTED).length;
  if (notStarted > 0) {
    session.screen.note(`${session.formats.countOf(notStarted, 'file was', 'files were')} not started.`);
  }
  return results;
}

export function exitCodeOf(results: readonly { readonly exitCode: ExitCode }[]): ExitCode {
  return worstExitCode(results.map((result) => result.exitCode));
}

/** An error on stderr with what can be done about it here, at the command line. */
export function reportError(session: Session, command: string, target: FoundTarget, error: PlainError): void {
  session.screen.plainError(error, target.shownAs);
  const advice = adviceFor(error, command, target.shownAs);
  if (advice !== null) session.screen.hint(advice);
}

async function carryOut<Report>(
  session: Session,
  target: FoundTarget,
  task: Task<Report>,
  progress: ProgressReporter | null,
  index: number,
): Promise<FileResult<Report>> {
  const { signal } = session.host;
  const fail = (error: PlainError): FileResult<Report> => ({
    target,
    report: null,
    error,
    exitCode: exitCodeFor(error.code),
  });
  if (isMissing(target)) return fail(target.error);
  if (signal.aborted) return fail(NOT_STARTED);
  progress?.start(index);
  try {
    const report = await task.run(target, { signal, onProgress: (state) => progress?.update(index, state) });
    const error = task.judge(report);
    progress?.finish(index, error === null ? 'done' : 'failed');
    return { target, report, error, exitCode: exitCodeFor(error?.code ?? null) };
  } catch (thrown) {
    progress?.finish(index, 'failed');
    return fail(toPlainError(describeFileProblem(thrown, 'this file')));
  }
}

async function reportResult<Report>(
  session: Session,
  task: Task<Report>,
  result: FileResult<Report>,
  first: boolean,
): Promise<void> {
  const { target, report, error, exitCode } = result;
  if (session.document !== null) {
    await session.document.addResult({ path: target.path, report, error, exitCode });
  } else if (report !== null && !isMissing(target)) {
    const lines = task.describe(report, target).map((line) => (line === '' ? '' : `  ${line}`));
    await session.screen.write(`${first ? '' : '\n'}${printable(target.shownAs)}\n${lines.join('\n')}\n`);
  }
  if (error !== null && error !== NOT_STARTED && (report === null || session.document !== null))
    reportError(session, task.command, target, error);
}
