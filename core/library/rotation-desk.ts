// What hosts ask of rotations of keys: planned, begun, gone on with over days, looked at, set aside. The work on the files is a batch in the
// queue that all jobs share.

import { errorCode, StrongroomError, toPlainError, type PlainError } from '../../shared/errors.ts';
import type { Job } from '../../shared/jobs.ts';
import type { KeyInfo } from '../../shared/keys.ts';
import type { RotationPlan, RotationRequest, RotationStatus } from '../../shared/rotation.ts';
import type { RotationRow } from '../catalog/index.ts';
import type { StartedJob } from '../jobs/index.ts';
import { createBatch, type PlanOptions } from './batch/index.ts';
import type { LibraryJobs, StartOptions } from './library-jobs.ts';
import {
  parseRotationRequest,
  planRotation,
  requireWork,
  rotationStatus,
  settleRotation,
  unsavedProblem,
} from './rotation/index.ts';
import type { LibraryServices } from './services.ts';

/** A rotation that goes on. */
export interface StartedRotation {
  readonly rotation: RotationStatus;
  /** null where nothing can be reached now. */
  readonly run: StartedJob | null;
}

/** All may throw DAMAGED_CATALOG, BUSY, NO_SPACE and IO_FAILED. */
export class RotationDesk {
  readonly #services: LibraryServices;
  readonly #jobs: LibraryJobs;

  constructor(services: LibraryServices, jobs: LibraryJobs) {
    this.#services = services;
    this.#jobs = jobs;
  }

