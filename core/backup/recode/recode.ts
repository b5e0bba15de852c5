// Migrate, rekey, encrypt, decrypt and repair in one engine, with the steps of “Nothing is ever lost”: preflight,
// write beside, sync, read back from disk and compare, swap. The original is replaced only by what was read back.

import { randomBytes } from 'node:crypto';
import { chmod, chown, realpath, stat, statfs, utimes } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import type { RecodeReport, RecodedMember, Remark } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';
import {
  OutputFile,
  identityOf,
  purgeQuarantine,
  recoverFolder,
  sameFile,
  throwIfCancelled,
  type FileIdentity,
  type Replacing,
} from '../../files/index.ts';
import { openBackup, type BackupFile } from '../file/backup-file.ts';
import { KeyRing } from '../open/key-ring.ts';
import { rewriteMetadata } from '../file/metadata.ts';
import type { MemberRunner } from '../member-tasks.ts';
import type { Destination, RecodeOptions, TaskOptions } from '../options.ts';
import { ProgressMeter } from '../progress-meter.ts';
import { readBack } from './read-back.ts';
import { layOut, planRecode, storedBytes, type RecodePlan } from './plan.ts';
import { takeTwin } from './take-twin.ts';
import { writeMembers, type WriteJob, type WrittenBackup, type WrittenMember } from './write-members.ts';

const DEFAULT_QUARANTINE_DAYS = 30;
/** Room for the journal, the folder and the file system's own needs. */
const SPACE_MARGIN_BYTES = 1024 * 1024;

/**
 * Recodes one backup. On any error the original is untouched and nothing is left behind.
 * @throws KEY_REQUIRED, WRONG_KEY, DAMAGED_*, TRUNCATED, UNSUPPORTED_VERSION, NOT_A_BACKUP, NO_SPACE,
 * OUTPUT_REFUSED, SOURCE_CHANGED, BUSY, CANCELLED, IO_FAILED
 */
export async function recode(
  path: string,
  options: RecodeOptions,
  runner: MemberRunner,
): Promise<RecodeReport> {
  const wish = {
    operation: options.operation,
    newKey: options.newKey,
    format: options.format ?? 'v3',
  } as const;
  const keys = options.newKey === undefined ? options.keys : [...options.keys, options.newKey];
  const ring = new KeyRing(runner.sodium, keys);
  try {
    return await carryOut(path, options, runner, ring, (backup) => planRecode(backup, wish, ring));
  } finally {
    ring.wipe();
  }
}

export interface CarryOutOptions extends TaskOptions {
  readonly destination: Destination;
  readonly dryRun?: boolean;
  readonly twins?: readonly string[];
}

