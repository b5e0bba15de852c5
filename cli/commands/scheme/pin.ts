// `strongroom scheme pin` and `unpin`: backups that no scheme ever removes, because a person said so.

import { resolve } from 'node:path';

import type { Command } from 'commander';

import { printable } from '../../../shared/reports/printable.ts';
import { type CommonArguments, type Start } from '../../command-options.ts';
import type { ExitCode } from '../../exit-code.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { openDesk } from '../library/access.ts';
import { readFilter } from '../library/filter.ts';

export function registerPins(scheme: Command, start: Start): void {
  const commands = [
    [
      'pin',
      'let no scheme remove these backups',
      'Pins backups: no scheme ever removes them. A pin stays when a backup is written anew.',
    ],
    [
      'unpin',
      'let schemes decide about these backups again',
      'Takes pins away: schemes decide about these backups again.',
    ],
  ] as const;
  for (const [name, summary, description] of commands)
    scheme
      .command(name)
      .summary(summary)
      .description(description)
      .argument('<file...>', 'backups of the library')
      .option('--json', 'print one JSON document on stdout (docs/json.md)')
      .action((files: string[], args: CommonArguments) =>
        start(`scheme ${name}`, args, (session) => setPins(session, files, name === 'pin')),
      );
}

async function setPins(session: Session, files: readonly string[], isPinned: boolean): Promise<ExitCode> {
  const desk = await openDesk(session);
  const filter = await readFilter(session, desk, files, {});
  const backups = await desk.listBackups(filter);
  await desk.pin(
    backups.map(({ identity }) => identity),
    isPinned,
  );
  const paths = files.map((file) => resolve(session.host.cwd, file));
  const [file] = files.length === 1 && backups.length === 1 ? files : [];
  const what =
    file === undefined ? session.formats.countOf(backups.length, 'backup', 'backups') : printable(file);
  const [is, it] = backups.length === 1 ? ['is', 'it'] : ['are', 'them'];
  const words = isPinned ? `${is} pinned: no scheme removes ${it}` : `${is} not pinned any more`;
  return await printReport(session, session.host.dataFolder, { paths, isPinned }, [`${what} ${words}.`]);
}
