// Reads one member from its first to its last byte: decrypted and authenticated, inflated, CRC checked, every tar
// entry walked to the end marker. Runs in a worker; its result is plain data.

import { open } from 'node:fs/promises';

import type { DeepResult, MemberVariant, Remark, Salvageable } from '../../../shared/backup.ts';
import { toPlainError, type PlainError } from '../../../shared/errors.ts';
import { countBytes } from '../../streams/index.ts';
import type { WalkedEntry } from '../../tar/index.ts';
import { DeepCheck } from './deep-check.ts';
import { EntryNameList, type EntryNames } from './entry-names.ts';
import { InnerArchive } from './inner-archive.ts';
import { openPlaintext, type MemberSource } from '../open/member-source.ts';
import type { TaskContext } from '../member-tasks.ts';
import { UnsafeNames } from './unsafe-names.ts';

export interface ReadMemberTask {
  readonly kind: 'read';
  readonly source: MemberSource;
  readonly variant: MemberVariant;
  /** False for members that are no archives: they are only decrypted. */
  readonly isArchive: boolean;
  readonly deep: boolean;
  /** How many names of entries are wanted; none unless told. */
  readonly maxNames?: number;
}

export interface MemberReading {
  readonly tarBytes: number;
  readonly entryCount: number;
  readonly remarks: readonly Remark[];
  readonly error: PlainError | null;
  readonly salvageable: Salvageable | null;
  readonly deep: DeepResult | null;
  /** null where they were not wanted, or the member is no archive. */
  readonly names: EntryNames | null;
  readonly durationMs: number;
}

/** Never rejects for what is wrong with the member: that is its result. @throws CANCELLED */
export async function readMember(task: ReadMemberTask, context: TaskContext): Promise<MemberReading> {
  const started = performance.now();
  const { source } = task;
  const handle = await open(source.path, 'r');
  const deep = task.deep ? new DeepCheck(source.name) : null;
  try {
    const plaintext = openPlaintext(handle, source, context.sodium, context);
    if (!task.isArchive) return finished(await countBytes(plaintext), started);
    const archive = new InnerArchive(source.name, plaintext, source.cipher.variant);
    const unsafe = new UnsafeNames();
    const names = task.maxNames === undefined ? null : new EntryNameList(task.maxNames);
    let current: WalkedEntry | null = null;
    try {
      for await (const entry of archive.entries()) {
        if (current !== null) names?.add(current); // it was read to its end
        current = entry.type === 'directory' ? null : entry;
        unsafe.take(entry);
        await deep?.check(entry);
      }
      if (current !== null) names?.add(current);
      const { tar, remarks, compressed } = archive.end;
      const deepResult = (await deep?.finish()) ?? null;
      return {
        tarBytes: tar.tarBytes,
        entryCount: tar.entryCount,
        remarks: [
          ...remarks,
          ...unsafe.remarks(source.name),
          ...checksumRemarks(task, compressed),
          ...(deep?.remarks ?? []),
        ],
        error: null,
        salvageable: null,
        deep: deepResult,
        names: names?.pack(true) ?? null,
        durationMs: performance.now() - started,
      };
    } catch (error) {
      const plain = toPlainError(error);
      if (plain.code === 'CANCELLED' || plain.code === 'INTERNAL') throw error;
      const { entryCount, bytes, lastEntry } = archive.complete;
      return {
        ...finished(0, started),
        entryCount,
        error: plain,
        salvageable: { entryCount, bytes, lastGoodEntry: lastEntry },
        names: names?.pack(false) ?? null,
      };
    }
  } catch (error) {
    const plain = toPlainError(error);
    if (plain.code === 'CANCELLED' || plain.code === 'INTERNAL') throw error;
    return { ...finished(0, started), error: plain };
  } finally {
    await deep?.dispose();
    await handle.close();
  }
}

function finished(bytes: number, started: number): MemberReading {
  return {
    tarBytes: bytes,
    entryCount: 0,
    remarks: [],
    error: null,
    salvageable: null,
    deep: null,
    names: null,
    durationMs: performance.now() - started,
  };
}

function checksumRemarks({ source, variant }: ReadMemberTask, compressed: boolean): Remark[] {
  if (compressed || variant === 'v3') return [];
  const [stored, cure] =
    variant === 'plain' ? ['encrypted', 'Encrypted'] : [`authenticated (${variant})`, 'Migrated to v3'];
  const message = `“${source.name}” is neither compressed nor ${stored}, so damage inside a file in it cannot be seen. ${cure}, it would be.`;
  return [{ code: 'NO_CHECKSUM', member: source.name, message }];
}
