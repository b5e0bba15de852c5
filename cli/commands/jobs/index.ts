// `strongroom jobs …`: long work on the library, from the list of it to taking it up again.

import type { Command } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import type { Job, JobDetails } from '../../../shared/jobs.ts';
import {
  type CommonArguments,
  positiveInteger,
  type Start,
  type VaultArguments,
  withExamples,
  withVault,
} from '../../command-options.ts';
import { deskOf, type LibraryDesk } from '../../engine.ts';
import { EXIT, type ExitCode, exitCodeFor } from '../../exit-code.ts';
import { openVault } from '../../keys/vault-access.ts';
import { jobLine, jobLines, jobTable } from '../../../shared/reports/jobs.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { lookIntoVault, openVaultToRead, putInOrder } from '../library/access.ts';
import { jobNumber, showReport } from '../library/report.ts';
import { JobProgressReporter } from './job-progress.ts';

interface ListArguments extends CommonArguments {
  readonly limit?: number;
}

interface ResumeArguments extends VaultArguments {
  readonly retryFailed?: boolean;
}

const LISTED_JOBS = 20;

export function registerJobs(program: Command, start: Start): void {
  const jobs = program
    .command('jobs')
    .summary('see, pause, cancel and resume long work on the library')
    .description(
      'Migrations, verifications and other long work on the library. Each job is kept with what became of every backup; one that a crash or a power cut interrupted can be taken up again.',
    );

  const list = jobs
    .command('list')
    .summary('list the jobs')
    .description('Lists the jobs, the newest first.')
    .option('--limit <number>', `at most so many (default: ${LISTED_JOBS})`, positiveInteger)
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  list.action((args: ListArguments) => start('jobs list', args, (session) => listJobs(session, args)));

  const show = withJob(jobs, 'show', 'say what became of each backup of a job').description(
    'Says how far a job has got, and what became of each backup in it.',
  );
  withExamples(show, [{ run: 'jobs show 7', does: 'Job 7, file by file.' }]).action(
    (id: number, args: CommonArguments) => start('jobs show', args, (session) => showJob(session, id)),
  );

  withJob(jobs, 'cancel', 'stop a job')
    .description(
      'Stops a job, also one that another program runs. The file that is being written is given up, its original stays as it was, and what is done stays done.',
    )
    .action((id: number, args: CommonArguments) =>
      start('jobs cancel', args, (session) => change(session, id, 'cancel')),
    );

  withJob(jobs, 'pause', 'let a job rest until you resume it')
    .description('Pauses a job, also one that another program runs.')
    .action((id: number, args: CommonArguments) =>
      start('jobs pause', args, (session) => change(session, id, 'pause')),
    );

  const resume = withJob(jobs, 'resume', 'go on with a job')
    .description(
      'Goes on with a job that was paused, interrupted or stopped, or that could not go on, from where it was. Then its report is shown.',
    )
    .option('--retry-failed', 'try the backups again that failed')
    .option('-j, --jobs <number>', 'threads (default: one for each core)', positiveInteger);
  withExamples(withVault(resume), [
    { run: 'jobs resume 7', does: 'After a power cut: goes on with job 7.' },
    { run: 'jobs resume 7 --retry-failed', does: 'After the missing key was added to the vault.' },
  ]).action((id: number, args: ResumeArguments) =>
    start('jobs resume', args, (session) => resumeJob(session, id, args)),
  );
}

function withJob(jobs: Command, name: string, summary: string): Command {
  return jobs
    .command(name)
    .summary(summary)
    .argument('<job>', 'number of the job, as “jobs list” shows it', jobNumber)
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
}

/** The jobs as they are: one whose program died is not running. */
async function openJobs(session: Session): Promise<LibraryDesk> {
  const desk = deskOf(await session.engine());
  await putInOrder(session, desk);
  return desk;
}

async function listJobs(session: Session, args: ListArguments): Promise<ExitCode> {
  const desk = await openJobs(session);
  const jobs = await desk.jobs(args.limit ?? LISTED_JOBS);
  return await printReport(session, session.host.dataFolder, { jobs }, jobTable(jobs, session.formats));
}

async function showJob(session: Session, id: number): Promise<ExitCode> {
  const desk = await openJobs(session);
  const job = await desk.job(id);
  return await printReport(session, session.host.dataFolder, job, jobLines(job, session.formats));
}

async function change(session: Session, id: number, what: 'cancel' | 'pause'): Promise<ExitCode> {
  const desk = await openJobs(session);
  const before = await desk.job(id);
  if (isOver(before) || (what === 'pause' && before.state === 'interrupted')) {
    throw new StrongroomError('USAGE', `Job ${id} does not run any more: it is ${before.state}.`, {
      hint: `What became of it: strongroom jobs show ${id}`,
    });
  }
  if (what === 'cancel') await desk.cancelJob(id);
  else await desk.pauseJob(id);
  const job = await desk.job(id);
  const line =
    job.state === 'running'
      ? `Job ${id} is asked to ${what === 'cancel' ? 'stop' : 'rest'}, and does so as soon as it can.`
      : jobLine(job, session.formats);
  return await printReport(session, session.host.dataFolder, job, [line]);
}

function isOver({ state }: JobDetails): boolean {
  return state === 'done' || state === 'cancelled' || state === 'failed';
}

async function resumeJob(session: Session, id: number, args: ResumeArguments): Promise<ExitCode> {
  const { screen, host } = session;
  const { kind } = await deskOf(await session.engine()).job(id);
  if (kind === 'verify' || kind === 'copy') await openVaultToRead(session, args);
  else if (kind === 'scheme') await lookIntoVault(session, args);
  else if (kind !== 'scan') await openVault(session, args);
  const desk = await openJobs(session);
  const progress = new JobProgressReporter(session);
  let resumed: Job;
  try {
    resumed = await desk.resumeJob(id, {
      signal: host.signal,
      onEvent: progress.show,
      retryFailed: args.retryFailed === true,
    });
  } finally {
    progress.close();
  }
  const job = await desk.job(id);
  if (resumed.state === 'running') {
    const elsewhere = `Job ${id} is run by another program, and goes on there.`;
    return await printReport(session, host.dataFolder, job, [elsewhere]);
  }
  if (kind !== 'scan') return await showReport(session, desk, id);
  if (job.error !== null) screen.plainError(job.error, null);
  const exitCode = host.signal.aborted ? EXIT.cancelled : exitCodeFor(job.error?.code ?? null);
  return await printReport(session, host.dataFolder, job, jobLines(job, session.formats), exitCode);
}
