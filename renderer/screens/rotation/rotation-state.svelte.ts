// The way of a rotation from the choice of keys to the plan, and the rotations there are. It outlives the screen, so that a plan that is being made
// or was made is still there when the person comes back.

import type { App } from '../../app/app.svelte.ts';
import type { InputOf, WhichBackups } from '../../../shared/contract/index.ts';
import { errorCode } from '../../../shared/errors.ts';
import type { ListedKey } from '../../../shared/keys.ts';
import type { RotationPlan, RotationStatus } from '../../../shared/rotation.ts';
import { foldersAway } from './rotation-progress.ts';
import { newKeysFor, oldKeysOf } from './rotation-keys.ts';

export type Originals = InputOf<'rotation.plan'>['originals'];

/** Among which backups. */
export type RotationScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'chosen'; readonly identities: readonly string[] };

const ALL: RotationScope = { kind: 'all' };

/** choosing; planning; planned: what would be done. */
export type RotationStage = 'choosing' | 'planning' | 'planned';

const states = new WeakMap<App, RotationState>();

/** The one of this program: the same each time that the screen is opened. */
export function rotationStateOf(app: App): RotationState {
  const known = states.get(app);
  if (known !== undefined) return known;
  let state!: RotationState;
  // What is derived ends with the component that it was made in, and would then stand still for good: this one outlives its screen.
  $effect.root(() => {
    state = new RotationState(app);
  });
  states.set(app, state);
  return state;
}

export class RotationState {
  readonly #app: App;
  #oldKeyIds = $state.raw<ReadonlySet<string>>(new Set());
  #newKeyId = $state<string | null>(null);
  #scope = $state.raw<RotationScope>(ALL);
  /** What was chosen in the library last; null: nothing was. */
  #chosenBackups = $state.raw<readonly string[] | null>(null);
  #originals = $state<Originals | null>(null);
  #stage = $state<RotationStage>('choosing');
  #made = $state.raw<{ readonly planId: string; readonly plan: RotationPlan } | null>(null);
  #problem = $state.raw<unknown>(null);
  #isStarting = $state(false);
  #list = $state.raw<readonly RotationStatus[]>([]);
  #listProblem = $state.raw<unknown>(null);
  #asking: Promise<void> | null = null;
  #asksAgain = false;
  /** Which planning is the newest: what an older one still answers is not taken. */
  #turn = 0;

