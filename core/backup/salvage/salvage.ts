// Everything that can still be read from a damaged or cut-off backup, as a new backup that verifies: whole parts byte
// for byte, damaged ones with all files before the damage. The input is never touched; what is missing is listed.

import { basename, join } from 'node:path';

import type { Remark, SalvageReport } from '../../../shared/backup.ts';
import { StrongroomError, toPlainError } from '../../../shared/errors.ts';
import { OutputFile, recoverFolder, throwIfCancelled } from '../../files/index.ts';
import { KeyRing } from '../open/key-ring.ts';
import { openBackupFile } from '../file/layout.ts';
import { folderOf, missingMembers } from '../file/member.ts';
import type { MemberRunner } from '../member-tasks.ts';
import { openMembers } from '../open/open-member.ts';
import type { SalvageOptions } from '../options.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { keepAttributes, requireFreeName, requireRoom } from '../recode/recode.ts';
import { assess, type Assessment } from './assess.ts';
import { findParts, type Found } from './find.ts';
import { openDamaged } from './mend.ts';
import { metadataPart, remakesMetadata } from './metadata-part.ts';
import { SalvagedParts } from './parts.ts';
import { planParts, writeParts, type OutputPart } from './write.ts';

/**
 * Salvages one backup into `options.folder`, under the same file name. Nothing is written when nothing is damaged
 * or for a dry run.
 * @throws what is wrong with the backup when nothing at all can be saved (KEY_REQUIRED and WRONG_KEY first: a key
 * may still help); NOT_A_BACKUP, OUTPUT_REFUSED, NO_SPACE, BUSY, CANCELLED, IO_FAILED
 */
export async function salvage(
  path: string,
  options: SalvageOptions,
  runner: MemberRunner,
): Promise<SalvageReport> {
  const started = performance.now();
  const handle = await openBackupFile(path);
  const ring = new KeyRing(runner.sodium, options.keys);
  try {
    const found = await findParts(handle);
    const assessments = await assessAll(path, found, { handle, ring, runner, options });
    requireSomething(found, assessments);
    const report = (outputPath: string | null, remarks: readonly Remark[]): SalvageReport => ({
      path,
      outputPath,
      members: assessments.map(describe),
      missing: missing(found, assessments),
      remarks: [...found.remarks, ...assessments.flatMap((one) => one.remarks), ...remarks],
      durationMs: performance.now() - started,
    });
    if (isWhole(found, assessments)) return report(null, [nothingDamaged()]);
    const metadata = await metadataPart({ path, handle, ring, found, assessments, signal: options.signal });
    if (options.dryRun === true) return report(null, metadata.remarks);

    const finalPath = join(options.folder, basename(path));
    await requireFreeName(path, finalPath, { kind: 'folder', folder: options.folder });
    const making = new SalvagedParts({ handle, ring, signal: options.signal }, assessments);
    try {
      const parts = await makeParts(found, assessments, metadata.part, making);
      await requireRoom(finalPath, planParts(parts).totalBytes);
      await recoverFolder(options.folder);
      const output = await OutputFile.create(finalPath, { kind: 'new-file' });
      try {
        const { signal, onProgress, keys } = options;
        await writeParts({ output, parts, runner, keys, signal, onProgress });
        throwIfCancelled(signal);
        const ownerRemarks = await keepAttributes({ handle }, output);
        await output.publish();
        return report(finalPath, [...metadata.remarks, ...ownerRemarks]);
      } finally {
        await output.discard();
      }
    } finally {
      making.wipe();
    }
  } finally {
    ring.wipe();
    await handle.close();
  }
}

interface AssessAll {
  readonly handle: Awaited<ReturnType<typeof openBackupFile>>;
  readonly ring: KeyRing;
  readonly runner: MemberRunner;
  readonly options: SalvageOptions;
}

