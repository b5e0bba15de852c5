// The Keys screen: which keys are shown in which order, which dialog is open for which of them, and what is done without a dialog.

import type { KeyInfo, KeyState, ListedKey } from '../../../shared/keys.ts';
import type { App } from '../../app/app.svelte.ts';
import { t } from '../../messages/messages.ts';
import { arrange } from './key-order.ts';

export type KeyDialogKind =
  'reveal' | 'save' | 'drill' | 'rename' | 'compromised' | 'advice' | 'trust' | 'remove';
export type AddingKind = 'import' | 'type' | 'adopt' | 'generate';

/** Below so many nobody needs a search. */
const SEARCHED_FROM = 7;

export class KeysState {
  readonly #app: App;
  #text = $state('');
  #adding = $state<AddingKind | null>(null);
  #dialog = $state.raw<{ readonly kind: KeyDialogKind; readonly keyId: string } | null>(null);
  #shown = $derived.by(() => arrange(this.#app.keys.list ?? [], this.#text));
  #about = $derived.by(() => (this.#dialog === null ? null : this.#app.keys.get(this.#dialog.keyId)));

  constructor(app: App) {
    this.#app = app;
  }

  /** What is searched for. */
  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
  }

  get isSearchable(): boolean {
    return (this.#app.keys.list?.length ?? 0) >= SEARCHED_FROM;
  }

  /** Those in use that open the newest backups first, then those that need a thought, then the retired. */
  get shown(): readonly ListedKey[] {
    return this.#shown;
  }

  get adding(): AddingKind | null {
    return this.#adding;
  }

  get dialog(): KeyDialogKind | null {
    return this.#about === null ? null : (this.#dialog?.kind ?? null);
  }

  /** The key that the dialog is about. */
  get about(): ListedKey | null {
    return this.#about;
  }

  add(kind: AddingKind): void {
    this.#adding = kind;
  }

  open(kind: KeyDialogKind, keyId: string): void {
    this.#adding = null;
    this.#dialog = { kind, keyId };
  }

  close(): void {
    this.#adding = null;
    this.#dialog = null;
  }

  /** Retires a key or takes it back, at once: both can be undone. */
  async setState(key: KeyInfo, state: Exclude<KeyState, 'compromised'>): Promise<void> {
    try {
      await this.#change(key.id, state);
      const other = state === 'active' ? 'retired' : 'active';
      this.#app.toasts.say(t(`keys.${state}.done`, { label: key.label }), {
        tone: 'good',
        action: { label: t('keys.undo'), onselect: () => void this.#undo(key, other) },
      });
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }

  async #undo(key: KeyInfo, state: Exclude<KeyState, 'compromised'>): Promise<void> {
    try {
      await this.#change(key.id, state);
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }

  async #change(keyId: string, state: Exclude<KeyState, 'compromised'>): Promise<void> {
    await this.#app.client.call('keys.setState', { keyId, state });
    await this.#app.keys.load();
  }
}
