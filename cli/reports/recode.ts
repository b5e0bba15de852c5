// What migrate, rekey, encrypt, decrypt and repair did or would do, and where the original is now.

import type { RecodeReport } from '../../shared/backup.ts';
import { printable } from '../../shared/reports/printable.ts';
import { formatName, remarkLines, type ReportContext, restoreLine } from '../../shared/reports/words.ts';

export function describeRecode(report: RecodeReport, context: ReportContext): string[] {
  const restore = restoreLine(report.restoreNeeds);
  switch (report.outcome) {
    case 'nothing-to-do':
      return [`Nothing to do. ${printable(report.message)}`, ...remarkLines(report.remarks)];
    case 'planned':
      return [
        printable(report.message),
        ...(report.outputPath === null
          ? []
          : [
              `It would be written to ${printable(report.outputPath)} (${context.formats.size(report.outputBytes)}).`,
            ]),
        ...(restore === null ? [] : [restore]),
        ...changes(report),
        ...remarkLines(report.remarks),
      ];
    case 'done':
      return [
        printable(report.message),
        ...whereabouts(report),
        ...(restore === null ? [] : [restore]),
        ...changes(report),
        ...remarkLines(report.remarks),
        '',
        `${context.formats.size(report.outputBytes)} written and read back in ${context.formats.duration(report.durationMs)}.`,
      ];
  }
}

/** "v2 (old) to v3: 7 parts", one line for each kind of change. */
export function changes(report: RecodeReport): string[] {
  const counts = new Map<string, number>();
  for (const { from, to, change } of report.members) {
    const what =
      change === 'copied' || from === to
        ? `${formatName(from)}, ${change === 'copied' ? 'as it was' : 'written anew'}`
        : `${formatName(from)} to ${formatName(to)}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${what}: ${count} ${count === 1 ? 'part' : 'parts'}`);
}

function whereabouts({ outputPath, originalPath, originals }: RecodeReport): string[] {
  const output = outputPath === null ? [] : [`The new backup: ${printable(outputPath)}`];
  switch (originals) {
    case 'untouched':
      return [...output, 'The original is untouched.'];
    case 'keep':
      return [...output, `The original is kept: ${printable(originalPath ?? '')}`];
    case 'quarantine':
      return [...output, `The original is in quarantine: ${printable(originalPath ?? '')}`];
    case 'trash':
      return [...output, 'The original is in the trash.'];
  }
}
