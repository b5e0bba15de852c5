// What a batch did, as sentences: what is new, what failed, and where the originals are. Pure.

import type { BatchReport } from '../../../shared/library.ts';
import { t } from '../../messages/messages.ts';

type Outcome = BatchReport['items'][number]['outcome'];

/** @param formats how sizes and times are written */
export function outcomeSentences(
  { request, items, inputBytes, outputBytes, durationMs }: BatchReport,
  formats: { size(bytes: number): string; duration(ms: number): string },
): { readonly title: string; readonly sentences: readonly string[] } {
  const count = (outcome: Outcome): number => items.filter((item) => item.outcome === outcome).length;
  const doneCount = count('done');
  const sentences = [
    ...(doneCount === 0
      ? []
      : [
          t('activity.outcome.work', {
            input: formats.size(inputBytes),
            output: formats.size(outputBytes),
            duration: formats.duration(durationMs),
          }),
          t(`activity.outcome.originals.${request.originals}`, { days: request.quarantineDays }),
        ]),
    ...counted('activity.outcome.failed', count('failed')),
    ...counted('activity.outcome.not-started', count('not-started')),
    ...counted('activity.outcome.nothing', count('nothing-to-do')),
  ];
  return { title: t(`activity.outcome.${request.operation}`, { count: doneCount }), sentences };
}

function counted(
  key: 'activity.outcome.failed' | 'activity.outcome.not-started' | 'activity.outcome.nothing',
  count: number,
): string[] {
  return count === 0 ? [] : [t(key, { count })];
}
