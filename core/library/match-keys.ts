// Finds out which keys open which backups, and remembers it: a content that a key opens is never tried again, and a
// locked one only with keys that are new. The likeliest key goes first; several backups are tried side by side.

import type { KeyMatch } from '../../shared/backup.ts';
import { errorCode, toPlainError, type PlainError } from '../../shared/errors.ts';
import type { BackupKeys, KeyInfo, MatchReport } from '../../shared/keys.ts';
import { coverageOf, untriedKeys, type KeyTrial, type Opening } from '../catalog/index.ts';
import { throwIfCancelled } from '../files/index.ts';
import type { VaultKey } from '../vault/index.ts';
import { sideBySide } from '../streams/index.ts';
import { trialsFromMatch } from './key-trials.ts';
import { withUses } from './key-uses.ts';
import { MatchOrder } from './match-order.ts';
import { openingsBy, rankKeys } from './rank-keys.ts';
import {
  changedMeanwhile,
  endsEverything,
  recogniseBackup,
  type RecognisedBackup,
} from './recognise-backup.ts';
import type { LibraryServices } from './services.ts';

/** Files inspected side by side: that is waiting for the disk, not work. */
const INSPECTIONS = 8;

export interface MatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Files of which the answer is known, and all files. */
  readonly onProgress?: ((doneCount: number, totalCount: number) => void) | undefined;
  /** Backups tried side by side; as many as the engine has threads unless told. */
  readonly threads?: number | undefined;
}

/** One content with all files of this call that hold it. */
interface Candidate extends RecognisedBackup {
  readonly paths: string[];
}

/**
 * Tries the vault's keys on backups, as far as it is not known yet. A file that is no backup, or cannot be read, is part of
 * the report. What was found before a cancel stays known.
 * @throws VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT, DAMAGED_CATALOG, BUSY, NO_SPACE, CANCELLED
 */
export async function matchKeys(
  services: LibraryServices,
  paths: readonly string[],
  options: MatchOptions = {},
): Promise<MatchReport> {
  const started = performance.now();
  const infos = await services.vault.list();
  const keys = await services.vault.secrets();
  try {
    return await new Matching(services, infos, keys, options).run(paths, started);
  } finally {
    for (const { password } of keys) password.fill(0);
  }
}

class Matching {
  readonly #services: LibraryServices;
  readonly #infos: readonly KeyInfo[];
  readonly #keys: ReadonlyMap<string, VaultKey>;
  readonly #keyIds: ReadonlySet<string>;
  readonly #options: MatchOptions;
  readonly #candidates = new Map<string, Candidate>();
  readonly #trials = new Map<string, KeyTrial[]>();
  /** Identities on which a key was tried in this call. */
  readonly #tried = new Set<string>();
  readonly #errors = new Map<string, PlainError>();
  #argon2idCount = 0;

  constructor(
    services: LibraryServices,
    infos: readonly KeyInfo[],
    keys: readonly VaultKey[],
    options: MatchOptions,
  ) {
    this.#services = services;
    this.#infos = infos;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#keyIds = new Set(this.#keys.keys());
    this.#options = options;
  }