/** The engine behind `recode` and `repair`, which differ only in their plan. */
export async function carryOut(
  path: string,
  options: CarryOutOptions,
  runner: MemberRunner,
  ring: KeyRing,
  makePlan: (backup: BackupFile) => Promise<RecodePlan>,
): Promise<RecodeReport> {
  const started = performance.now();
  const { destination } = options;
  if (options.dryRun !== true) await cleanUpBefore(path, destination);
  const original = await identityOf(path);
  const backup = await openBackup(path);
  try {
    const plan = await makePlan(backup);
    throwIfCancelled(options.signal);
    const report = (parts: Partial<RecodeReport>): RecodeReport => ({
      path,
      operation: plan.operation,
      outcome: 'done',
      message: '',
      outputPath: null,
      originalPath: null,
      originals: 'untouched',
      inputBytes: backup.layout.fileBytes,
      outputBytes: 0,
      members: [],
      remarks: [],
      durationMs: performance.now() - started,
      restoreNeeds: plan.restoreNeeds,
      ...parts,
    });
    if (plan.nothingToDo !== null) return report({ outcome: 'nothing-to-do', message: plan.nothingToDo });

    // In place of a link, what is replaced is the file it points to.
    const finalPath =
      destination.kind === 'folder' ? join(destination.folder, basename(path)) : await realpath(path);
    const metadata = rewriteMetadata(backup.metadataBytes, plan.isProtected);
    const outer = layOut(backup, plan, metadata);
    await requireRoom(finalPath, outer.totalBytes);
    if (options.dryRun === true) {
      await requireFreeName(path, finalPath, destination);
      return report({
        outcome: 'planned',
        message: describePlan(plan),
        outputPath: finalPath,
        outputBytes: outer.totalBytes,
        members: plannedMembers(plan),
      });
    }
    await requireFreeName(path, finalPath, destination);
    const output = await OutputFile.create(finalPath, replacingOf(destination, original));
    try {
      const meter = new ProgressMeter('writing', bytesToMove(plan), options.onProgress);
      const digestKey = randomBytes(32);
      const { signal } = options;
      const job: WriteJob = { backup, plan, metadata, output, ring, runner, digestKey, meter, signal };
      const taken = await takeTwin(job, options.twins ?? []);
      const written = taken ?? (await writeAnew(job));
      throwIfCancelled(options.signal);
      await requireUnchanged(path, original);
      meter.enter('swapping');
      const ownerRemarks = await keepAttributes(backup, output);
      const { originalPath, trashProblem } = await output.publish();
      return report({
        message: taken === null ? describeDone(plan) : `${describeDone(plan)} ${STILL_A_COPY}`,
        outputPath: finalPath,
        originalPath,
        originals:
          destination.kind === 'folder'
            ? 'untouched'
            : trashProblem === null
              ? destination.originals
              : 'keep',
        outputBytes: written.outer.totalBytes,
        members: recodedMembers(plan, written.members),
        remarks: [
          ...written.members.flatMap(({ remarks }) => remarks),
          ...ownerRemarks,
          ...trashRemarks(trashProblem, originalPath),
        ],
      });
    } finally {
      await output.discard();
    }
  } finally {
    await backup.close();
  }
}

/** Written, synced, and read back from the disk. */
async function writeAnew(job: WriteJob): Promise<WrittenBackup> {
  const written = await writeMembers(job);
  await job.output.handle.sync();
  job.meter.enter('reading-back');
  await readBack({ ...job, written });
  return written;
}

/** Finishes or undoes what an earlier run left, and removes quarantined originals whose time is over. */
async function cleanUpBefore(path: string, destination: Destination): Promise<void> {
  const folder = dirname(await realpath(path).catch(() => path)); // half-way through a swap it may have no name
  await ignoringMissing(recoverFolder(folder));
  if (destination.kind === 'in-place') await ignoringMissing(purgeQuarantine(folder));
  else await ignoringMissing(recoverFolder(destination.folder));
}

async function ignoringMissing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error; // said when the backup is opened or the output created
  }
}

/** What was written is a copy of the file as it was at the start, or of a mixture. @throws SOURCE_CHANGED */
async function requireUnchanged(path: string, original: FileIdentity | null): Promise<void> {
  if (sameFile(await identityOf(path), original)) return;
  throw new StrongroomError(
    'SOURCE_CHANGED',
    'The file changed while it was being worked on; it was left as it is now.',
    {
      hint: 'Wait until the download or copy is finished, then try again.',
    },
  );
}

/** Each member is read once from the old file and once from the new one. */
function bytesToMove({ members }: RecodePlan): number {
  return members.reduce((sum, member) => sum + member.opened.member.entry.sizeBytes + storedBytes(member), 0);
}

/** @throws NO_SPACE, OUTPUT_REFUSED */
export async function requireRoom(finalPath: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(finalPath)).catch((error: unknown) => {
    throw new StrongroomError('OUTPUT_REFUSED', `There is no folder “${dirname(finalPath)}”.`, {
      hint: 'Choose a folder that exists.',
      cause: error,
    });
  });
  const free = bavail * bsize;
  if (free >= bytes + SPACE_MARGIN_BYTES) return;
  throw new StrongroomError(
    'NO_SPACE',
    `There is not enough room: ${bytes} bytes are needed, ${free} are free.`,
    {
      hint: 'Free some space, or write to another drive. Nothing was begun.',
      details: { neededBytes: bytes, freeBytes: free },
    },
  );
}

