// What becomes of each part of a damaged backup: copied as it is, rebuilt from what can be read, or lost.

import type { FileHandle } from 'node:fs/promises';

import type { MemberVariant, Remark } from '../../../shared/backup.ts';
import { fromPlainError, toPlainError, type StrongroomError } from '../../../shared/errors.ts';
import { V3_HEADER_BYTES, encodeHeader, parseHeader } from '../../securetar/index.ts';
import { BLOCK_BYTES } from '../../tar/index.ts';
import { InnerArchive } from '../read/inner-archive.ts';
import type { KeyRing } from '../open/key-ring.ts';
import { cutOffInside } from '../file/layout.ts';
import type { Member } from '../file/member.ts';
import { wipeSource } from '../open/member-source.ts';
import type { MemberRunner } from '../member-tasks.ts';
import { isArchiveMember, sourceOf } from '../open/open-member.ts';
import type { Opening } from './mend.ts';
import { AvailablePlaintext, isAuthenticated } from './source.ts';
import { surveyArchive, type Survey } from './survey.ts';

export type Fate =
  /** Its stored bytes, `header` in place of the first of them where that was damaged. */
  | { readonly kind: 'copy'; readonly header: Buffer | null }
  | { readonly kind: 'rebuild'; readonly survey: Survey }
  | { readonly kind: 'lost' };

export interface Assessment {
  readonly opening: Opening;
  readonly fate: Fate;
  readonly entryCount: number;
  /** Of a complete part its whole tar, of a partial one the content of the entries saved. */
  readonly bytes: number;
  readonly lastGoodEntry: string | null;
  readonly error: StrongroomError | null;
  readonly remarks: readonly Remark[];
}

export interface AssessJob {
  readonly path: string;
  readonly handle: FileHandle;
  readonly ring: KeyRing;
  readonly runner: MemberRunner;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (bytes: number) => void;
}

/** Reads one part as far as it goes. @throws CANCELLED, INTERNAL */
export async function assess(job: AssessJob, opening: Opening): Promise<Assessment> {
  const { member, error, mended } = opening;
  const isCut = member.entry.presentBytes < member.entry.sizeBytes;
  if (member.variant === 'empty') return complete(opening);
  const cut = isCut ? cutOffInside(member.name, member.entry.sizeBytes - member.entry.presentBytes) : null;
  if (error !== null && cut !== null) return lost(opening, tellsItsKey(member) ? error : cut);
  if (error !== null) return closed(opening, error);
  if (!isCut && mended === null) {
    const reading = await readStrictly(job, opening);
    if (reading.error === null) return { ...complete(opening), ...reading };
    const restored = await readMended(job, withoutSizeField(opening));
    if (restored !== null) return restored;
    return isArchiveMember(member) ? rebuild(job, opening, reading.error) : lost(opening, reading.error);
  }
  if (mended !== null && !isCut) {
    const restored = await readMended(job, opening);
    if (restored !== null) return restored;
  }
  return isArchive(opening) ? rebuild(job, opening, cut) : lost(opening, cut);
}

/** The plaintext of one part, from its start. */
export function available(job: Omit<AssessJob, 'runner' | 'path'>, opening: Opening): AvailablePlaintext {
  return new AvailablePlaintext(job.handle, opening, job.ring, { signal: job.signal, onBytes: job.onBytes });
}

async function readStrictly(
  job: AssessJob,
  opening: Opening,
): Promise<Pick<Assessment, 'entryCount' | 'bytes' | 'remarks' | 'error'>> {
  const source = sourceOf(job.path, opening, job.ring);
  try {
    const { variant } = opening.member;
    const isArchiveTask = isArchiveMember(opening.member);
    const { signal, onBytes } = job;
    const reading = await job.runner.run(
      { kind: 'read', source, variant, isArchive: isArchiveTask, deep: false },
      { signal, onBytes },
    );
    const { entryCount, tarBytes, remarks, error } = reading;
    return { entryCount, bytes: tarBytes, remarks, error: error === null ? null : fromPlainError(error) };
  } finally {
    wipeSource(source);
  }
}

