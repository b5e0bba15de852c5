// The way of a batch from the choice to the plan, for migrating and encrypting alike. It outlives the screen, so that
// a plan that is being made or was made is still there when the person comes back. What a job does is followed elsewhere.

import type { App, BatchWish, MigrateOperation } from '../../app/app.svelte.ts';
import type { InputOf, WhichBackups } from '../../../shared/contract/index.ts';
import { errorCode } from '../../../shared/errors.ts';
import type { Job } from '../../../shared/jobs.ts';
import type { KeyInfo } from '../../../shared/keys.ts';
import type { BackupFormat, BatchPlan } from '../../../shared/library.ts';
import {
  candidatesFor,
  countObstacles,
  isLeftOut,
  whichToPlan,
  type Candidate,
  type Obstacle,
} from './candidates.ts';
import { wholePlan } from './whole-plan.ts';

export type OriginalsPolicy = InputOf<'batches.plan'>['originals'];
export type TargetFormat = InputOf<'batches.plan'>['format'];

/** choosing: what there is and how it is to be done; planning; planned: what would be done. */
export type MigrateStage = 'choosing' | 'planning' | 'planned';

export interface MadePlan {
  readonly planId: string;
  /** With what was left out, so that all that was chosen is in it. */
  readonly plan: BatchPlan;
}

const BATCH_KINDS: ReadonlySet<string> = new Set(['migrate', 'encrypt', 'rekey']);

const states = new WeakMap<App, MigrateState>();

/** The one of this program: the same each time that the screen is opened. */
export function migrateStateOf(app: App): MigrateState {
  const known = states.get(app);
  if (known !== undefined) return known;
  let state!: MigrateState;
  // What is derived ends with the component that it was made in, and would then stand still for good: this one outlives its screen.
  $effect.root(() => {
    state = new MigrateState(app);
  });
  states.set(app, state);
  return state;
}

export class MigrateState {
  readonly #app: App;
  #operation = $state<MigrateOperation>('migrate');
  #which = $state.raw<WhichBackups | null>(null);
  #originals = $state<OriginalsPolicy | null>(null);
  #format = $state<TargetFormat>('v3');
  #newKeyId = $state<string | null>(null);
  #obstacle = $state<Obstacle | null>(null);
  #stage = $state<MigrateStage>('choosing');
  #made = $state.raw<MadePlan | null>(null);
  #problem = $state.raw<unknown>(null);
  #isStarting = $state(false);
  /** Which planning is the newest: what an older one still answers is not taken. */
  #turn = 0;

