// The first run: a vault, the folder with the backups, the kit, and the first proof. Each step knows whether it is done from what is
// there, so that nothing is asked twice; each but the vault can be left for later.

import type { App } from '../../app/app.svelte.ts';

export const STEPS = ['vault', 'folder', 'kit', 'verify'] as const;
export type StepName = (typeof STEPS)[number];
export type StepState = 'now' | 'done' | 'skipped' | 'ahead';

export class FirstRunState {
  readonly #app: App;
  #place = $state<'welcome' | StepName>('welcome');
  #reached = $state(0);

  constructor(app: App) {
    this.#app = app;
  }

  get place(): 'welcome' | StepName {
    return this.#place;
  }

  /** From 1. */
  get number(): number {
    return STEPS.findIndex((step) => step === this.#place) + 1;
  }

  stateOf(step: StepName): StepState {
    if (step === this.#place) return 'now';
    if (this.isDone(step)) return 'done';
    return STEPS.indexOf(step) < this.#reached ? 'skipped' : 'ahead';
  }

  isDone(step: StepName): boolean {
    const { keys, library, vault } = this.#app;
    switch (step) {
      case 'vault':
        return vault.state === 'unlocked';
      case 'folder':
        return library.folders.length > 0;
      case 'kit':
        return (keys.list?.length ?? 0) > 0;
      case 'verify':
        return (library.status?.verifiedCount ?? 0) > 0;
    }
  }

  begin(): void {
    this.#enter('vault');
  }

  next(): void {
    const step = STEPS[this.number];
    if (step === undefined) this.#app.endFirstRun();
    else this.#enter(step);
  }

  back(): void {
    const step = STEPS[this.number - 2];
    this.#place = step ?? 'welcome';
  }

  /** Folders and backups that are dropped where the folder is asked for; their paths have to be known. */
  takeDropped(files: readonly File[]): void {
    const isAsked = this.#place === 'folder' && this.#app.facts.host.dropGivesPaths;
    if (isAsked && files.length > 0) void this.#app.takingIn.takeFiles(files);
  }

  leave(): void {
    this.#app.endFirstRun();
  }

  #enter(step: StepName): void {
    this.#place = step;
    this.#reached = Math.max(this.#reached, STEPS.indexOf(step));
  }
}
