// The result of a command that is not about files one by one: words, or one result in the JSON document.

import { EXIT, type ExitCode } from './exit-code.ts';
import type { Session } from './session.ts';

/** Prints `lines`, or with `--json` the report. `subject` is the file that the report is about. */
export async function printReport(
  session: Session,
  subject: string,
  report: unknown,
  lines: readonly string[],
  exitCode: ExitCode = EXIT.good,
): Promise<ExitCode> {
  if (session.document !== null) {
    await session.document.addResult({ path: subject, report, error: null, exitCode });
  } else if (lines.length > 0) {
    await session.screen.write(`${lines.join('\n')}\n`);
  }
  return exitCode;
}
