// A plan with everything that was chosen: also what the engine was not asked about, and the sizes of files that it did not come to. Pure.

import type { BatchPlan, LibraryBackup, PlannedItem } from '../../../shared/library.ts';
import { t } from '../../messages/messages.ts';
import { isLeftOut, type Candidate } from './candidates.ts';

/**
 * @param candidates what the plan was to be about
 * @param backups of the library
 */
export function wholePlan(
  plan: BatchPlan,
  candidates: readonly Candidate[],
  backups: readonly LibraryBackup[],
): BatchPlan {
  const sizes = new Map(
    backups.flatMap(({ copies }) => copies.map(({ path, sizeBytes }) => [path, sizeBytes] as const)),
  );
  const planned = plan.items.map((item) =>
    item.inputBytes > 0 ? item : { ...item, inputBytes: sizes.get(item.path) ?? 0 },
  );
  const leftOut = candidates.filter(isLeftOut).flatMap(({ backup }) => itemsLeftOut(backup));
  return { ...plan, items: [...planned, ...leftOut] };
}

function itemsLeftOut({ identity, name, date, copies }: LibraryBackup): PlannedItem[] {
  return copies
    .filter(({ folderId }) => folderId !== null)
    .map(({ path, sizeBytes }) => ({
      path,
      identity,
      name,
      date,
      state: 'blocked',
      message: t('migrate.plan.left-out.damaged'),
      error: null,
      inputBytes: sizeBytes,
      outputBytes: 0,
      restoreNeeds: null,
    }));
}
