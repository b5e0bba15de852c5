// The icon in the tray or the menu bar: how the program stands, and what can be asked of it without its window.

import { join } from 'node:path';

import { Menu, nativeImage, Tray, type MenuItemConstructorOptions } from 'electron';

import type { TrayState } from '../core/service/index.ts';
import type { Words } from './words/index.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly lock: () => void;
  readonly quit: () => void;
}

export interface TrayIconOptions {
  readonly iconsFolder: string;
  readonly platform: NodeJS.Platform;
  readonly words: Words['tray'];
  readonly actions: TrayActions;
}

export class TrayIcon {
  readonly #options: TrayIconOptions;
  #tray: Tray | null = null;
  #state: TrayState | null = null;
  /** What stands in it now. */
  #drawn = '';

  constructor(options: TrayIconOptions) {
    this.#options = options;
  }

  get isShown(): boolean {
    return this.#tray !== null;
  }

  show(): void {
    if (this.#tray !== null) return;
    this.#tray = new Tray(iconOf(this.#options));
    this.#drawn = '';
    // On macOS a click opens the menu; elsewhere that is the other button's.
    if (this.#options.platform !== 'darwin') this.#tray.on('click', this.#options.actions.open);
    this.#draw();
  }

  hide(): void {
    this.#tray?.destroy();
    this.#tray = null;
  }

  update(state: TrayState): void {
    this.#state = state;
    this.#draw();
  }

  /** Only what has changed: a menu that is set anew closes under the hand of whoever has it open. */
  #draw(): void {
    if (this.#tray === null) return;
    const template = trayTemplate(this.#state, this.#options);
    const wanted = JSON.stringify(template);
    if (wanted === this.#drawn) return;
    this.#drawn = wanted;
    this.#tray.setToolTip(`Strongroom – ${standingLine(this.#state, this.#options.words)}`);
    this.#tray.setContextMenu(Menu.buildFromTemplate(template));
  }
}

/** `state`: null until it is known. */
export function trayTemplate(
  state: TrayState | null,
  { words, actions }: Pick<TrayIconOptions, 'words' | 'actions'>,
): MenuItemConstructorOptions[] {
  const isPaused = state?.pausedBecause === 'person';
  return [
    { id: 'standing', label: standingLine(state, words), enabled: false },
    { type: 'separator' },
    { id: 'open', label: words.open, click: actions.open },
    isPaused
      ? { id: 'resume', label: words.resume, click: actions.resume }
      : { id: 'pause', label: words.pause, click: actions.pause },
    { id: 'lock', label: words.lock, enabled: state?.vault === 'unlocked', click: actions.lock },
    { type: 'separator' },
    { id: 'quit', label: words.quit, click: actions.quit },
  ];
}

/** What is most worth knowing, in a few words. */
export function standingLine(state: TrayState | null, words: Words['tray']): string {
  if (state === null) return words.idle;
  const { jobCount, progress, pausedBecause, isWatching } = state;
  if (jobCount > 0) return words.jobs(jobCount, progress === null ? null : Math.floor(progress * 100));
  if (pausedBecause === 'person') return words.pausedByYou;
  if (pausedBecause === 'battery') return words.pausedForBattery;
  if (pausedBecause === 'suspend') return words.pausedForSuspend;
  return isWatching ? words.watching : words.idle;
}

function iconOf({ iconsFolder, platform }: TrayIconOptions): Electron.NativeImage {
  // “Template” tells macOS to draw it in the colour of the menu bar.
  const name = platform === 'darwin' ? 'trayTemplate.png' : 'tray.png';
  return nativeImage.createFromPath(join(iconsFolder, name));
}
