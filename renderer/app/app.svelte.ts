// Everything that screens share, as one object by context: `const app = useApp()`. It holds what the engine told and passes wishes on;
// what only one screen needs is in the state of that screen.

import { createContext } from 'svelte';

import type { EventOf } from '../transport/client.ts';
import type { InputOf, WhichBackups } from '../../shared/contract/index.ts';
import type { BatchOperation } from '../../shared/library.ts';
import type { VaultStatus } from '../../shared/keys.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Command, Notice, StartFacts } from '../../shared/window.ts';
import { t } from '../messages/messages.ts';
import type { Client } from '../transport/client.ts';
import { Jobs } from './jobs.svelte.ts';
import { Keys } from './keys.svelte.ts';
import { Library } from './library.svelte.ts';
import { PathChoice } from './path-choice.svelte.ts';
import { Router } from './router.svelte.ts';
import { TakingIn } from './taking-in.svelte.ts';
import { Toasts } from './toasts.svelte.ts';

export const [useApp, provideApp] = createContext<App>();

/** first-run: there is no vault yet and nothing was begun; locked: the vault has to be opened first; open: the screens. */
export type Stage = 'first-run' | 'locked' | 'open';

/** What the Migrate screen is to plan when it is opened from another one. */
/** What the Migrate screen does; another key is a rotation. */
export type MigrateOperation = Exclude<BatchOperation, 'rekey'>;

export interface BatchWish {
  readonly operation: MigrateOperation;
  readonly which: WhichBackups;
}

export class App {
  readonly client: Client;
  /** As they were at the start; `settings` and `vault` are current. */
  readonly facts: StartFacts;
  readonly router = new Router();
  readonly toasts = new Toasts();
  readonly jobs: Jobs;
  readonly keys: Keys;
  readonly library: Library;
  readonly paths: PathChoice;
  readonly takingIn: TakingIn;

