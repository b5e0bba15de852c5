// The entries of a backup's inner archives, one after the other as they are read. Nothing is held but one header.

import type { ArchiveEntry } from '../../../shared/backup.ts';
import { throwIfCancelled } from '../../files/index.ts';
import type { SodiumProvider } from '../../securetar/index.ts';
import type { WalkedEntry } from '../../tar/index.ts';
import { ChosenMembers, isOfOneMember } from '../open/chosen-members.ts';
import { EntryPatterns } from './entry-pattern.ts';
import type { ListOptions } from '../options.ts';
import { ProgressMeter } from '../progress-meter.ts';

/** The last moment that a Date can hold, in seconds since 1970. */
const LAST_SECOND = 8_640_000_000_000;

/**
 * Lists entries in stored order, member by member. A member that was asked for by name and does not open ends it at
 * once; in all other cases everything readable comes first, damaged members up to the damage, and the first error is
 * thrown at the end. Leaving the loop early closes the file.
 * @throws USAGE for a member that is not there or an empty pattern; KEY_REQUIRED, WRONG_KEY, DAMAGED_HEADER,
 *   DAMAGED_PAYLOAD, TRUNCATED, UNSUPPORTED_VERSION, LIMIT_EXCEEDED, NOT_A_BACKUP, DAMAGED_METADATA, CANCELLED, IO_FAILED
 */
export async function* list(
  path: string,
  options: ListOptions,
  sodium: SodiumProvider,
): AsyncGenerator<ArchiveEntry> {
  const patterns = new EntryPatterns(options.patterns ?? []);
  const chosen = await ChosenMembers.open(path, sodium, options);
  try {
    const closed = chosen.members.find(({ error }) => error !== null);
    if (chosen.named && closed?.error != null) throw closed.error;
    const meter = new ProgressMeter('reading', chosen.storedBytes, options.onProgress);
    const range = { signal: options.signal, onBytes: meter.add };
    let firstError: unknown = null;
    for (const opened of chosen.members) {
      throwIfCancelled(options.signal);
      firstError ??= opened.error;
      try {
        for await (const entry of chosen.entries(opened, range)) {
          throwIfCancelled(options.signal);
          if (patterns.select(entry.name)) yield describeEntry(opened.member.name, entry);
        }
      } catch (error) {
        if (!isOfOneMember(error)) throw error;
        firstError ??= error;
      }
    }
    firstError ??= chosen.problem;
    if (firstError !== null) throw firstError;
  } finally {
    await chosen.close();
  }
}

function describeEntry(member: string, entry: WalkedEntry): ArchiveEntry {
  const { name, type, sizeBytes, mode, mtimeSeconds, linkName } = entry;
  const dated = mtimeSeconds > 0 && mtimeSeconds <= LAST_SECOND;
  return {
    member,
    name,
    type,
    sizeBytes,
    mode,
    modified: dated ? new Date(mtimeSeconds * 1000).toISOString() : null,
    linkTarget: type === 'symlink' || type === 'hardlink' ? linkName : null,
  };
}