  #chosen = $derived.by(() => (this.#which?.kind === 'backups' ? new Set(this.#which.identities) : null));
  #candidates = $derived.by(() => candidatesFor(this.#operation, this.#app.library.backups, this.#chosen));
  #counts = $derived(countObstacles(this.#candidates));
  /** One that no candidate has any more is looked at no longer. */
  #lookedAt = $derived(this.#obstacle !== null && this.#counts[this.#obstacle] > 0 ? this.#obstacle : null);
  #shown = $derived.by(() =>
    this.#lookedAt === null
      ? this.#candidates
      : this.#candidates.filter(({ obstacle }) => obstacle === this.#lookedAt),
  );

  constructor(app: App) {
    this.#app = app;
  }

  get operation(): MigrateOperation {
    return this.#operation;
  }

  /** Backups were chosen on another screen; else it is about all that the operation is for. */
  get isChosen(): boolean {
    return this.#which !== null;
  }

  /** Which backups it is about is known here, and not only to the engine. */
  get isListed(): boolean {
    return this.#which?.kind !== 'filter';
  }

  get candidates(): readonly Candidate[] {
    return this.#candidates;
  }

  /** How many candidates have which obstacle. */
  get counts(): Readonly<Record<Obstacle, number>> {
    return this.#counts;
  }

  /** Those with the obstacle that is looked at; all where none is. */
  get shown(): readonly Candidate[] {
    return this.#shown;
  }

  get obstacle(): Obstacle | null {
    return this.#lookedAt;
  }

  /** Looks at those with this obstacle; once more, or null: at all. */
  lookAt(obstacle: Obstacle | null): void {
    this.#obstacle = this.#obstacle === obstacle ? null : obstacle;
  }

  get originals(): OriginalsPolicy {
    return this.#originals ?? this.#app.settings.originals;
  }

  set originals(originals: OriginalsPolicy) {
    this.#originals = originals;
  }

  get format(): TargetFormat {
    return this.#format;
  }

  set format(format: TargetFormat) {
    this.#format = format;
  }

  get needsKey(): boolean {
    return this.#operation !== 'migrate';
  }

  /** Keys that may be written with. */
  get keys(): readonly KeyInfo[] {
    return (this.#app.keys.list ?? []).filter(({ state }) => state === 'active');
  }

  /** The one chosen; the only one there is where none was. */
  get newKey(): KeyInfo | null {
    const { keys } = this;
    const only = keys.length === 1 ? (keys[0] ?? null) : null;
    return keys.find(({ id }) => id === this.#newKeyId) ?? only;
  }

  chooseKey(keyId: string): void {
    this.#newKeyId = keyId;
  }

  /** The plan can be asked for: there is something to do, and the key for it is chosen. */
  get canPlan(): boolean {
    if (this.needsKey && this.newKey === null) return false;
    return !this.isListed || this.#candidates.some((candidate) => !isLeftOut(candidate));
  }

  get stage(): MigrateStage {
    return this.#stage;
  }

  get made(): MadePlan | null {
    return this.#made;
  }

  get problem(): unknown {
    return this.#problem;
  }

  get isStarting(): boolean {
    return this.#isStarting;
  }

  /** Encrypted backups in the current format, and those that anyone can read. */
  get library(): { readonly currentCount: number; readonly plainCount: number } {
    const { backups } = this.#app.library;
    const count = (wanted: BackupFormat): number => backups.filter(({ format }) => format === wanted).length;
    return { currentCount: count('v3'), plainCount: count('plain') };
  }

  /** Batches that run, wait or stand still, the newest first. */
  get openJobs(): readonly Job[] {
    return this.#app.jobs.list.filter(
      ({ kind, state }) =>
        BATCH_KINDS.has(kind) &&
        (state === 'running' || state === 'waiting' || state === 'paused' || state === 'interrupted'),
    );
  }

  /** What another screen asked for, if it did. A migration needs no further choice, so its plan is made at once. */
  takeWish(wish: BatchWish | null): void {
    if (wish === null) return;
    this.begin(wish.operation, wish.which);
    if (wish.operation === 'migrate' && this.#app.vault.state === 'unlocked' && this.canPlan)
      void this.makePlan();
  }

  /** From the beginning, about these backups; null: all that the operation is for. */
  begin(operation: MigrateOperation, which: WhichBackups | null): void {
    if (this.#stage === 'planning') void this.cancelPlanning();
    this.#operation = operation;
    this.#which = which;
    this.#obstacle = null;
    this.#newKeyId = null;
    this.#forgetPlan();
  }

  /** To the choices again; they are as they were. */
  backToChoices(): void {
    this.#forgetPlan();
  }

  async makePlan(): Promise<void> {
    const turn = ++this.#turn;
    this.#stage = 'planning';
    this.#made = null;
    this.#problem = null;
    const candidates = this.isListed ? this.#candidates : [];
    try {
      const { planId, plan } = await this.#app.client.call('batches.plan', this.#request());
      if (turn !== this.#turn) return;
      this.#made = { planId, plan: wholePlan(plan, candidates, this.#app.library.backups) };
      this.#stage = 'planned';
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#stage = 'choosing';
      this.#problem = errorCode(error) === 'CANCELLED' ? null : error;
    }
  }

  async cancelPlanning(): Promise<void> {
    this.#turn++;
    this.#stage = 'choosing';
    try {
      await this.#app.client.call('batches.cancelPlan', {});
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }

  /** Does what the plan says, and leads to its job. */
  async start(): Promise<void> {
    if (this.#made === null || this.#isStarting) return;
    this.#isStarting = true;
    this.#problem = null;
    try {
      const job = await this.#app.client.call('batches.start', { planId: this.#made.planId });
      this.#app.jobs.take(job);
      this.begin('migrate', null);
      this.#app.router.go('migrate', { id: String(job.id) });
    } catch (error) {
      this.#problem = error;
    } finally {
      this.#isStarting = false;
    }
  }

  #forgetPlan(): void {
    this.#turn++;
    this.#stage = 'choosing';
    this.#made = null;
    this.#problem = null;
  }

  #request(): InputOf<'batches.plan'> {
    return {
      which: whichToPlan(this.#operation, this.#which, this.#candidates),
      operation: this.#operation,
      originals: this.originals,
      quarantineDays: this.#app.settings.quarantineDays,
      newKeyId: this.needsKey ? (this.newKey?.id ?? null) : null,
      format: this.#format,
    };
  }
}