  #settings: Settings = $state.raw()!;
  #vault: VaultStatus = $state.raw()!;
  #isFirstRun = $state(false);
  #isLookingAround = $state(false);
  #isAway = $state(false);
  #scan = $state.raw<EventOf<'scan'>['progress']>(null);
  #match = $state.raw<EventOf<'match'>['progress']>(null);
  #plan = $state.raw<EventOf<'plan'>['progress']>(null);
  #batchWish = $state.raw<BatchWish | null>(null);
  #rotationWish: readonly string[] | null = null;
  #kitFiles: readonly File[] = [];
  #findCount = $state(0);
  #showsShortcuts = $state(false);
  #stage: Stage = $derived(
    this.#isFirstRun ? 'first-run' : this.#isShut(this.#vault) && !this.#isLookingAround ? 'locked' : 'open',
  );

  constructor(client: Client, facts: StartFacts) {
    this.client = client;
    this.facts = facts;
    this.#settings = facts.settings;
    this.#vault = facts.vault;
    this.jobs = new Jobs(client);
    this.keys = new Keys(client);
    this.library = new Library(client);
    this.paths = new PathChoice(client, facts.host.nativeDialogs);
    this.takingIn = new TakingIn(client, this);
  }

  get settings(): Settings {
    return this.#settings;
  }

  get vault(): VaultStatus {
    return this.#vault;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** The program does not answer; everything is asked again when it does. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** How far the scan is that runs; null where none does. */
  get scan(): EventOf<'scan'>['progress'] {
    return this.#scan;
  }

  /** How far trying the keys is. */
  get match(): EventOf<'match'>['progress'] {
    return this.#match;
  }

  /** How far planning a batch is. */
  get plan(): EventOf<'plan'>['progress'] {
    return this.#plan;
  }

  /** Counts up each time that the search is asked for by a menu or a key. */
  get findCount(): number {
    return this.#findCount;
  }

  get showsShortcuts(): boolean {
    return this.#showsShortcuts;
  }

  set showsShortcuts(shows: boolean) {
    this.#showsShortcuts = shows;
  }

  /** Loads everything. Resolves in any case: each part knows its own problem. */
  async load(): Promise<void> {
    await Promise.all([this.jobs.load(), this.keys.load(), this.library.load()]);
  }

  /** Before anything is drawn: whether this is somebody's very first start. */
  beginFirstRunIfNew(): void {
    this.#isFirstRun =
      this.#vault.state === 'missing' && this.library.problem === null && this.library.folders.length === 0;
  }

  /** Says that work was left by the last end, where it is and what it is. */
  tellInterrupted(): void {
    const [first, ...others] = this.facts.interruptedJobIds;
    if (first === undefined) return;
    const id = others.length === 0 ? String(first) : null;
    this.toasts.say(t('app.interrupted', { count: others.length + 1 }), {
      hint: t('app.interrupted.hint'),
      action: { label: t('app.show'), onselect: () => this.router.go('activity', { id }) },
    });
  }

  /** Listens until the answer is called. */
  start(): () => void {
    const { client } = this;
    const ends = [
      this.router.start(),
      this.jobs.start(),
      this.library.start(),
      client.on('settings', ({ settings }) => (this.#settings = settings)),
      client.on('scan', ({ progress }) => (this.#scan = progress)),
      client.on('match', ({ progress }) => {
        this.#match = progress;
        if (progress === null) void this.keys.load(); // each now opens more backups
      }),
      client.on('plan', ({ progress }) => (this.#plan = progress)),
      client.on('vault', ({ why }) => void this.#followVault(why)),
      client.on('command', ({ command }) => void this.follow(command)),
      client.on('open', ({ paths }) => void this.takingIn.takePaths(paths)),
      client.on('notice', ({ notice }) => this.#tell(notice)),
      client.watchConnection((state) => {
        this.#isAway = state === 'away';
        if (state === 'back') void this.#askAgain();
      }),
    ];
    return () => ends.forEach((end) => end());
  }

  /** @throws as settings.change */
  async changeSettings(change: InputOf<'settings.change'>): Promise<void> {
    this.#settings = await this.client.call('settings.change', change);
  }

  /** What a call of the vault answered with, so that it shows before its event comes. */
  takeVault(status: VaultStatus): void {
    this.#vault = status;
    if (status.state === 'unlocked') this.#isLookingAround = false;
    else this.keys.forget();
  }

  async lock(): Promise<void> {
    try {
      this.takeVault(await this.client.call('vault.lock', {}));
      this.#isLookingAround = false;
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  /** The screens without the vault: what is known of backups shows, what needs a key does not work. */
  lookAround(): void {
    this.#isLookingAround = true;
  }

  /** Back to where the vault is opened. */
  askForVault(): void {
    this.#isLookingAround = false;
    if (this.#vault.state === 'missing') this.#isFirstRun = true;
  }

  endFirstRun(): void {
    this.#isFirstRun = false;
    this.router.go('library');
  }

  /** Leads to the Migrate screen with these backups. */
  planBatch(operation: MigrateOperation, which: WhichBackups): void {
    this.#batchWish = { operation, which };
    this.router.go('migrate');
  }

  /** Taken once, by the Migrate screen. */
  takeBatchWish(): BatchWish | null {
    const wish = this.#batchWish;
    this.#batchWish = null;
    return wish;
  }

  /** Leads to the Rotation screen, with these backups chosen for another key. */
  rotateBackups(identities: readonly string[]): void {
    this.#rotationWish = identities;
    this.router.go('rotation', { id: 'keys' });
  }

  /** Taken once, by the Rotation screen. */
  takeRotationWish(): readonly string[] | null {
    const wish = this.#rotationWish;
    this.#rotationWish = null;
    return wish;
  }

  /** Leads to the Keys screen, which imports these emergency kits. */
  importKits(files: readonly File[]): void {
    this.#kitFiles = files;
    this.router.go('keys');
  }

  /** Taken once, by the Keys screen. */
  takeKitFiles(): readonly File[] {
    const files = this.#kitFiles;
    this.#kitFiles = [];
    return files;
  }

  /** Asks for a folder and adds it. True where one was added. */
  async addFolder(): Promise<boolean> {
    const [path] = await this.paths.choose('folder');
    if (path === undefined) return false;
    try {
      await this.client.call('library.addFolder', { path });
      await this.library.load();
      return true;
    } catch (error) {
      this.toasts.fail(error);
      return false;
    }
  }

  /** From a menu, the tray, or a key. */
  async follow(command: Command): Promise<void> {
    switch (command) {
      case 'settings':
      case 'activity':
      case 'library':
      case 'keys':
        return this.router.go(command);
      case 'about':
        return this.router.go('settings', { id: 'about' });
      case 'lock':
        return this.lock();
      case 'shortcuts':
        this.#showsShortcuts = true;
        return;
      case 'find':
        if (this.router.route.screen !== 'library' || this.router.route.id !== null)
          this.router.go('library');
        this.#findCount++;
        return;
      case 'add-folder':
        this.router.go('library');
        await this.addFolder();
        return;
      case 'verify-due':
        return this.verifyDue();
    }
  }

  async verifyDue(): Promise<void> {
    try {
      const job = await this.client.call('verification.startDue', {});
      if (job !== null) this.jobs.take(job);
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  #isShut({ state }: VaultStatus): boolean {
    return state === 'locked' || state === 'damaged';
  }

  #tell({ kind, title, body, route }: Notice): void {
    this.toasts.say(title, {
      tone: kind === 'failure' ? 'bad' : kind === 'success' ? 'good' : 'info',
      hint: body,
      action: { label: t('app.show'), onselect: () => this.router.goTo(route) },
    });
  }

  async #followVault(why: EventOf<'vault'>['why']): Promise<void> {
    try {
      this.takeVault(await this.client.call('vault.status', {}));
      if (why === 'locked') this.#isLookingAround = false;
    } catch (error) {
      this.toasts.fail(error);
    }
    await this.keys.load();
  }

  async #askAgain(): Promise<void> {
    try {
      const facts = await this.client.call('app.start', {});
      this.#settings = facts.settings;
      this.takeVault(facts.vault);
    } catch (error) {
      this.toasts.fail(error);
    }
    this.#scan = this.#match = this.#plan = null;
    await this.load();
  }
}