export async function requireFreeName(
  path: string,
  finalPath: string,
  destination: Destination,
): Promise<void> {
  if (destination.kind === 'in-place') return;
  if (resolve(path) === resolve(finalPath)) {
    throw new StrongroomError(
      'OUTPUT_REFUSED',
      'The output folder is the backup’s own folder: it would replace the original.',
      {
        hint: 'Choose another folder, or replace it on purpose with --originals.',
      },
    );
  }
  if ((await identityOf(finalPath)) === null) return;
  throw new StrongroomError('OUTPUT_REFUSED', `“${finalPath}” already exists; nothing is ever overwritten.`, {
    hint: 'Choose another folder, or move that file away.',
  });
}

function replacingOf(destination: Destination, original: Awaited<ReturnType<typeof identityOf>>): Replacing {
  if (destination.kind === 'folder') return { kind: 'new-file' };
  if (original === null) throw new StrongroomError('INTERNAL', 'the file to be replaced has no identity');
  const quarantineDays = destination.quarantineDays ?? DEFAULT_QUARANTINE_DAYS;
  return { kind: 'replace', original, originals: destination.originals, quarantineDays };
}

/** Mode, times and, where somebody else's file is written, owner of the original. What of it could not be kept is told. */
export async function keepAttributes(
  backup: Pick<BackupFile, 'handle'>,
  { partialPath }: Pick<OutputFile, 'partialPath'>,
): Promise<Remark[]> {
  const original = await backup.handle.stat();
  await chmod(partialPath, original.mode & 0o7777);
  await utimes(partialPath, original.atime, original.mtime);
  return process.getuid?.() === 0 ? keepOwner(partialPath, original) : []; // nobody else may give files away
}

/** As root. In many containers even root may not, and a backup must not be lost for that. */
export async function keepOwner(
  path: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
  change: typeof chown = chown,
): Promise<Remark[]> {
  const own = await stat(path);
  if (own.uid === uid && own.gid === gid) return [];
  try {
    await change(path, uid, gid);
    return [];
  } catch (error) {
    if (!OWNER_REFUSED.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return [
      {
        code: 'OWNER_NOT_KEPT',
        message: `The system did not allow the new file to be given to the owner of the original (user ${uid}, group ${gid}), so it belongs to user ${own.uid}, group ${own.gid}.`,
      },
    ];
  }
}

/** Not allowed; unknown in this container; not known by this file system. */
const OWNER_REFUSED: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EINVAL', 'ENOSYS', 'ENOTSUP']);

function plannedMembers(plan: RecodePlan): RecodedMember[] {
  return plan.members.map(({ opened, format, content }) => ({
    name: opened.member.name,
    from: opened.member.variant,
    to: format ?? opened.member.variant,
    plaintextBytes: content.plaintextBytes,
    change: format === null ? 'copied' : 'recoded',
    remarks: [],
  }));
}

function recodedMembers(plan: RecodePlan, written: readonly WrittenMember[]): RecodedMember[] {
  return plannedMembers(plan).map((member, index) => {
    const result = written[index];
    if (result === undefined) return member;
    return { ...member, plaintextBytes: result.content.plaintextBytes, remarks: result.remarks };
  });
}

function trashRemarks(problem: string | null, originalPath: string | null): Remark[] {
  if (problem === null) return [];
  return [
    {
      code: 'ORIGINAL_NOT_TRASHED',
      message: `The original could not be moved to the trash and stays as “${originalPath}”.`,
    },
  ];
}

function describePlan(plan: RecodePlan): string {
  return `Would ${plan.operation} ${count(plan)}${underKey(plan)}.`;
}

function describeDone(plan: RecodePlan): string {
  const done = {
    migrate: 'Migrated',
    rekey: 'Re-encrypted',
    encrypt: 'Encrypted',
    decrypt: 'Decrypted',
    repair: 'Repaired',
  };
  return `${done[plan.operation]} ${count(plan)}${underKey(plan)}; the new file was read back from disk and is complete.`;
}

function count({ members }: RecodePlan): string {
  const changed = members.filter(({ format }) => format !== null).length;
  return changed === 1 ? '1 part' : `${changed} parts`;
}

function underKey({ key }: RecodePlan): string {
  return key === null ? '' : ` under your key “${key.label}”`;
}

const STILL_A_COPY = 'It is the same file as another copy of this backup that was rewritten before.';
