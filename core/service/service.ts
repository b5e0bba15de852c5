// The engine as windows see it: one service for each process, whatever shell is around it and however many windows there are.

import { setTimeout as wait } from 'node:timers/promises';

import type { Reply, StrongroomEvent } from '../../shared/contract/index.ts';
import { errorCode, StrongroomError, toPlainError } from '../../shared/errors.ts';
import type { VaultStatus } from '../../shared/keys.ts';
import type { Settings } from '../../shared/settings.ts';
import type { BatchPlan } from '../../shared/library.ts';
import type { Command } from '../../shared/window.ts';
import type { Strongroom } from '../strongroom.ts';
import { Background } from './background/index.ts';
import type { BackgroundWork, PauseReason, WorkInHand } from './background-work.ts';
import type { ServiceContext } from './context.ts';
import { Dispatcher } from './dispatcher.ts';
import { EventListeners, type EventListener } from './event-listeners.ts';
import { createHandlers } from './handlers/index.ts';
import type { Host } from './host.ts';
import type { Log } from './log.ts';
import { PlanShelf } from './plan-shelf.ts';
import { Scanning } from './scanning.ts';
import { SettingsFile } from './settings-file.ts';
import { WrittenFiles } from './written-files.ts';

/** How long the first answer to a window waits for jobs of a crash, and the system's keychain, which may be asking the person. */
const OPENING_WAIT_MS = 1500;

export interface ServiceOptions {
  /** Stays its opener's: it is closed after the service. */
  readonly engine: Strongroom;
  /** The engine's. */
  readonly dataFolder: string;
  readonly host: Host;
  /** Of the program. */
  readonly version: string;
  /** The data folder is thrown away at the end. */
  readonly isDemo: boolean;
  readonly log: Log;
}

/** What an icon in the tray tells. */
export interface TrayState extends WorkInHand {
  readonly vault: VaultStatus['state'];
  readonly isWatching: boolean;
  readonly pausedBecause: PauseReason | null;
}

/** Opens the service and begins the work that goes on by itself. Close it when done, and the engine after it. */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { dataFolder, log, version } = options;
  log.info('service', `Strongroom ${version} begins in “${dataFolder}”.`);
  const settings = await SettingsFile.open(dataFolder, log);
  return new Service(options, settings);
}

export class Service {
  readonly #engine: Strongroom;
  readonly #log: Log;
  readonly #context: ServiceContext;
  readonly #dispatcher: Dispatcher;
  readonly #listeners: EventListeners;
  readonly #endListening: (() => void)[] = [];
  #locksAfterWork = false;
  #closing: Promise<void> | null = null;

  constructor(options: ServiceOptions, settings: SettingsFile) {
    const { engine, log } = options;
    const listeners = new EventListeners(log);
    const emit = (event: StrongroomEvent): void => {
      if (event.kind === 'notice') options.host.notify?.(event.notice);
      listeners.tell(event);
    };
    const { desk } = engine.library;
    this.#engine = engine;
    this.#log = log;
    this.#listeners = listeners;
    const scanning = new Scanning({
      library: engine.library,
      emit,
      log,
      onChange: () => background.noteLibraryChange(null),
    });
    const background: BackgroundWork = new Background({
      engine,
      emit,
      log,
      settings: () => settings.current,
      scanning,
    });
    this.#context = {
      ...options,
      settings,
      scanning,
      background,
      plans: new PlanShelf<BatchPlan>(),
      written: new WrittenFiles(),
      opening: Promise.race([
        Promise.all([this.#openVault(), background.recovered]),
        wait(OPENING_WAIT_MS, undefined, { ref: false }),
      ]),
      emit,
    };
    this.#dispatcher = new Dispatcher(createHandlers(this.#context), log);
    this.#endListening.push(
      engine.vault.onChange((why) => {
        emit({ kind: 'vault', why });
        if (why === 'unlocked') scanning.matchSoon();
      }),
    );
    this.#endListening.push(desk.subscribe(() => this.#lockAfterWork())); // after the background has counted it
    background.start();
  }

  /** Never rejects. Whoever asks has been checked by the transport; what is asked for is checked here. */
  async dispatch(name: unknown, input: unknown): Promise<Reply> {
    if (this.#closing !== null) return { ok: false, error: toPlainError(closed()) };
    const reply = await this.#dispatcher.dispatch(name, input);
    if (name === 'app.start' && reply.ok) setImmediate(() => this.#listeners.windowHasBegun());
    return reply;
  }

  /** Returns what ends the listening. */
  subscribe(listener: EventListener): () => void {
    return this.#listeners.add(listener);
  }

  settings(): Settings {
    return this.#context.settings.current;
  }

  /** Files that were opened with the program or given by a second start. Before the first window has begun they wait for it. */
  open(paths: readonly string[]): void {
    if (paths.length > 0) this.#listeners.askWindow({ kind: 'open', paths });
  }

  /** Asks the interface to do something. Before the first window has begun it waits for it. */
  command(command: Command): void {
    this.#listeners.askWindow({ kind: 'command', command });
  }

  workInHand(): WorkInHand {
    return this.#context.background.workInHand();
  }

  /** Nothing new is begun by itself; the files in work are finished. */
  pauseWork(because: PauseReason): void {
    this.#context.background.pause(because);
  }

  resumeWork(): void {
    this.#context.background.resume();
  }

  /** finish: resolves when all that is in hand has ended; pause: when the files in work have. */
  endWork(how: 'finish' | 'pause'): Promise<void> {
    return this.#context.background.endWork(how);
  }

  /**
   * The screen was locked: this process forgets its keys, where the settings say so. Work in hand needs them to its end, so they
   * are forgotten after it.
   */
  lockForScreen(): void {
    if (!this.settings().lockWithScreen) return;
    if (this.workInHand().jobCount === 0) this.#engine.vault.lock();
    else this.#locksAfterWork = true;
  }

  /** The person is back: what waits for the end of the work is not locked any more. */
  screenUnlocked(): void {
    this.#locksAfterWork = false;
  }

  async trayState(): Promise<TrayState> {
    const { state } = await this.#engine.vault.status();
    const { isOn, pausedBecause } = this.#context.background.watchState();
    return { ...this.workInHand(), vault: state, isWatching: isOn, pausedBecause };
  }

  /** Ends what goes on by itself; calls are refused from now on. Jobs that still run are interrupted when the engine is closed. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  #lockAfterWork(): void {
    if (!this.#locksAfterWork || this.workInHand().jobCount > 0) return;
    this.#locksAfterWork = false;
    this.#engine.vault.lock();
  }

  async #close(): Promise<void> {
    const { scanning, background, opening } = this.#context;
    for (const end of this.#endListening) end();
    await Promise.all([opening, scanning.close(), background.close()]);
    this.#log.info('service', 'Strongroom ends.');
  }

  /** By the keychain, where it was not locked on purpose. A vault that stays locked is no failure. */
  async #openVault(): Promise<void> {
    const { vault } = this.#engine;
    try {
      const { state, lockedOnPurpose, ways } = await vault.status();
      if (state === 'locked' && !lockedOnPurpose && ways.includes('keychain'))
        await vault.unlock({ way: 'keychain' });
    } catch (error) {
      this.#log.info('vault', `The keychain did not open the vault: ${errorCode(error)}.`);
    }
  }
}

function closed(): StrongroomError {
  return new StrongroomError('CANCELLED', 'Strongroom is being closed.', {
    hint: 'Start it again; nothing was changed.',
  });
}
