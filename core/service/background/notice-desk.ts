// Which notices are given: those that the settings want, and never a heap of them at once.

import type { Settings } from '../../../shared/settings.ts';
import type { Notice } from '../../../shared/window.ts';
import { mergeNotices } from './notices.ts';

const GATHERED_MS = 2000;

export interface NoticeDeskOptions {
  readonly settings: () => Pick<Settings, 'notifyFailures' | 'notifySuccesses'>;
  readonly give: (notice: Notice) => void;
}

export class NoticeDesk {
  readonly #options: NoticeDeskOptions;
  readonly #gathered = new Map<Notice['kind'], [Notice, ...Notice[]]>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: NoticeDeskOptions) {
    this.#options = options;
  }

  give(notice: Notice | null): void {
    if (notice !== null && this.#isWanted(notice)) this.#options.give(notice);
  }

  /** Given in a moment, as one with others of its kind. */
  gather(notice: Notice | null): void {
    if (notice === null || !this.#isWanted(notice)) return;
    const others = this.#gathered.get(notice.kind);
    if (others === undefined) this.#gathered.set(notice.kind, [notice]);
    else others.push(notice);
    this.#timer ??= setTimeout(() => this.#giveGathered(), GATHERED_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #giveGathered(): void {
    this.#timer = null;
    const all = [...this.#gathered.values()];
    this.#gathered.clear();
    for (const notices of all) this.#options.give(mergeNotices(notices));
  }

  #isWanted({ kind }: Notice): boolean {
    const { notifyFailures, notifySuccesses } = this.#options.settings();
    return kind === 'failure' ? notifyFailures : kind === 'success' ? notifySuccesses : true;
  }
}
