// Typing a key in: what is typed, which backup it is tried on, and what came of it. What was typed is forgotten as soon as it is added.

import type { InputOf } from '../../../shared/contract/index.ts';
import type { TypedKeyReport } from '../../../shared/keys.ts';
import type { LibraryBackup } from '../../../shared/library.ts';
import type { App } from '../../app/app.svelte.ts';
import { isLocked, provingBackups } from './proving-backups.ts';
import { StrengthMeter } from './strength-meter.svelte.ts';
import { lookAtTyped } from './typed-key.ts';

export const WITHOUT_BACKUP = 'none';

export class TypeKeyState {
  readonly #app: Pick<App, 'client' | 'keys' | 'library'>;
  readonly meter: StrengthMeter;
  #typed = $state('');
  #label = $state('');
  #against = $state('');
  #form = $state<'as-written' | 'as-typed'>('as-written');
  #isBusy = $state(false);
  #problem = $state.raw<unknown>(null);
  #report = $state.raw<TypedKeyReport | null>(null);
  #candidates = $derived.by(() => provingBackups(this.#app.library.backups));
  #needsForm = $derived.by(() => {
    const look = lookAtTyped(this.#typed);
    return this.#against === WITHOUT_BACKUP && look.kind === 'key' && look.isChanged;
  });

  constructor(app: Pick<App, 'client' | 'keys' | 'library'>) {
    this.#app = app;
    this.meter = new StrengthMeter(app.client);
    this.#against = this.#candidates.find(isLocked)?.identity ?? WITHOUT_BACKUP;
  }

  get typed(): string {
    return this.#typed;
  }

  set typed(typed: string) {
    this.#typed = typed;
    this.#problem = null;
  }

  get label(): string {
    return this.#label;
  }

  set label(label: string) {
    this.#label = label;
  }

  /** Identity of the backup that the key is tried on, or WITHOUT_BACKUP. */
  get against(): string {
    return this.#against;
  }

  set against(against: string) {
    this.#against = against;
  }

  /** Whether it is kept as Home Assistant writes it or exactly as typed; only asked where nothing else tells. */
  get form(): 'as-written' | 'as-typed' {
    return this.#form;
  }

  set form(form: 'as-written' | 'as-typed') {
    this.#form = form;
  }

  get needsForm(): boolean {
    return this.#needsForm;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  get problem(): unknown {
    return this.#problem;
  }

  get report(): TypedKeyReport | null {
    return this.#report;
  }

  /** Encrypted backups, those without a key first, the newest first. */
  get candidates(): readonly LibraryBackup[] {
    return this.#candidates;
  }

  /** Name of the backup that the key was tried on; null where it was not. */
  get provenBy(): string | null {
    return this.#candidates.find(({ identity }) => identity === this.#against)?.name ?? null;
  }

  async add(): Promise<void> {
    if (this.#typed === '' || this.#isBusy) return;
    this.#isBusy = true;
    this.#problem = null;
    try {
      this.#report = await this.#app.client.call('keys.addTyped', this.#request());
      this.forget();
      await this.#app.keys.load();
    } catch (error) {
      this.#problem = error;
    } finally {
      this.#isBusy = false;
    }
  }

  /** Begins with another key. */
  again(): void {
    this.forget();
    this.#label = '';
    this.#report = null;
  }

  /** What was typed, and what was measured of it. */
  forget(): void {
    this.#typed = '';
    this.meter.stop();
  }

  #request(): InputOf<'keys.addTyped'> {
    const label = this.#label.trim();
    const against = this.#against;
    return {
      typed: this.#typed,
      ...(label === '' ? {} : { label }),
      ...(against === WITHOUT_BACKUP ? {} : { against }),
      ...(this.#needsForm ? { form: this.#form } : {}),
    };
  }
}