  #oldKeys: readonly ListedKey[] = $derived.by(() => oldKeysOf(this.#app.keys.list ?? []));
  #chosen: readonly ListedKey[] = $derived.by(() =>
    this.#oldKeys.filter(({ id }) => this.#oldKeyIds.has(id)),
  );
  #newKeys: readonly ListedKey[] = $derived.by(() => newKeysFor(this.#app.keys.list ?? [], this.#oldKeyIds));

  constructor(app: App) {
    this.#app = app;
  }

  /** Keys that open something. */
  get oldKeys(): readonly ListedKey[] {
    return this.#oldKeys;
  }

  get chosen(): readonly ListedKey[] {
    return this.#chosen;
  }

  isChosen(keyId: string): boolean {
    return this.#oldKeyIds.has(keyId);
  }

  toggle(keyId: string): void {
    const ids = new Set(this.#oldKeyIds);
    if (!ids.delete(keyId)) ids.add(keyId);
    this.#choose(ids);
  }

  chooseCompromised(): void {
    this.#choose(new Set(this.#oldKeys.filter(({ state }) => state === 'compromised').map(({ id }) => id)));
  }

  /** Another screen asked for this key; what was being planned is set aside. */
  begin(keyId: string): void {
    if (this.#stage === 'planning') void this.cancelPlanning();
    this.#choose(new Set([keyId]));
    this.backToChoices();
  }

  /** Another screen asked for these backups: what opens them is replaced. */
  beginWith(identities: readonly string[]): void {
    if (this.#stage === 'planning') void this.cancelPlanning();
    this.#chosenBackups = identities;
    this.#scope = { kind: 'chosen', identities };
    this.#choose(new Set(identities.flatMap((identity) => this.#app.library.get(identity)?.keyIds ?? [])));
    this.backToChoices();
  }

  /** Keys that may be written with. */
  get newKeys(): readonly ListedKey[] {
    return this.#newKeys;
  }

  get newKey(): ListedKey | null {
    return this.#newKeys.find(({ id }) => id === this.#newKeyId) ?? null;
  }

  chooseNew(keyId: string): void {
    this.#newKeyId = keyId;
  }

  get scope(): RotationScope {
    return this.#scope;
  }

  set scope(scope: RotationScope) {
    this.#scope = scope;
  }

  get chosenBackups(): readonly string[] | null {
    return this.#chosenBackups;
  }

  get originals(): Originals {
    return this.#originals ?? this.#app.settings.originals;
  }

  set originals(originals: Originals) {
    this.#originals = originals;
  }

  get canPlan(): boolean {
    return this.#chosen.length > 0 && this.newKey !== null && this.#app.vault.state === 'unlocked';
  }

  get stage(): RotationStage {
    return this.#stage;
  }

  get plan(): RotationPlan | null {
    return this.#made?.plan ?? null;
  }

  get problem(): unknown {
    return this.#problem;
  }

  get isStarting(): boolean {
    return this.#isStarting;
  }

  /** The newest first. */
  get list(): readonly RotationStatus[] {
    return this.#list;
  }

  get listProblem(): unknown {
    return this.#listProblem;
  }

  backToChoices(): void {
    this.#turn++;
    this.#stage = 'choosing';
    this.#made = null;
    this.#problem = null;
  }

  async makePlan(): Promise<void> {
    const { newKey } = this;
    if (newKey === null) return;
    const turn = ++this.#turn;
    this.#stage = 'planning';
    this.#made = null;
    this.#problem = null;
    try {
      const made = await this.#app.client.call('rotation.plan', {
        which: whichOf(this.#scope),
        oldKeyIds: this.#chosen.map(({ id }) => id),
        newKeyId: newKey.id,
        originals: this.originals,
        quarantineDays: this.#app.settings.quarantineDays,
      });
      if (turn !== this.#turn) return;
      this.#made = made;
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
    await this.#try(async () => {
      await this.#app.client.call('rotation.cancelPlan', {});
    });
  }

  async start(): Promise<void> {
    if (this.#made === null || this.#isStarting) return;
    this.#isStarting = true;
    this.#problem = null;
    try {
      await this.#app.client.call('rotation.start', { planId: this.#made.planId });
      this.#choose(new Set());
      this.#newKeyId = null;
      this.#scope = ALL;
      this.#chosenBackups = null;
      this.backToChoices();
    } catch (error) {
      this.#problem = error;
    } finally {
      this.#isStarting = false;
    }
    await this.load();
  }

  /** Looks whether what was away is back, and goes on with it and with what failed or stood still. */
  async resume({ id, left }: RotationStatus): Promise<void> {
    const folders = foldersAway(left, this.#app.library.folders);
    await this.#try(async () => {
      if (folders.length > 0) await this.#app.client.call('library.scan', { folders });
      await this.#app.client.call('rotation.resume', { rotationId: id });
    });
    await this.load();
  }

  /** @throws as rotation.end */
  async end(rotationId: number): Promise<void> {
    await this.#app.client.call('rotation.end', { rotationId });
    await this.load();
  }

  /** Asks for the rotations, and again with each change of a job or the library, until the answer is called. */
  follow(): () => void {
    void this.load();
    const ends = [
      this.#app.client.on('library', () => void this.load()),
      this.#app.client.on('job', ({ event }) => {
        if (event.kind !== 'job' || event.job.kind !== 'rekey') return;
        void this.load();
        if (event.job.endedAt !== null) void this.#app.keys.load(); // each opens other files now
      }),
    ];
    return () => ends.forEach((end) => end());
  }

  /** One question at a time: what changes meanwhile is asked for once more. */
  load(): Promise<void> {
    this.#asksAgain = true;
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #askAll(): Promise<void> {
    while (this.#asksAgain) {
      this.#asksAgain = false;
      try {
        this.#list = await this.#app.client.call('rotation.list', {});
        this.#listProblem = null;
      } catch (error) {
        this.#listProblem = error;
      }
    }
  }

  #choose(ids: ReadonlySet<string>): void {
    this.#oldKeyIds = ids;
    if (this.#newKeyId !== null && ids.has(this.#newKeyId)) this.#newKeyId = null;
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }
}

function whichOf(scope: RotationScope): WhichBackups {
  switch (scope.kind) {
    case 'all':
      return { kind: 'filter', filter: {} };
    case 'folder':
      return { kind: 'filter', filter: { folder: scope.path } };
    case 'chosen':
      return { kind: 'backups', identities: [...scope.identities] };
  }
}
