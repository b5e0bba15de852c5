// `strongroom library report`: the result of a job that is over, or as far as it has got.

import { type Command, InvalidArgumentError } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import { type CommonArguments, type Start, withExamples } from '../../command-options.ts';
import { type ExitCode, worstExitCode } from '../../exit-code.ts';
import type { LibraryDesk } from '../../engine.ts';
import { batchLines } from '../../../shared/reports/batch-plan.ts';
import { copyLines } from '../../../shared/reports/copies.ts';
import { verificationLines } from '../../../shared/reports/library-verification.ts';
import { schemeLines } from '../../../shared/reports/scheme.ts';
import { codesOfScheme, sayWhatIsLeftOfScheme } from '../scheme/outcome.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { openDesk } from './access.ts';
import { codesOfBatch, sayWhyItEnded } from './batch.ts';
import { codesOfCopies, sayWhyCopyingEnded } from './copy.ts';
import { codesOfVerification, sayWhatIsLeft } from './verify.ts';

export function registerReport(library: Command, start: Start): void {
  const report = library
    .command('report')
    .summary('show the result of a job again')
    .description(
      'Shows the report of a migration, encryption, re-encryption, verification, scheme or copying again. “strongroom jobs list” has the numbers.',
    )
    .argument('<job>', 'number of the job', jobNumber)
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  withExamples(report, [{ run: 'library report 7', does: 'What became of each backup of job 7.' }]).action(
    (job: number, args: CommonArguments) =>
      start('library report', args, async (session) => showReport(session, await openDesk(session), job)),
  );
}

/** The number of a job, as an argument. */
export function jobNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new InvalidArgumentError('It must be the number of a job, as “strongroom jobs list” shows it.');
  return Number(text);
}

/** Prints the report of a job; also used for one that was resumed. @throws USAGE for a job without one */
export async function showReport(session: Session, desk: LibraryDesk, jobId: number): Promise<ExitCode> {
  const { kind } = await desk.job(jobId);
  const subject = session.host.dataFolder;
  switch (kind) {
    case 'verify': {
      const report = await desk.verificationReport(jobId);
      const exitCode = worstExitCode(codesOfVerification(report));
      const lines = verificationLines(report, session.formats);
      await printReport(session, subject, report, lines, exitCode);
      sayWhatIsLeft(session, report);
      return exitCode;
    }
    case 'migrate':
    case 'encrypt':
    case 'rekey': {
      const report = await desk.batchReport(jobId);
      const exitCode = worstExitCode(codesOfBatch(report));
      await printReport(session, subject, report, batchLines(report, null, session.formats), exitCode);
      sayWhyItEnded(session, report);
      return exitCode;
    }
    case 'scheme': {
      const report = await desk.schemeReport(jobId);
      const exitCode = worstExitCode(codesOfScheme(report));
      await printReport(session, subject, report, schemeLines(report, session.formats), exitCode);
      sayWhatIsLeftOfScheme(session, report);
      return exitCode;
    }
    case 'copy': {
      const report = await desk.copyReport(jobId);
      const exitCode = worstExitCode(codesOfCopies(report));
      await printReport(session, subject, report, copyLines(report, null, session.formats), exitCode);
      sayWhyCopyingEnded(session, report);
      return exitCode;
    }
    case 'scan':
      throw new StrongroomError('USAGE', `Job ${jobId} was a scan, which leaves no report.`, {
        hint: 'How the library is: strongroom library status',
      });
  }
}
