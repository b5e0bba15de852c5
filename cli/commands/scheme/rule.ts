// Which scheme a command is about: what is given, and for the rest the one that was used last.

import { type Command, Option } from 'commander';

import { StrongroomError } from '../../../shared/errors.ts';
import { parsePolicy, PRESETS } from '../../../shared/retention/index.ts';
import type { RemovalPlace, SchemePlan, SchemeRule } from '../../../shared/scheme.ts';
import { collect, positiveInteger, type VaultArguments, withVault } from '../../command-options.ts';
import type { LibraryDesk } from '../../engine.ts';
import type { Session } from '../../session.ts';
import { lookIntoVault, openDesk } from '../library/access.ts';
import { findFolder } from '../library/filter.ts';

export interface RuleArguments extends VaultArguments {
  readonly policy?: string;
  readonly to?: RemovalPlace;
  readonly undoDays?: number;
  readonly folder?: readonly string[];
}

const MOST_DAYS = 3650;

/** The options that say which scheme, and where. */
export function withRule(command: Command): Command {
  command
    .option(
      '--policy <policy>',
      `what stays: ${Object.keys(PRESETS).join(', ')}, or rules as in daily=7,weekly=4,monthly=12,yearly=3,within=14d (default: as used last, else standard)`,
    )
    .addOption(
      new Option('--to <place>', 'where the rest goes (default: as used last, else quarantine)').choices([
        'quarantine',
        'trash',
      ]),
    )
    .option(
      '--undo-days <days>',
      'how long it can be brought back from quarantine (default: as used last, else 30)',
      positiveInteger,
    )
    .option('--folder <folder>', 'only this folder of the library (can be repeated)', collect);
  return withVault(command);
}

/** @throws USAGE the policy is none, or the days are too many */
export function requireRule({ policy, undoDays, to }: RuleArguments): void {
  if (policy !== undefined) parsePolicy(policy);
  if (undoDays !== undefined && undoDays > MOST_DAYS)
    throw new StrongroomError('USAGE', `Quarantine holds files for ${MOST_DAYS} days at the most.`);
  if (undoDays !== undefined && to === 'trash')
    throw new StrongroomError('USAGE', '--undo-days only makes sense where the rest goes to quarantine.', {
      hint: 'How long the trash keeps files is your system’s choice.',
    });
}

/** Asks nobody: with a locked vault, what is known about keys counts as it was known before. */
export async function planFor(
  session: Session,
  args: RuleArguments,
): Promise<{ readonly desk: LibraryDesk; readonly plan: SchemePlan }> {
  requireRule(args);
  await lookIntoVault(session, args);
  const desk = await openDesk(session);
  const last = await desk.schemeRule();
  const { policy = last.policy, to = last.to, undoDays = last.undoDays } = args;
  const rule: SchemeRule = { policy, to, undoDays };
  const folders: string[] = [];
  for (const given of args.folder ?? []) folders.push(await findFolder(session, desk, given));
  const { timeZone } = session.host;
  const plan = await desk.planScheme(rule, {
    ...(folders.length === 0 ? {} : { folders }),
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return { desk, plan };
}
