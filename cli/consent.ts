// Nothing is replaced without a yes: given beforehand with `--yes`, or at the terminal after the plan was shown.

import type { OriginalsPolicy, RecodeReport } from '../shared/backup.ts';
import { errorCode, StrongroomError } from '../shared/errors.ts';
import type { Destination } from './engine.ts';
import { describeFileProblem } from './file-problem.ts';
import { changes } from './reports/recode.ts';
import { restoreLine } from '../shared/reports/words.ts';
import type { Session } from './session.ts';
import type { Target } from './targets.ts';
import { printable } from '../shared/reports/printable.ts';

export interface ConsentArguments {
  readonly out?: string;
  readonly originals?: OriginalsPolicy;
  readonly quarantineDays?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** @throws USAGE when backups would be replaced and nobody can be asked, or options contradict each other */
export function requireConsent(session: Session, command: string, args: ConsentArguments): void {
  requireSensibleOriginals(args);
  if (args.out !== undefined || args.dryRun === true || args.yes === true || session.prompter !== null)
    return;
  throw new StrongroomError(
    'USAGE',
    `This ${command} would replace your backups, and there is no terminal to ask you.`,
    {
      hint: 'Add --yes to agree beforehand (originals are kept), or --out FOLDER to leave the originals untouched.',
    },
  );
}

/** @throws USAGE */
export function requireSensibleOriginals({
  originals,
  quarantineDays,
}: Pick<ConsentArguments, 'originals' | 'quarantineDays'>): void {
  if (quarantineDays === undefined || originals === 'quarantine') return;
  throw new StrongroomError('USAGE', '--quarantine-days only makes sense with --originals quarantine.');
}

/** At a terminal a plan has to stay readable. */
export const SHOWN_BEFORE_CONSENT = 20;

export interface PlanToAgree {
  readonly yes: boolean | undefined;
  /** The plan in words, at most `SHOWN_BEFORE_CONSENT` of each kind. */
  readonly lines: () => readonly string[];
  /** Noted where nobody is asked; null: nothing is. */
  readonly summary: string | null;
  /** What a no leaves. */
  readonly afterNo: string;
}

/** Shows a plan and asks, unless the yes was given beforehand or nobody can be asked. @throws CANCELLED when the person says no */
export async function agreeToPlan(
  { prompter, screen }: Session,
  { yes, lines, summary, afterNo }: PlanToAgree,
): Promise<void> {
  if (yes === true || prompter === null) {
    if (summary !== null) screen.note(summary);
    return;
  }
  prompter.say(lines().join('\n'));
  if (await prompter.confirm('Go on?')) return;
  throw new StrongroomError('CANCELLED', afterNo);
}

/**
 * Shows what would be done and asks. What the plan has settled already, because there is nothing to do or it
 * cannot be done, is in the result and need not be tried again.
 * @throws CANCELLED when the person says no
 */
export async function settleByPlan(
  session: Session,
  targets: readonly Target[],
  destination: Destination,
  plan: (target: Target) => Promise<RecodeReport>,
): Promise<Map<Target, Promise<RecodeReport>>> {
  const settled = new Map<Target, Promise<RecodeReport>>();
  const planned: { readonly target: Target; readonly report: RecodeReport }[] = [];
  const lines: string[] = [];
  for (const [index, target] of targets.entries()) {
    session.screen.live(`Making the plan (${index + 1} of ${targets.length})`);
    try {
      const report = await plan(target);
      if (report.outcome !== 'planned') settled.set(target, Promise.resolve(report));
      else planned.push({ target, report });
    } catch (error) {
      if (errorCode(error) === 'CANCELLED') throw error;
      const failed = Promise.reject<RecodeReport>(error);
      failed.catch(() => undefined);
      settled.set(target, failed);
      lines.push(
        `  ${printable(target.shownAs)}: left alone. ${printable(describeFileProblem(error, 'this file').message)}`,
      );
    }
  }
  session.screen.live(null);
  if (planned.length === 0 || session.prompter === null) return settled;
  for (const { target, report } of planned) {
    lines.push(
      `  ${printable(target.shownAs)} (${session.formats.size(report.inputBytes)}): ${changes(report).join('; ')}`,
    );
  }
  session.prompter.say(
    ['This is the plan:', ...lines, whereOriginalsGo(destination), ...warnings(planned)].join('\n'),
  );
  if (await session.prompter.confirm('Go on?')) return settled;
  throw new StrongroomError('CANCELLED', 'Nothing was changed.');
}

function whereOriginalsGo(destination: Destination): string {
  if (destination.kind === 'folder')
    return `The originals stay untouched; the new files go to ${destination.folder}.`;
  const after = 'Each new file is read back and compared before it takes the place of its original.';
  switch (destination.originals) {
    case 'keep':
      return `${after} The originals stay beside them, with .orig behind the name.`;
    case 'quarantine':
      return `${after} The originals go to a quarantine folder for ${destination.quarantineDays ?? 30} days.`;
    case 'trash':
      return `${after} The originals go to the trash.`;
  }
}

function warnings(planned: readonly { readonly report: RecodeReport }[]): string[] {
  const lines = planned.map(({ report }) => restoreLine(report.restoreNeeds)).filter((line) => line !== null);
  const decrypts = planned.some(({ report }) => report.operation === 'decrypt');
  return [
    ...new Set(lines),
    ...(decrypts ? ['Everyone who has the new files can read them: they are not encrypted.'] : []),
  ];
}
