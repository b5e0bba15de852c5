// The answer of `verify`: can this backup be restored, and if not, which of the different reasons it is.

import type { BackupVerification, MemberStatus, MemberVerification } from '../../shared/backup.ts';
import { adviceFor } from '../../shared/reports/advice.ts';
import { printable } from '../../shared/reports/printable.ts';
import { formatTable } from '../../shared/reports/table.ts';
import { formatName, listOfNames, remarkLines, type ReportContext } from '../../shared/reports/words.ts';

const RESULTS: Readonly<Record<MemberStatus, string>> = {
  good: 'good',
  locked: 'locked',
  damaged: 'DAMAGED',
  truncated: 'CUT OFF',
  unsupported: 'unknown format',
};

export function describeVerification(report: BackupVerification, context: ReportContext): string[] {
  const remarks = [...report.inspection.remarks, ...report.remarks];
  return [
    headline(report, context),
    ...whatToDo(report, context),
    '',
    ...partsTable(report, context),
    ...partProblems(report, context),
    ...remarkLines(remarks),
    '',
    `Checked in ${context.formats.duration(report.durationMs)} (${report.level}).`,
  ];
}

/** The one sentence that answers the question. */
export function headline(report: BackupVerification, context: ReportContext): string {
  const count = report.members.length;
  const not = (status: MemberStatus): number =>
    report.members.filter((member) => member.status === status).length;
  switch (report.status) {
    case 'good':
      return `${goodHeadline(report)}${missingParts(report)}`;
    case 'locked':
      return lockedHeadline(report, context, not('locked'));
    case 'damaged': {
      const damaged = not('damaged');
      const where =
        damaged === 0
          ? ''
          : `: ${damaged} of ${context.formats.countOf(count, 'part', 'parts')} cannot be trusted as it is`;
      return `This backup is damaged${where}.`;
    }
    case 'truncated':
      return 'This backup is cut off: the file ends too early, as after a broken download or copy.';
    case 'unsupported':
      return 'This backup is written in a format that this version of Strongroom does not know.';
  }
}

function goodHeadline(report: BackupVerification): string {
  if (report.members.length === 0)
    return 'This backup holds only its own description and no parts; there is nothing in it that could be broken.';
  const keys = [...new Set(report.members.flatMap(({ keyLabel }) => (keyLabel === null ? [] : [keyLabel])))];
  const opens =
    keys.length === 0
      ? 'is not encrypted'
      : `opens with your ${keys.length === 1 ? 'key' : 'keys'} ${listOfNames(keys)}`;
  switch (report.level) {
    case 'quick':
      return `This backup ${opens}, and its structure is in order. The files inside were not read; "verify --full" does that.`;
    case 'full':
      return `This backup ${opens} and every file in it can be read.`;
    case 'deep':
      return `This backup ${opens}, every file in it can be read, and its databases and settings are sound.`;
  }
}

function missingParts({ inspection }: BackupVerification): string {
  const count = inspection.remarks.filter(({ code }) => code === 'MEMBER_MISSING').length;
  if (count === 0) return '';
  return ` But ${count === 1 ? 'a part that it lists is' : `${count} parts that it lists are`} not in the file: see below.`;
}

function lockedHeadline(report: BackupVerification, { keyLabels }: ReportContext, locked: number): string {
  const all =
    report.members.filter((member) => member.status === 'good' && member.keyLabel !== null).length === 0;
  const what = all ? 'this backup' : `${locked} of its ${report.members.length} parts`;
  if (keyLabels.length === 0)
    return 'This backup is encrypted, and no key was given: its content could not be checked.';
  return keyLabels.length === 1
    ? `Your key ${listOfNames(keyLabels)} does not open ${what}.`
    : `None of your keys (${listOfNames(keyLabels)}) opens ${what}.`;
}

function somethingOpens(report: BackupVerification): boolean {
  return report.members.some((member) => member.status === 'good' && member.keyLabel !== null);
}

function whatToDo(report: BackupVerification, context: ReportContext): string[] {
  const { error } = report;
  if (error === null) return [];
  const advice = adviceFor(error, 'verify', context.shownAs);
  const steps = [error.hint, advice].filter((step) => step !== undefined && step !== null);
  return steps.length === 0 ? [] : ['', 'What to do:', ...steps.map((step) => `- ${printable(step)}`)];
}

function partsTable(report: BackupVerification, { formats }: ReportContext): string[] {
  if (report.members.length === 0) return [];
  const read = report.level !== 'quick';
  return formatTable(
    [
      { title: 'Part' },
      { title: 'Format' },
      { title: 'Size', align: 'right' },
      ...(read ? [{ title: 'Entries', align: 'right' as const }] : []),
      { title: 'Result' },
    ],
    report.members.map((member) => [
      printable(member.title),
      formatName(member.variant),
      formats.size(member.sizeBytes),
      ...(read ? [formats.count(member.entryCount)] : []),
      RESULTS[member.status],
    ]),
  );
}

function partProblems(report: BackupVerification, context: ReportContext): string[] {
  // Where nothing opens, the headline has said it all.
  const told = report.members.filter(
    (member) => report.status !== 'locked' || member.status !== 'locked' || somethingOpens(report),
  );
  const lines = told.flatMap((member) => problemLines(member, context));
  const own = report.error;
  const said =
    own === null ||
    report.status === 'locked' ||
    report.members.some((member) => member.error?.message === own.message);
  const all = [...(said ? [] : [printable(own.message)]), ...lines];
  return all.length === 0 ? [] : ['', ...all];
}

function problemLines(member: MemberVerification, { formats }: ReportContext): string[] {
  const lines =
    member.error === null ? [] : [`${printable(member.title)}: ${printable(member.error.message)}`];
  const { salvageable, deep } = member;
  if (salvageable !== null && salvageable.entryCount > 0) {
    const saved = formats.countOf(salvageable.entryCount, 'entry', 'entries');
    lines.push(`  Before the damage ${saved} (${formats.size(salvageable.bytes)}) can be saved.`);
  }
  for (const finding of deep?.findings ?? []) {
    lines.push(`  ${printable(finding.entry)}: ${printable(finding.message)}`);
  }
  return lines;
}
