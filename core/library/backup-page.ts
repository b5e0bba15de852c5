// One backup with all that is known of it: what a file of it says now, how its parts were found, and what was done to it.

import { basename } from 'node:path';

import type { BackupInspection } from '../../shared/backup.ts';
import { StrongroomError, toPlainError, type PlainError } from '../../shared/errors.ts';
import type { LibraryBackup } from '../../shared/library.ts';
import type { BackupPage, HistoryEntry } from '../../shared/window.ts';
import type { Catalog } from '../catalog/index.ts';
import { describeFileProblem } from './file-problem.ts';
import type { PartStates } from './part-states.ts';
import type { LibraryServices } from './services.ts';

/**
 * Also of a content that is in files outside of the library's folders only.
 * @param keyIds as for `listBackups`
 * @throws USAGE where no file of this content is known; DAMAGED_CATALOG, BUSY
 */
export async function backupPage(
  services: Pick<LibraryServices, 'catalog' | 'engine'>,
  identity: string,
  keyIds: ReadonlySet<string> | null,
  partStates: PartStates,
): Promise<BackupPage> {
  const { catalog } = services;
  const backup = catalog.library.byIdentity(identity, keyIds);
  if (backup === null)
    throw new StrongroomError('USAGE', 'This backup is not known any more.', {
      hint: 'Its last file was removed, or is another backup now. Look for it in the library.',
    });
  const read = await inspectOneOf(services, backup);
  const verificationId = catalog.verifications.lastOf(identity)?.id ?? null;
  return {
    backup,
    ...read,
    partStates: partStates.of(identity, verificationId),
    history: historyOf(catalog, identity),
  };
}

/** The first file that is there and still is this backup; else what is wrong with the first. */
async function inspectOneOf(
  { engine }: Pick<LibraryServices, 'engine'>,
  { identity, copies }: LibraryBackup,
): Promise<{ readonly inspection: BackupInspection | null; readonly problem: PlainError | null }> {
  let problem: PlainError | null = null;
  for (const { path } of copies.filter(({ state }) => state === 'present')) {
    try {
      const inspection = await engine.inspect(path);
      if (inspection.identity === identity) return { inspection, problem: null };
      problem ??= toPlainError(anotherNow(path));
    } catch (error) {
      problem ??= toPlainError(describeFileProblem(error, path));
    }
  }
  return { inspection: null, problem };
}

/** The newest first; what stands for one moment in the order in which it was noted. */
function historyOf({ verifications, replacements }: Catalog, identity: string): HistoryEntry[] {
  const [origin] = replacements.originsOf(identity);
  const verified = verifications
    .history(identity)
    .map(({ at, level, status, path, message }): HistoryEntry => {
      return { kind: 'verified', at, level, status, path, message };
    });
  const rewritten = replacements
    .replacedBy(identity)
    .map(({ at, operation, path, newIdentity }): HistoryEntry => {
      return { kind: 'rewritten', at, operation, path, toIdentity: newIdentity };
    });
  const written: HistoryEntry[] = [];
  if (origin !== undefined) {
    const { at, operation, path, oldIdentity } = origin;
    written.push({ kind: 'written', at, operation, path, fromIdentity: oldIdentity });
  }
  return [...rewritten, ...verified, ...written].sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1));
}

function anotherNow(path: string): StrongroomError {
  return new StrongroomError('SOURCE_CHANGED', `“${basename(path)}” holds another backup now.`, {
    hint: 'Scan its folder.',
  });
}