async function assessAll(
  path: string,
  { members }: Found,
  { handle, ring, runner, options }: AssessAll,
): Promise<Assessment[]> {
  const { signal, onProgress } = options;
  const openings = await openDamaged(handle, await openMembers({ handle, members }, ring), ring);
  throwIfCancelled(signal);
  const totalBytes = members.reduce((sum, { entry }) => sum + entry.presentBytes, 0);
  const meter = new ProgressMeter('reading', totalBytes, onProgress);
  const job = { path, handle, ring, runner, signal, onBytes: meter.add };
  // All have ended before the file is closed, whatever one of them throws.
  const settled = await Promise.allSettled(openings.map((opening) => assess(job, opening)));
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** The parts in the old order; new metadata takes the place of the old, or comes last. */
async function makeParts(
  { entries }: Found,
  assessments: readonly Assessment[],
  metadata: OutputPart,
  making: SalvagedParts,
): Promise<OutputPart[]> {
  const byEntry = new Map(assessments.map((one) => [one.opening.member.entry, one]));
  const parts: OutputPart[] = [];
  for (const entry of entries) {
    const assessment = byEntry.get(entry);
    if (entry === metadata.entry) parts.push(metadata);
    else if (assessment !== undefined) {
      const part = await making.make(assessment);
      if (part !== null) parts.push(part);
    } else if (entry.header.type !== 'file' && entry.sizeBytes === 0) {
      parts.push({ entry, sizeBytes: 0, isCopied: true, content: nothing });
    }
  }
  return parts.includes(metadata) ? parts : [...parts, metadata];
}

// eslint-disable-next-line @typescript-eslint/require-await -- the content of a folder entry
async function* nothing(): AsyncGenerator<Buffer> {
  yield* [];
}

function isSaved({ fate }: Assessment): boolean {
  return fate.kind !== 'lost';
}

/** @throws the reason why nothing is left */
function requireSomething({ scan, metadata }: Found, assessments: readonly Assessment[]): void {
  if (assessments.some((one) => isSaved(one) && one.opening.member.variant !== 'empty')) return;
  const errors = assessments.flatMap(({ error }) => (error === null ? [] : [error]));
  const key = errors.find(({ code }) => code === 'KEY_REQUIRED' || code === 'WRONG_KEY');
  const reason = key ?? scan.problem ?? errors[0] ?? metadata?.problem;
  if (reason == null) return; // whole, but with nothing in it
  throw new StrongroomError(reason.code, reason.message, {
    hint: key?.hint ?? 'Nothing in this file can be saved. Use another copy of the backup.',
    details: reason.details,
    cause: reason,
  });
}

function isWhole(found: Found, assessments: readonly Assessment[]): boolean {
  const { scan, metadata } = found;
  if (scan.problem !== null || metadata === null || remakesMetadata(metadata)) return false;
  if (!scan.endMarker && missing(found, assessments).length > 0) return false;
  return assessments.every(({ fate }) => fate.kind === 'copy' && fate.header === null);
}

function missing({ metadata }: Found, assessments: readonly Assessment[]): string[] {
  const lost = assessments.filter((one) => !isSaved(one)).map(({ opening }) => opening.member.name);
  if (metadata?.parsed == null) return lost;
  const saved = assessments.filter(isSaved).map(({ opening }) => opening.member);
  const listed = missingMembers(metadata.parsed.metadata, saved);
  return [...new Set([...listed, ...lost.filter((name) => !listed.includes(folderOf(name)))])];
}

function describe({
  opening,
  fate,
  entryCount,
  bytes,
  lastGoodEntry,
  error,
}: Assessment): SalvageReport['members'][number] {
  const statuses = { copy: 'complete', rebuild: 'partial', lost: 'lost' } as const;
  return {
    name: opening.member.name,
    status: statuses[fate.kind],
    entryCount,
    bytes,
    lastGoodEntry,
    error: error === null ? null : toPlainError(error),
  };
}

function nothingDamaged(): Remark {
  const message =
    'Nothing in this backup is damaged, so nothing was written. For what Home Assistant itself leaves odd, repair it.';
  return { code: 'NOTHING_DAMAGED', message };
}
