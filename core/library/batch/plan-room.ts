// Room for what was planned: measured where each new file will be, on whatever file systems those are.

import { dirname } from 'node:path';

import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import type { PlannedVolume } from '../../../shared/library.ts';
import { planSpace } from './batch-space.ts';
import type { Draft } from './plan-draft.ts';
import { findVolumes } from './writing-room.ts';

/** Turns what does not fit into `no-room`; says what each file system is used for. */
export async function makeRoom(drafts: readonly Draft[]): Promise<PlannedVolume[]> {
  const writing = drafts.flatMap((draft) =>
    draft.item.state === 'do' && draft.outputPath !== null
      ? [{ draft, folder: dirname(draft.outputPath) }]
      : [],
  );
  const volumes = await findVolumes(writing.map(({ folder }) => folder));
  const found = [...new Set(volumes.values())];
  const spaceItems = writing.map(({ draft, folder }) => ({
    volumeId: volumes.get(folder)?.id ?? '',
    outputBytes: draft.item.outputBytes,
  }));
  const { fits, uses } = planSpace(spaceItems, found);
  for (const [index, { draft }] of writing.entries()) {
    if (fits[index] === true) continue;
    const error = toPlainError(noRoomLeft(draft.item.outputBytes));
    draft.settle({ state: 'no-room', message: error.message, error });
  }
  return found.map(({ id, folder, freeBytes }) => {
    const use = uses.find((one) => one.id === id);
    return { folder, freeBytes, neededBytes: use?.neededBytes ?? 0, growthBytes: use?.growthBytes ?? 0 };
  });
}

function noRoomLeft(neededBytes: number): StrongroomError {
  return new StrongroomError(
    'NO_SPACE',
    'There is no room for it on its drive beside the backups that are rewritten before it.',
    {
      hint: 'Free some space there, or do it in parts: once you have removed originals that you do not need any more, plan the rest.',
      details: { neededBytes },
    },
  );
}