/** A part whose only damage was its header; null where there is more. */
async function readMended(job: AssessJob, opening: Opening): Promise<Assessment | null> {
  const { mended, member } = opening;
  if (mended === null) return null;
  const plaintext = available(job, opening);
  const archive = new InnerArchive(member.name, plaintext.bytes(), mended.version === 3 ? 'v3' : 'v2');
  try {
    await walkToEnd(archive);
  } catch (error) {
    const { code } = toPlainError(error);
    if (code === 'CANCELLED' || code === 'INTERNAL') throw error;
    return null;
  }
  if (plaintext.failure !== null) return null;
  const { tar, remarks, storedPlaintextBytes } = archive.end;
  const header = encodeHeader({ ...mended, plaintextSizeBytes: storedPlaintextBytes });
  return {
    ...complete(opening),
    fate: { kind: 'copy', header },
    entryCount: tar.entryCount,
    bytes: tar.tarBytes,
    remarks: [headerRemark(opening), ...remarks],
  };
}

/** A v2 part as if only its salt were known: the padding at the end tells the size that the field should state. */
function withoutSizeField(opening: Opening): Opening {
  const { member, key } = opening;
  if (member.variant !== 'v2' || key === null || !isArchiveMember(member)) return opening;
  const header = parseHeader(member.start);
  return header.version === 2 ? { ...opening, mended: header } : opening;
}

async function walkToEnd(archive: InnerArchive): Promise<void> {
  const entries = archive.entries();
  while ((await entries.next()).done !== true);
}

async function rebuild(job: AssessJob, opening: Opening, known: StrongroomError | null): Promise<Assessment> {
  const survey = await surveyArchive(() => available(job, opening));
  const error = known ?? survey.error;
  if (survey.entryCount === 0) return lost(opening, error);
  return {
    opening,
    fate: { kind: 'rebuild', survey },
    entryCount: survey.entryCount,
    bytes: survey.bytes,
    lastGoodEntry: survey.lastEntry,
    error,
    remarks: [
      ...(opening.mended === null ? [] : [headerRemark(opening)]),
      ...(isAuthenticated(opening) ? [] : [unprovenRemark(opening)]),
    ],
  };
}

/** Encrypted and no key opens it: whole as far as its outside tells, so it is kept for the day the key is found. */
function closed(opening: Opening, error: StrongroomError): Assessment {
  const isLocked = error.code === 'KEY_REQUIRED' || error.code === 'WRONG_KEY';
  if (!isLocked) return lost(opening, error);
  const { name } = opening.member;
  const message = `“${name}” was copied as it is: none of your keys opens it, so whether it is whole is not known.`;
  return { ...complete(opening), remarks: [{ code: 'MEMBER_LOCKED', member: name, message }] };
}

function complete(opening: Opening): Assessment {
  return {
    opening,
    fate: { kind: 'copy', header: null },
    entryCount: 0,
    bytes: 0,
    lastGoodEntry: null,
    error: null,
    remarks: [],
  };
}

function lost(opening: Opening, error: StrongroomError | null): Assessment {
  return { ...complete(opening), fate: { kind: 'lost' }, error };
}

/** False where so little of it is left that no key could have opened it. */
function tellsItsKey({ entry }: Member): boolean {
  return entry.presentBytes >= V3_HEADER_BYTES + BLOCK_BYTES;
}

function isArchive({ member, mended }: Opening): boolean {
  return mended !== null || isArchiveMember(member);
}

function headerRemark({ member: { name }, mended }: Opening): Remark {
  const proof =
    mended?.version === 3
      ? 'its content authenticates, which proves that it is right'
      : 'its content decrypts to an archive';
  const message = `The encryption header of “${name}” was damaged and was made anew; ${proof}.`;
  return { code: 'HEADER_RESTORED', member: name, message };
}

function unprovenRemark({ member }: Opening): Remark {
  const { name } = member;
  const message = `The files saved from “${name}” are those before the damage, but its format (${formatName(member)}) cannot prove each of them right: the last of them may hold wrong bytes. Look at them before you rely on them.`;
  return { code: 'NOT_AUTHENTICATED', member: name, message };
}

function formatName({ variant }: Member): MemberVariant | 'not encrypted' {
  return variant === 'plain' ? 'not encrypted' : variant;
}
