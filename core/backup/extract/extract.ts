// Unpacks a backup's inner archives into a folder. Names are data, a bad entry never stops the others, a damaged
// member gives what stands before the damage. Rules for names: entry-name.ts (refused), host-name.ts (changed).

import { resolve } from 'node:path';

import type { ExtractReport } from '../../../shared/backup.ts';
import { StrongroomError, toPlainError, type PlainError } from '../../../shared/errors.ts';
import { throwIfCancelled } from '../../files/index.ts';
import type { SodiumProvider } from '../../securetar/index.ts';
import { ChosenMembers, isOfOneMember } from '../open/chosen-members.ts';
import { EntryPatterns } from './entry-pattern.ts';
import { DryRunFolder } from './dry-run.ts';
import { MemberExtraction, memberFolderName, type ExtractTally } from './member.ts';
import { OutputFolder, type ExtractOutput } from './output.ts';
import { ExtractPlaces } from './places.ts';
import { hostPlatform, type HostPlatform } from './host-name.ts';
import { isArchiveMember, type OpenedMember } from '../open/open-member.ts';
import type { ExtractOptions } from '../options.ts';
import { ProgressMeter } from '../progress-meter.ts';

const SALVAGE_HINT = 'Download the backup again. What was extracted before the damage stays in the folder.';

/**
 * Extracts into `<folder>/<member>/<entry's path>`, always with the member's folder; `strip` counts from the entry's
 * path, for which a leading `./` is no component. The folder is made where its parent exists; what is already in it
 * is never overwritten nor written through by a link.
 *
 * Files belong to their owner alone, since they come from an encrypted backup: mode 0600, or 0700 where the archive
 * lets the owner run them; folders 0700. Files keep their modification time. Hard links become copies; symbolic links
 * are recorded, or created on demand where they stay inside their member's folder. A second entry of one name, also
 * one that differs only in case or Unicode form where the system sees no difference, gets a number.
 *
 * What concerns one entry is in the report (`skipped`, `renamed`, `links`), what concerns one member in `failures`.
 * An empty `member` there stands for the whole backup file, in `skipped` for a pattern that nothing matches. Paths in
 * the report have “/” on every system. After a kill at most one `.strongroom-….partial` is left over.
 *
 * @throws USAGE for a member that is not there, an empty pattern or a strip below zero; KEY_REQUIRED, WRONG_KEY,
 *   DAMAGED_HEADER, UNSUPPORTED_VERSION when no chosen member can be opened at all; NO_SPACE, OUTPUT_REFUSED,
 *   NOT_A_BACKUP, TRUNCATED, DAMAGED_METADATA, CANCELLED, IO_FAILED
 */
export async function extract(
  path: string,
  options: ExtractOptions,
  sodium: SodiumProvider,
  platform: HostPlatform = hostPlatform(),
): Promise<ExtractReport> {
  const started = performance.now();
  const strip = requireStrip(options.strip ?? 0);
  if (options.folder === '') throw new StrongroomError('USAGE', 'No folder to extract into was given.');
  const folder = resolve(options.folder);
  const patterns = new EntryPatterns(options.patterns ?? []);
  const chosen = await ChosenMembers.open(path, sodium, options);
  try {
    throwIfCancelled(options.signal);
    requireOpen(chosen.members);
    const output: ExtractOutput =
      options.dryRun === true
        ? await DryRunFolder.open(folder)
        : await OutputFolder.open(folder, options.signal);
    const tally: ExtractTally = { fileCount: 0, bytes: 0, renamed: [], links: [], skipped: [] };
    const failures: { member: string; error: PlainError }[] = [];
    const meter = new ProgressMeter('extracting', chosen.storedBytes, options.onProgress);
    const folders = new ExtractPlaces(platform);
    for (const opened of chosen.members) {
      const { name: member, entry } = opened.member;
      const [memberFolder = ''] = folders.newPath([memberFolderName(member, platform)]);
      if (opened.error !== null) {
        failures.push({ member, error: toPlainError(opened.error) });
        continue;
      }
      if (!isArchiveMember(opened.member)) {
        if (opened.member.variant !== 'empty') tally.skipped.push(notAnArchive(member, entry.storedName));
        continue;
      }
      const links = options.createLinks === true ? 'create' : 'record';
      const rules = { member, folder: memberFolder, platform, strip, links } as const;
      const extraction = new MemberExtraction(rules, output, tally);
      const failure = await readInto(extraction, chosen, opened, patterns, options.signal, meter);
      if (failure !== null) failures.push({ member, error: failure });
    }
    if (chosen.problem !== null) failures.push({ member: '', error: toPlainError(chosen.problem) });
    for (const pattern of patterns.unused) tally.skipped.push(matchesNothing(pattern, failures.length));
    return { path, folder, ...tally, failures, durationMs: performance.now() - started };
  } finally {
    await chosen.close();
  }
}

/** Null, or what ended the member early. */
async function readInto(
  extraction: MemberExtraction,
  chosen: ChosenMembers,
  opened: OpenedMember,
  patterns: EntryPatterns,
  signal: AbortSignal | undefined,
  meter: ProgressMeter,
): Promise<PlainError | null> {
  let unreadBytes = opened.member.entry.sizeBytes;
  const onBytes = (bytes: number) => {
    unreadBytes -= bytes;
    meter.add(bytes);
  };
  let failure: PlainError | null = null;
  try {
    for await (const entry of chosen.entries(opened, { signal, onBytes })) {
      throwIfCancelled(signal);
      if (patterns.select(entry.name)) await extraction.take(entry);
    }
  } catch (error) {
    if (!isOfOneMember(error)) throw error;
    failure = explain(opened, toPlainError(error));
  }
  await extraction.finish();
  meter.add(Math.max(0, unreadBytes));
  return failure;
}

/** Says whose damage it is, and what the files before it are worth. */
function explain({ member }: OpenedMember, error: PlainError): PlainError {
  const message = error.message.startsWith(`“${member.name}”`)
    ? error.message
    : `“${member.name}”: ${error.message}`;
  const worth =
    member.variant === 'v3'
      ? 'What was extracted before it is proven to be whole.'
      : 'This format has no seal: the last files extracted before it may be damaged too.';
  return {
    ...error,
    // Behind the cipher a bad header is damaged content.
    code: error.code === 'DAMAGED_HEADER' ? 'DAMAGED_PAYLOAD' : error.code,
    message: `${message} ${worth}`,
    hint: error.hint ?? SALVAGE_HINT,
  };
}

/** @throws the first reason when there are members and none of them opens */
function requireOpen(members: readonly OpenedMember[]): void {
  const [first] = members;
  if (first?.error != null && members.every(({ error }) => error !== null)) throw first.error;
}

function requireStrip(strip: number): number {
  if (Number.isSafeInteger(strip) && strip >= 0) return strip;
  throw new StrongroomError('USAGE', 'The number of components to strip has to be 0 or more.');
}

function notAnArchive(member: string, name: string): ExtractReport['skipped'][number] {
  return { member, name, reason: 'it is no archive, so there is nothing in it to extract' };
}

function matchesNothing(pattern: string, failureCount: number): ExtractReport['skipped'][number] {
  const where = failureCount === 0 ? 'nothing in it' : 'nothing that could be read';
  return { member: '', name: pattern, reason: `the pattern matches ${where}` };
}
