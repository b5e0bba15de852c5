// A corrected copy of a backup that is whole but was left odd by Home Assistant: see docs/formats.md (“Repairable
// damage”, “The metadata is not the truth”, “Ends that were cut”). The input is never touched, damage never papered over.

import type { RecodeReport, Remark } from '../../../shared/backup.ts';
import { KeyRing } from '../open/key-ring.ts';
import type { MemberRunner } from '../member-tasks.ts';
import type { RepairOptions } from '../options.ts';
import { carryOut } from './recode.ts';
import { planRepair } from './repair-plan.ts';

/**
 * Writes a corrected copy into `options.folder`, under the same file name, and reads it back. Everything that needs
 * no correction is copied byte for byte. Where nothing is wrong, nothing is written.
 * @throws KEY_REQUIRED, WRONG_KEY when a correction needs a key; DAMAGED_*, TRUNCATED, UNSUPPORTED_VERSION for what
 * no repair can mend (see `salvage`); NOT_A_BACKUP, USAGE, NO_SPACE, OUTPUT_REFUSED, BUSY, CANCELLED, IO_FAILED
 */
export async function repair(
  path: string,
  options: RepairOptions,
  runner: MemberRunner,
): Promise<RecodeReport> {
  const ring = new KeyRing(runner.sodium, options.keys);
  let corrections: readonly string[] = [];
  let unchecked: readonly Remark[] = [];
  try {
    const { folder, ...rest } = options;
    const carried = { ...rest, destination: { kind: 'folder', folder } } as const;
    const report = await carryOut(path, carried, runner, ring, async (backup) => {
      const repairing = await planRepair(backup, ring, runner, options);
      ({ corrections, unchecked } = repairing);
      return repairing.plan;
    });
    const message = messageFor(report, corrections);
    return { ...report, message, remarks: [...report.remarks, ...unchecked] };
  } finally {
    ring.wipe();
  }
}

function messageFor({ outcome, message }: RecodeReport, corrections: readonly string[]): string {
  const list = corrections.join('; ');
  switch (outcome) {
    case 'nothing-to-do':
      return message;
    case 'planned':
      return `This can be repaired without loss: ${list}. Nothing has been written yet.`;
    case 'done':
      return `Repaired: ${list}. The corrected copy was read back from disk and is complete; your file is as it was.`;
  }
}
