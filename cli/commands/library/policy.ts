// `strongroom library policy`: how much is verified by itself, how often, and when not.

import { type Command, InvalidArgumentError, Option } from 'commander';

import type { VerificationPolicy } from '../../../shared/library.ts';
import { type CommonArguments, positiveInteger, type Start, withExamples } from '../../command-options.ts';
import type { ExitCode } from '../../exit-code.ts';
import { policyLines } from '../../../shared/reports/library-verification.ts';
import type { Session } from '../../session.ts';
import { printReport } from '../../single-report.ts';
import { openDesk } from './access.ts';

interface PolicyArguments extends CommonArguments {
  readonly level?: VerificationPolicy['level'];
  readonly staleDays?: number;
  readonly gbPerDay?: number | None;
  readonly minutesPerDay?: number | None;
  readonly quiet?: NonNullable<VerificationPolicy['quietHours']> | None;
}

/** The parser takes a null for no value at all. */
type None = 'none';

const GB_BYTES = 1e9;

export function registerPolicy(library: Command, start: Start): void {
  const policy = library
    .command('policy')
    .summary('say or set what is verified by itself, and when')
    .description(
      'Says, or with an option sets, how “library verify” chooses: never verified first, then changed, failed, and longest ago, within the budget of the day.',
    )
    .addOption(new Option('--level <level>', 'how it is verified').choices(['quick', 'full', 'deep']))
    .option('--stale-days <days>', 'a verification counts for so many days', positiveInteger)
    .option('--gb-per-day <number>', 'gigabytes a day at most, or none for no limit', readGigabytes)
    .option('--minutes-per-day <number>', 'minutes a day at most, or none for no limit', readMinutes)
    .option('--quiet <hours>', 'begin nothing in these hours of the day, such as 22-7; or none', readHours)
    .option('--json', 'print one JSON document on stdout (docs/json.md)');
  withExamples(policy, [
    { run: 'library policy', does: 'Says what holds.' },
    {
      run: 'library policy --stale-days 90 --gb-per-day 50 --quiet 7-23',
      does: 'Each backup every three months, at most 50 GB a day, in the night only.',
    },
  ]).action((args: PolicyArguments) => start('library policy', args, (session) => showOrSet(session, args)));
}

async function showOrSet(session: Session, args: PolicyArguments): Promise<ExitCode> {
  const desk = await openDesk(session);
  const before = await desk.verificationPolicy();
  const policy: VerificationPolicy = {
    level: args.level ?? before.level,
    staleAfterDays: args.staleDays ?? before.staleAfterDays,
    bytesPerDay: setTo(args.gbPerDay, before.bytesPerDay, (gigabytes) => Math.round(gigabytes * GB_BYTES)),
    minutesPerDay: setTo(args.minutesPerDay, before.minutesPerDay, (minutes) => minutes),
    quietHours: setTo(args.quiet, before.quietHours, (hours) => hours),
  };
  const { level, staleDays, gbPerDay, minutesPerDay, quiet } = args;
  if ([level, staleDays, gbPerDay, minutesPerDay, quiet].some((given) => given !== undefined))
    await desk.setVerificationPolicy(policy);
  return await printReport(session, session.host.dataFolder, policy, policyLines(policy, session.formats));
}

/** What was given, null for none; what was set before where nothing was given. */
function setTo<Given, Value>(
  given: Given | None | undefined,
  before: Value | null,
  read: (given: Given) => Value,
): Value | null {
  if (given === undefined) return before;
  return given === 'none' ? null : read(given);
}

function readGigabytes(text: string): number | None {
  if (text === 'none') return text;
  if (!/^\d{1,6}(?:\.\d{1,3})?$/.test(text) || Number(text) === 0)
    throw new InvalidArgumentError('It must be a number of gigabytes such as 50 or 0.5, or none.');
  return Number(text);
}

function readMinutes(text: string): number | None {
  if (text === 'none') return text;
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > 1440)
    throw new InvalidArgumentError('It must be a whole number of minutes from 1 to 1440, or none.');
  return Number(text);
}

function readHours(text: string): NonNullable<PolicyArguments['quiet']> {
  if (text === 'none') return text;
  const [, from = -1, to = -1] = (/^(\d{1,2})-(\d{1,2})$/.exec(text) ?? []).map(Number);
  if (from < 0 || from > 23 || to < 0 || to > 23 || from === to)
    throw new InvalidArgumentError('It must be two different hours from 0 to 23, such as 22-7, or none.');
  return { from, to };
}
