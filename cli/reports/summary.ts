// The last line about many backups: how many are good, and what became of the others.

import { EXIT, type ExitCode, WORST_FIRST } from '../exit-code.ts';
import type { Formats } from '../../shared/reports/formats.ts';

const WORDS: Readonly<Partial<Record<ExitCode, string>>> = {
  [EXIT.other]: 'failed',
  [EXIT.usage]: 'not possible as asked',
  [EXIT.noKeyFits]: 'without a fitting key',
  [EXIT.damaged]: 'damaged',
  [EXIT.cutOff]: 'cut off',
  [EXIT.unsupported]: 'of an unknown format',
  [EXIT.notABackup]: 'not a backup',
  [EXIT.refused]: 'refused',
  [EXIT.cancelled]: 'stopped',
};

/** "12 backups: 10 good, 1 damaged, 1 cut off."; empty for a single one. */
export function summaryLines(
  results: readonly { readonly exitCode: ExitCode }[],
  formats: Formats,
  goodWord: string,
): string {
  if (results.length < 2) return '';
  const counts = WORST_FIRST.toReversed().flatMap(({ code }) => {
    const count = results.filter(({ exitCode }) => exitCode === code).length;
    if (count === 0) return [];
    return [`${formats.count(count)} ${WORDS[code] ?? goodWord}`];
  });
  return `\n${formats.countOf(results.length, 'file', 'files')}: ${counts.join(', ')}.\n`;
}