  async run(paths: readonly string[], started: number): Promise<MatchReport> {
    const found = await this.#lookAt([...new Set(paths)]);
    await this.#tryAll(found.length);
    const { catalog } = this.#services;
    return {
      backups: found.map(([path, backup]) => this.#describe(path, backup)),
      keys: withUses(this.#infos, catalog),
      argon2idCount: this.#argon2idCount,
      durationMs: performance.now() - started,
    };
  }

  async #lookAt(paths: readonly string[]): Promise<[string, RecognisedBackup | PlainError][]> {
    const found: [string, RecognisedBackup | PlainError][] = [];
    await sideBySide(INSPECTIONS, paths.entries(), async ([index, path]) => {
      throwIfCancelled(this.#options.signal);
      found[index] = [path, await this.#recognise(path)];
    });
    for (const [path, backup] of found) {
      if ('code' in backup) continue;
      const known = this.#candidates.get(backup.identity);
      if (known === undefined) this.#candidates.set(backup.identity, { ...backup, paths: [path] });
      else known.paths.push(path);
    }
    return found;
  }

  async #recognise(path: string): Promise<RecognisedBackup | PlainError> {
    try {
      return await recogniseBackup(this.#services, path);
    } catch (error) {
      if (endsEverything(error)) throw error;
      return toPlainError(error);
    }
  }

  async #tryAll(fileCount: number): Promise<void> {
    const { catalog, threads } = this.#services;
    const waiting: Candidate[] = [];
    for (const candidate of this.#candidates.values()) {
      const trials = catalog.trialsOf(candidate.identity);
      this.#trials.set(candidate.identity, trials);
      const isOpen = coverageOf(candidate, trials, this.#keyIds).lockedParts.length === 0;
      if (!isOpen && untriedKeys(trials, this.#keyIds).length > 0) waiting.push(candidate);
    }
    if (waiting.length === 0) return;
    const waitingFiles = waiting.reduce((sum, { paths }) => sum + paths.length, 0);
    let doneCount = fileCount - waitingFiles;
    const order = new MatchOrder(waiting, openingsBy(this.#keyIds, catalog.openings()));
    await sideBySide(this.#options.threads ?? threads, takeFrom(order), async (candidate) => {
      throwIfCancelled(this.#options.signal);
      const keyIds = await this.#tryKeys(candidate, order.openings);
      order.settle(candidate, keyIds);
      doneCount += candidate.paths.length;
      this.#options.onProgress?.(doneCount, fileCount);
    });
  }

  /** Ids of the keys that open it. */
  async #tryKeys(candidate: Candidate, openings: readonly Opening[]): Promise<readonly string[]> {
    const { identity } = candidate;
    const known = this.#trials.get(identity) ?? [];
    const untried = new Set(untriedKeys(known, this.#keyIds));
    const order = rankKeys(candidate, this.#infos, openings).filter((id) => untried.has(id));
    try {
      const match = await this.#openFirst(candidate, order);
      const trials = trialsFromMatch(match, candidate, order, (id) => id);
      this.#services.catalog.rememberTrials(identity, trials);
      this.#trials.set(identity, [...known, ...trials]);
      this.#tried.add(identity);
      if (trials.length === 0) {
        const error = match.members.find(({ status }) => status === 'unreadable')?.error ?? null;
        if (error !== null) this.#errors.set(identity, error);
      }
    } catch (error) {
      if (endsEverything(error)) throw error;
      this.#errors.set(identity, toPlainError(error));
    }
    return coverageOf(candidate, this.#trials.get(identity) ?? [], this.#keyIds).keyIds;
  }

  /** Tries the keys on one file of this content, on the next where that one cannot be read any more. */
  async #openFirst({ paths, identity }: Candidate, order: readonly string[]): Promise<KeyMatch> {
    const { engine } = this.#services;
    // Their ids for labels: what comes back needs no looking up.
    const keys = order.flatMap((id) => {
      const password = this.#keys.get(id)?.password;
      return password === undefined ? [] : [{ label: id, password }];
    });
    let firstError: unknown = null;
    for (const path of paths) {
      try {
        const match = await engine.openWith(path, keys, this.#options.signal);
        this.#argon2idCount += match.argon2idCount;
        if (match.identity === identity) return match;
        firstError ??= changedMeanwhile();
      } catch (error) {
        if (errorCode(error) === 'CANCELLED') throw error;
        firstError ??= error;
      }
    }
    throw firstError;
  }

  #describe(path: string, backup: RecognisedBackup | PlainError): BackupKeys {
    if ('code' in backup) return { ...UNREAD, path, error: backup };
    const { name, slug, date, identity, encryptedParts } = backup;
    const base = { path, name, slug, date };
    const error = this.#errors.get(identity);
    if (error !== undefined) return { ...UNREAD, ...base, error };
    const { keyIds, lockedParts } = coverageOf(backup, this.#trials.get(identity) ?? [], this.#keyIds);
    const opens = keyIds.length === 0 ? 'locked' : lockedParts.length === 0 ? 'opens' : 'opens-part';
    return {
      ...base,
      outcome: encryptedParts.length === 0 ? 'plain' : opens,
      keyIds,
      lockedMembers: lockedParts,
      remembered: backup.wasKnown && !this.#tried.has(identity),
      error: null,
    };
  }
}

const UNREAD = {
  name: null,
  slug: null,
  date: null,
  outcome: 'unreadable',
  keyIds: [],
  lockedMembers: [],
  remembered: false,
} as const;

function* takeFrom<T extends RecognisedBackup>(order: MatchOrder<T>): Generator<T> {
  for (let next = order.next(); next !== null; next = order.next()) yield next;
}
