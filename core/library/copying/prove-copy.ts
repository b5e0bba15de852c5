// Whether a copy can be restored: it is read to its end with the vault's keys, before it gets its name. Its bytes are known to be
// those of the original, so what is found damaged here is damaged there, too, and is noted as that.

import { basename } from 'node:path';

import type { BackupVerification } from '../../../shared/backup.ts';
import {
  errorCode,
  StrongroomError,
  toPlainError,
  type ErrorCode,
  type PlainError,
} from '../../../shared/errors.ts';
import { learnOpeners, withKeys } from '../batch/keys-needed.ts';
import type { LibraryServices } from '../services.ts';
import { recordUnreadable, recordVerification } from '../verification/record-verification.ts';

/** Then the copy is compared with the original and nothing more. */
const NO_KEYS: ReadonlySet<ErrorCode> = new Set(['NO_VAULT', 'VAULT_LOCKED', 'DAMAGED_VAULT']);

export interface Proof {
  /** null where no key could be tried, or none fits. */
  readonly verification: BackupVerification | null;
  /** Why it was not read with its key, a full sentence; null where it was. */
  readonly because: string | null;
}

export interface ProvingOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/**
 * @param source the original, whose keys are known
 * @param written the copy, wherever it is now
 * @throws DAMAGED_HEADER, DAMAGED_PAYLOAD, TRUNCATED and the like: the original is damaged; CANCELLED, IO_FAILED, DAMAGED_CATALOG,
 *   BUSY, NO_SPACE
 */
export async function proveCopy(
  services: LibraryServices,
  source: string,
  written: string,
  { signal, onProgress }: ProvingOptions,
): Promise<Proof> {
  const started = performance.now();
  let verification: BackupVerification;
  try {
    await learnOpeners(services, source, signal);
    verification = await withKeys(services, source, null, ({ keys }) =>
      services.engine.verify(written, {
        keys,
        level: 'full',
        signal,
        onProgress: ({ doneBytes, totalBytes }) => onProgress(doneBytes, totalBytes),
      }),
    );
  } catch (error) {
    const code = errorCode(error);
    if (NO_KEYS.has(code))
      return { verification: null, because: 'Your vault could not be opened for its key.' };
    if (!SAYS_OF_BYTES.has(code)) throw error;
    recordUnreadable(services.catalog, source, 'full', error, performance.now() - started);
    throw originalIsDamaged(source, toPlainError(error));
  }
  const { status, error } = verification;
  if (status === 'good') return { verification, because: null };
  if (status === 'damaged' || status === 'truncated') {
    recordVerification(services.catalog, { ...verification, path: source }, new Map());
    throw originalIsDamaged(
      source,
      error ?? { code: 'DAMAGED_PAYLOAD', message: 'It cannot be read to its end.' },
    );
  }
  return {
    verification: null,
    because:
      status === 'locked'
        ? 'No key of your vault opens it.'
        : 'This version of Strongroom cannot read its format.',
  };
}

function originalIsDamaged(source: string, { code, message }: PlainError): StrongroomError {
  return new StrongroomError(
    code,
    `“${basename(source)}” itself is damaged, so its copy was not kept. ${message}`,
    { hint: 'Look for another file of this backup, or repair it, before you count on it.' },
  );
}

const SAYS_OF_BYTES: ReadonlySet<ErrorCode> = new Set([
  'DAMAGED_HEADER',
  'DAMAGED_PAYLOAD',
  'DAMAGED_METADATA',
  'NOT_A_BACKUP',
  'LIMIT_EXCEEDED',
  'TRUNCATED',
]);
