// The scheme while somebody looks at it: which folder, which policy, what it would do, and what it did. What it would do is worked out here,
// by the same pure function as in the engine, so that it follows every key. It outlives the screen.

import { SvelteSet } from 'svelte/reactivity';

import type { App } from '../../app/app.svelte.ts';
import type { Job } from '../../../shared/jobs.ts';
import type { LibraryFolder } from '../../../shared/library.ts';
import {
  formatPolicy,
  isEmptyPolicy,
  planFolder,
  PRESETS,
  type PlannedFolder,
  type RetentionPolicy,
} from '../../../shared/retention/index.ts';
import type { RemovalPlace, SchemeItem, SchemePlan, SchemeRule } from '../../../shared/scheme.ts';
import { differencesOf, type Differences } from './compare.ts';
import { PolicyEdit } from './policy-edit.svelte.ts';

const states = new WeakMap<App, SchemeState>();

/** The one of this program: the same each time that the screen is opened. */
export function schemeStateOf(app: App): SchemeState {
  const known = states.get(app);
  if (known !== undefined) return known;
  let state!: SchemeState;
  // What is derived ends with the component that it was made in, and would then stand still for good: this one outlives its screen.
  $effect.root(() => {
    state = new SchemeState(app);
  });
  states.set(app, state);
  return state;
}

export interface MadeSchemePlan {
  readonly planId: string;
  readonly plan: SchemePlan;
}

export class SchemeState {
  readonly #app: App;
  readonly edit = new PolicyEdit(PRESETS.standard);
  readonly second = new PolicyEdit(PRESETS.few);
  #folderId = $state<number | null>(null);
  #to = $state<RemovalPlace>('quarantine');
  #undoDays = $state(30);
  #isComparing = $state(false);
  #now = $state.raw(new Date());
  #identity = $state<string | null>(null);
  #made = $state.raw<MadeSchemePlan | null>(null);
  #isPlanning = $state(false);
  #problem = $state.raw<unknown>(null);
  #isRuleAsked = false;
  readonly #jobIds = new SvelteSet<number>();

  #folder = $derived.by(() => {
    const { folders } = this.#app.library;
    return (
      folders.find(({ id }) => id === this.#folderId) ??
      folders.find(({ copyCount }) => copyCount > 0) ??
      folders[0] ??
      null
    );
  });
  #first = $derived.by(() => this.#planned(this.edit.policy));
  #other = $derived.by(() => (this.#isComparing ? this.#planned(this.second.policy) : null));
  #differences: Differences | null = $derived.by(() =>
    this.#first === null || this.#other === null ? null : differencesOf(this.#first, this.#other),
  );

  constructor(app: App) {
    this.#app = app;
  }

  get folders(): readonly LibraryFolder[] {
    return this.#app.library.folders;
  }

  get folder(): LibraryFolder | null {
    return this.#folder;
  }

  chooseFolder(id: number): void {
    this.#folderId = id;
    this.#identity = null;
    this.#problem = null;
  }

  get to(): RemovalPlace {
    return this.#to;
  }

  set to(to: RemovalPlace) {
    this.#to = to;
  }

  get undoDays(): number {
    return this.#undoDays;
  }

  set undoDays(days: number) {
    this.#undoDays = days;
  }

  get now(): Date {
    return this.#now;
  }

  /** What the policy means for the folder; null where there is none. */
  get planned(): PlannedFolder | null {
    return this.#first;
  }

  get isComparing(): boolean {
    return this.#isComparing;
  }

  set isComparing(isComparing: boolean) {
    this.#isComparing = isComparing;
  }

  /** What the second policy means; null while nothing is compared. */
  get other(): PlannedFolder | null {
    return this.#other;
  }

  get differences(): Differences | null {
    return this.#differences;
  }

  /** The backup that is looked at: the newest that goes, until another is chosen. */
  get lookedAt(): SchemeItem | null {
    const items = this.#first?.items ?? [];
    return items.find(({ identity }) => identity === this.#identity) ?? items[0] ?? null;
  }

  lookAt(identity: string): void {
    this.#identity = identity;
  }

  get rule(): SchemeRule {
    return { policy: formatPolicy(this.edit.policy), to: this.#to, undoDays: this.#undoDays };
  }

  /** Something would go, and every field can be read. */
  get canApply(): boolean {
    return (
      this.edit.wrong.length === 0 && !isEmptyPolicy(this.edit.policy) && (this.#first?.removedCount ?? 0) > 0
    );
  }

  get made(): MadeSchemePlan | null {
    return this.#made;
  }

  get isPlanning(): boolean {
    return this.#isPlanning;
  }

  get problem(): unknown {
    return this.#problem;
  }

  /** Those that were begun here, the newest first. */
  get jobs(): readonly Job[] {
    return this.#app.jobs.list.filter(({ id }) => this.#jobIds.has(id));
  }

  /** A look at the clock, and at the first time the rule that was used last. */
  async open(): Promise<void> {
    this.#now = new Date();
    if (this.#isRuleAsked) return;
    this.#isRuleAsked = true;
    try {
      this.takeRule(await this.#app.client.call('scheme.rule', {}));
    } catch (error) {
      this.#isRuleAsked = false;
      this.#problem = error;
    }
  }

  takeRule({ policy, to, undoDays }: SchemeRule): void {
    this.edit.read(policy);
    this.#to = to;
    this.#undoDays = undoDays;
  }

  /** Asks the engine, which looks at what is there now. */
  async plan(): Promise<void> {
    const { folder } = this;
    if (folder === null || this.#isPlanning) return;
    this.#isPlanning = true;
    this.#problem = null;
    try {
      this.#made = await this.#app.client.call('scheme.plan', { rule: this.rule, folders: [folder.path] });
    } catch (error) {
      this.#problem = error;
    } finally {
      this.#isPlanning = false;
    }
  }

  dropPlan(): void {
    this.#made = null;
  }

  /** @throws as scheme.start */
  async start(): Promise<void> {
    if (this.#made === null) return;
    for (const job of await this.#app.client.call('scheme.start', { planId: this.#made.planId })) {
      this.#app.jobs.take(job);
      this.#jobIds.add(job.id);
    }
  }

  forgetJob(jobId: number): void {
    this.#jobIds.delete(jobId);
  }

  async pin(identities: readonly string[], isPinned: boolean): Promise<void> {
    try {
      await this.#app.client.call('library.pin', { identities: [...identities], isPinned });
      await this.#app.library.load();
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }

  #planned(policy: RetentionPolicy): PlannedFolder | null {
    if (this.#folder === null) return null;
    return planFolder(this.#folder, this.#app.library.backups, policy, {
      now: this.#now,
      timeZone: this.#app.facts.timeZone,
    });
  }
}
