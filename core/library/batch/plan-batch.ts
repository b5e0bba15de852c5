// What a batch would do, file by file, before any of it is done: what is to be rewritten, what need not be, what cannot be
// and why, and whether there is room for all of it. Writes nothing but what it found out about keys.

import { basename, resolve } from 'node:path';

import type { RecodeReport } from '../../../shared/backup.ts';
import {
  errorCode,
  fromPlainError,
  StrongroomError,
  toPlainError,
  type PlainError,
} from '../../../shared/errors.ts';
import type { BatchPlan, BatchRequest, PlannedItem } from '../../../shared/library.ts';
import { throwIfCancelled } from '../../files/index.ts';
import { matchKeys } from '../match-keys.ts';
import { endsEverything, recogniseBackup } from '../recognise-backup.ts';
import type { LibraryServices } from '../services.ts';
import { checkRequest } from './batch-request.ts';
import type { BatchCandidate } from './batch-candidates.ts';
import { estimateSeconds } from './batch-speed.ts';
import { fileNotThere } from '../file-problem.ts';
import { isKeptOriginal } from './kept-original.ts';
import { withKeys } from './keys-needed.ts';
import { Draft } from './plan-draft.ts';
import { makeRoom } from './plan-room.ts';
import { reasonToLeave } from './settled-by-facts.ts';
import { sideBySide } from '../../streams/index.ts';

/** Files looked at side by side: that is waiting for the disk, not work. */
const LOOKS = 8;

export interface PlanOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PlanProgress) => void) | undefined;
}

/** Each phase counts its own files: all of them, those whose key is not known yet, those that may have to be rewritten. */
export interface PlanProgress {
  readonly phase: 'looking' | 'finding-keys' | 'planning';
  readonly doneCount: number;
  readonly totalCount: number;
}

/**
 * Plans a batch. Items stand in the order of `candidates`, in which they will be worked on; each file is an item of its own.
 * @throws USAGE for a request that makes no sense; UNKNOWN_KEY; VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT where keys are
 *   needed; DAMAGED_CATALOG, BUSY, NO_SPACE of the catalogue; CANCELLED
 */
export async function planBatch(
  services: LibraryServices,
  request: BatchRequest,
  candidates: readonly BatchCandidate[],
  options: PlanOptions = {},
): Promise<BatchPlan> {
  await checkRequest(services, request);
  const drafts = [...new Map(candidates.map((one) => [resolve(one.path), one])).entries()].map(
    ([path, candidate]) => new Draft(path, candidate),
  );
  const planning = new Planning(services, request, options);
  await planning.lookAt(drafts);
  await planning.findKeys(drafts.filter(({ isOpen }) => isOpen));
  await planning.plan(drafts.filter(({ isOpen }) => isOpen));
  const volumes = await makeRoom(drafts);
  const items = drafts.map(({ item }) => item);
  const chosen = items.filter(({ state }) => state === 'do');
  const inputBytes = sum(chosen.map((item) => item.inputBytes));
  return {
    request,
    items,
    volumes,
    inputBytes,
    outputBytes: sum(chosen.map((item) => item.outputBytes)),
    estimatedSeconds: estimateSeconds(services.catalog, request.operation, inputBytes),
  };
}

class Planning {
  readonly #services: LibraryServices;
  readonly #request: BatchRequest;
  readonly #options: PlanOptions;

  constructor(services: LibraryServices, request: BatchRequest, options: PlanOptions) {
    this.#services = services;
    this.#request = request;
    this.#options = options;
  }

  /** Answers what can be answered from what is known, or from headers alone. */
  async lookAt(drafts: readonly Draft[]): Promise<void> {
    await this.#forEach('looking', LOOKS, drafts, async (draft) => {
      if (isKeptOriginal(draft.path)) return draft.settle({ state: 'nothing-to-do', message: KEPT });
      if (draft.fileState !== 'present') return draft.block(fileNotThere(draft.path, draft.fileState));
      try {
        draft.recognise(await recogniseBackup(this.#services, draft.path));
      } catch (error) {
        if (endsEverything(error)) throw error;
        return draft.block(error);
      }
      const message = this.#reasonToLeave(draft);
      if (message !== null) draft.settle({ state: 'nothing-to-do', message });
    });
  }

