// `strongroom inspect`: what a backup is, without a key.

import type { Command } from 'commander';

import { exitCodeOf, runBatch } from '../batch.ts';
import { type CommonArguments, fileCommand, type Start, withExamples } from '../command-options.ts';
import type { ExitCode } from '../exit-code.ts';
import { describeInspection } from '../reports/inspection.ts';
import type { Session } from '../session.ts';
import { findTargets } from '../targets.ts';

interface InspectArguments extends CommonArguments {
  readonly supervisor?: string;
}

export function registerInspect(program: Command, start: Start): void {
  const command = fileCommand(
    program,
    'inspect',
    'tell what a backup is, without a key',
    'Tells what a backup holds, when and by which Home Assistant it was made, how it is encrypted, and what is odd about it. Reads headers only, needs no key and takes no time.',
  ).option('--supervisor <version>', 'the Supervisor that shall restore it; says when it is too old');
  withExamples(command, [
    { run: 'inspect home.tar', does: 'Describes one backup.' },
    { run: 'inspect --json ~/backups', does: 'Describes all backups of a folder, for a script.' },
    { run: 'inspect --supervisor 2026.03.1 home.tar', does: 'Says whether this Supervisor can restore it.' },
  ]).action((paths: string[], args: InspectArguments) =>
    start('inspect', args, (session) => inspect(session, paths, args)),
  );
}

async function inspect(
  session: Session,
  paths: readonly string[],
  args: InspectArguments,
): Promise<ExitCode> {
  const targets = await findTargets(paths, { cwd: session.host.cwd, recursive: args.recursive === true });
  const engine = await session.engine();
  const results = await runBatch(session, targets, {
    command: 'inspect',
    goodWord: 'without a problem',
    atATime: session.jobs,
    showProgress: false,
    run: (target) => engine.inspect(target.path, { supervisorVersion: args.supervisor }),
    judge: (report) =>
      report.problem ?? report.members.find(({ problem }) => problem !== null)?.problem ?? null,
    describe: (report, { shownAs }) => describeInspection(report, session.reportContext(shownAs)),
  });
  return exitCodeOf(results);
}