  /** Nothing is changed. @throws USAGE, UNKNOWN_KEY, VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT, CANCELLED */
  plan(request: RotationRequest, options?: PlanOptions): Promise<RotationPlan> {
    return planRotation(this.#services, request, options);
  }

  /**
   * Begins it, once the new key is saved outside of the vault; that is asked here and now.
   * @throws USAGE where the new key is not saved, or nothing can be done; UNKNOWN_KEY, VAULT_LOCKED, NO_VAULT, DAMAGED_VAULT
   */
  async start(plan: RotationPlan, options: StartOptions = {}): Promise<StartedRotation> {
    requireWork(plan);
    const { catalog, vault } = this.#services;
    const unsaved = unsavedProblem(await vault.find(plan.request.newKeyId));
    if (unsaved !== null) throw unsaved;
    // Both or none: a job without its rotation would never retire the key.
    const { id, job } = catalog.durably(() => {
      const created = catalog.rotations.create(JSON.stringify(plan.request));
      return { id: created, job: this.#createJob(created, plan) };
    });
    const run = job === null ? null : await this.#jobs.start(job.id, options);
    return { rotation: await this.status(id), run };
  }

  /**
   * Goes on with the job that stands still, or with what was away or failed when it ran.
   * @throws USAGE where there is no such rotation, it is finished or was set aside, or nothing of it can be reached now; as `start`
   */
  async resume(id: number, options: StartOptions & PlanOptions = {}): Promise<StartedRotation> {
    const row = this.#rowOf(id);
    if (row.endedBy === 'person') throw setAside(id);
    if ((await this.status(id)).state === 'done') throw finished(id);
    const lastJobId = row.jobIds.at(-1);
    const last = lastJobId === undefined ? null : this.#services.catalog.jobs.get(lastJobId);
    if (last !== null && last.counts.left + last.counts.cancelled > 0)
      return {
        rotation: await this.status(id),
        run: await this.#jobs.start(last.id, { ...options, retryFailed: true }),
      };
    const plan = await this.plan(parseRotationRequest(row.requestJson), options);
    const job = this.#services.catalog.durably(() => this.#createJob(id, plan));
    if (job === null) throw nothingToReach(plan);
    const run = await this.#jobs.start(job.id, options);
    return { rotation: await this.status(id), run };
  }

  /** What has the new key keeps it, the rest keeps the old one. Its job is stopped. @throws USAGE there is no such one, or it is finished */
  async end(id: number): Promise<RotationStatus> {
    const { jobIds } = this.#rowOf(id);
    const { state, jobId } = await this.status(id);
    if (state === 'done') throw finished(id);
    if (jobId !== null && (state === 'running' || state === 'paused' || state === 'interrupted'))
      await this.#jobs.queue.cancel(jobIds.at(-1) ?? jobId);
    this.#services.catalog.rotations.setEnd(id, 'person');
    return this.status(id);
  }

  /** The newest first. @throws DAMAGED_VAULT */
  async list(): Promise<RotationStatus[]> {
    const { catalog } = this.#services;
    for (const { id } of catalog.rotations.list()) await this.#settle(id);
    const keys = await this.#keys();
    return catalog.rotations.list().map((row) => rotationStatus(catalog, row, keys));
  }

  /** @throws USAGE where there is no such rotation; DAMAGED_VAULT */
  async status(id: number): Promise<RotationStatus> {
    await this.#settle(id);
    return rotationStatus(this.#services.catalog, this.#rowOf(id), await this.#keys());
  }

  /** Why nothing may be encrypted with this key yet; null where a copy of it is outside of the vault. @throws UNKNOWN_KEY, VAULT_LOCKED */
  async unsaved(keyId: string): Promise<PlainError | null> {
    const problem = unsavedProblem(await this.#services.vault.find(keyId));
    return problem === null ? null : toPlainError(problem);
  }

  /** Does what is to be done when a run has ended. Never rejects: what cannot be done now is done, or told, when rotations are looked at. */
  async jobEnded({ id }: Pick<Job, 'id'>): Promise<void> {
    try {
      const row = this.#services.catalog.rotations.ofJob(id);
      if (row !== null) await this.#settle(row.id);
    } catch {
      // the same comes from `list`, to somebody who asks
    }
  }

  async #settle(id: number): Promise<void> {
    try {
      await settleRotation(this.#services, id);
    } catch (error) {
      if (!['VAULT_LOCKED', 'NO_VAULT', 'BUSY'].includes(errorCode(error))) throw error;
    }
  }

  #createJob(id: number, { batch }: RotationPlan): Job | null {
    if (!batch.items.some(({ state }) => state === 'do')) return null;
    const job = createBatch(this.#jobs.queue, batch);
    this.#services.catalog.rotations.addJob(id, job.id);
    return job;
  }

  #rowOf(id: number): RotationRow {
    const row = this.#services.catalog.rotations.get(id);
    if (row !== null) return row;
    throw new StrongroomError('USAGE', `There is no rotation with the number ${id}.`, {
      hint: 'Look it up in the list of rotations.',
    });
  }

  /** null while the vault is locked, or there is none. */
  async #keys(): Promise<readonly KeyInfo[] | null> {
    try {
      return await this.#services.vault.list();
    } catch (error) {
      if (['VAULT_LOCKED', 'NO_VAULT'].includes(errorCode(error))) return null;
      throw error;
    }
  }
}

function finished(id: number): StrongroomError {
  return new StrongroomError(
    'USAGE',
    `Rotation ${id} is finished: nothing that it was about is left under an old key.`,
    {
      hint: 'For what came since, plan a new one.',
    },
  );
}

function setAside(id: number): StrongroomError {
  return new StrongroomError('USAGE', `Rotation ${id} was set aside.`, {
    hint: 'Plan a new one: what has the new key already is left as it is.',
  });
}

function nothingToReach({ away, batch }: RotationPlan): StrongroomError {
  const blocked = batch.items.filter(({ state }) => state === 'blocked' || state === 'no-room').length;
  const hint =
    away.length > 0
      ? 'Connect the drive or share that the others are on, then scan its folder.'
      : 'The plan says of each backup why.';
  const what =
    blocked > 0
      ? `${blocked === 1 ? 'one file' : `${blocked} files`} cannot be given the new key`
      : 'no file that is left can be reached';
  return new StrongroomError('USAGE', `There is nothing to go on with now: ${what}.`, { hint });
}