  /** On the threads and in the order that costs least; what is known already costs nothing. */
  async findKeys(drafts: readonly Draft[]): Promise<void> {
    const encrypted = drafts.filter(({ backup }) => (backup?.encryptedParts.length ?? 0) > 0);
    if (encrypted.length === 0) return;
    const { signal, onProgress } = this.#options;
    const { backups } = await matchKeys(
      this.#services,
      encrypted.map(({ path }) => path),
      {
        signal,
        onProgress: (doneCount, totalCount) => onProgress?.({ phase: 'finding-keys', doneCount, totalCount }),
      },
    );
    for (const [index, { outcome, lockedMembers, error }] of backups.entries()) {
      const draft = encrypted[index];
      if (draft === undefined) continue;
      if (outcome === 'unreadable' && error !== null) draft.block(fromPlainError(error));
      else if (lockedMembers.length > 0) draft.block(await this.#locked(draft.path, lockedMembers));
      else {
        const message = this.#reasonToLeave(draft);
        if (message !== null) draft.settle({ state: 'nothing-to-do', message });
      }
    }
  }

  /** Asks the engine, which looks at everything that a rewrite looks at before it begins. */
  async plan(drafts: readonly Draft[]): Promise<void> {
    await this.#forEach('planning', this.#services.threads, drafts, async (draft) => {
      let report: RecodeReport;
      try {
        report = await this.#dryRun(draft.path);
      } catch (error) {
        if (endsPlanning(error)) throw error;
        return errorCode(error) === 'NO_SPACE' ? draft.settle(noRoomAlone(error)) : draft.block(error);
      }
      const { outcome, message, outputPath, inputBytes, outputBytes, restoreNeeds } = report;
      const state = outcome === 'nothing-to-do' ? 'nothing-to-do' : 'do';
      draft.outputPath = outputPath;
      draft.settle({ state, message, inputBytes, outputBytes, restoreNeeds });
    });
  }

  #reasonToLeave({ backup }: Draft): string | null {
    if (backup === null) return null;
    return reasonToLeave(backup, this.#services.catalog.trialsOf(backup.identity), this.#request);
  }

  async #dryRun(path: string): Promise<RecodeReport> {
    const { operation, originals, quarantineDays, newKeyId, format } = this.#request;
    return withKeys(this.#services, path, newKeyId, ({ keys, newKey }) =>
      this.#services.engine.recode(path, {
        operation,
        keys,
        newKey,
        format,
        destination: { kind: 'in-place', originals, quarantineDays },
        dryRun: true,
        signal: this.#options.signal,
      }),
    );
  }

  async #locked(path: string, members: readonly string[]): Promise<StrongroomError> {
    const what = members.length === 1 ? `“${members[0]}” in ` : '';
    const hasKeys = (await this.#services.vault.list()).length > 0;
    return hasKeys
      ? new StrongroomError('WRONG_KEY', `None of your keys opens ${what}“${basename(path)}”.`, {
          hint: 'Bring in the key that was in force when the backup was made, from its emergency kit.',
        })
      : new StrongroomError(
          'KEY_REQUIRED',
          `“${basename(path)}” is encrypted, and there is no key in the vault.`,
          {
            hint: 'Bring in the emergency kit of the time when the backup was made.',
          },
        );
  }

  async #forEach(
    phase: PlanProgress['phase'],
    count: number,
    drafts: readonly Draft[],
    work: (draft: Draft) => Promise<void>,
  ): Promise<void> {
    let doneCount = 0;
    await sideBySide(count, drafts, async (draft) => {
      throwIfCancelled(this.#options.signal);
      await work(draft);
      doneCount++;
      this.#options.onProgress?.({ phase, doneCount, totalCount: drafts.length });
    });
  }
}

function noRoomAlone(error: unknown): Partial<PlannedItem> {
  const plain: PlainError = toPlainError(error);
  const needed = plain.details?.['neededBytes'];
  const outputBytes = typeof needed === 'number' ? needed : 0;
  return { state: 'no-room', message: plain.message, error: plain, outputBytes };
}

/** The vault cannot serve, or nobody wants it: no other file would do better. NO_SPACE is one file's own. */
function endsPlanning(error: unknown): boolean {
  return [
    'CANCELLED',
    'VAULT_LOCKED',
    'NO_VAULT',
    'DAMAGED_VAULT',
    'UNKNOWN_KEY',
    'DAMAGED_CATALOG',
  ].includes(errorCode(error));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

const KEPT = 'This is an original that was kept when its backup was rewritten. It stays as it is.';
