// Short messages at the edge of the window, each read aloud once. What must not be missed belongs on the page instead: a toast
// goes away by itself, unless it is a failure.

import { toPlainError, type PlainError } from '../../shared/errors.ts';

export interface ToastAction {
  readonly label: string;
  readonly onselect: () => void;
}

export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'info' | 'bad';
  readonly text: string;
  readonly hint: string | null;
  readonly error: PlainError | null;
  readonly action: ToastAction | null;
}

const STAYS_MS = 6000;

export class Toasts {
  #list = $state.raw<readonly Toast[]>([]);
  #nextId = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  get list(): readonly Toast[] {
    return this.#list;
  }

  say(text: string, { tone = 'info', action = null, hint = null }: Partial<Toast> = {}): void {
    this.#add({ tone, text, hint, error: null, action });
  }

  /**
   * Anything thrown; stays until it is closed. A stop at the person's wish is no failure and is not told; that the program
   * does not answer is said by the frame, once.
   */
  fail(thrown: unknown, action: ToastAction | null = null): void {
    const error = toPlainError(thrown);
    if (error.code === 'CANCELLED' || error.details?.['away'] === true) return;
    this.#add({ tone: 'bad', text: error.message, hint: error.hint ?? null, error, action });
  }

  close(id: number): void {
    this.resume(id, null);
    this.#list = this.#list.filter((toast) => toast.id !== id);
  }

  /** While it is pointed at or has the focus it does not go away. */
  hold(id: number): void {
    this.resume(id, null);
  }

  resume(id: number, staysMs: number | null = STAYS_MS): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const toast = this.#list.find((other) => other.id === id);
    if (staysMs === null || toast === undefined || toast.tone === 'bad') return;
    this.#timers.set(
      id,
      setTimeout(() => this.close(id), staysMs),
    );
  }

  #add(toast: Omit<Toast, 'id'>): void {
    const isShown = (other: Toast): boolean => other.text === toast.text && other.tone === toast.tone;
    for (const same of this.#list.filter(isShown)) this.close(same.id);
    const id = this.#nextId++;
    this.#list = [...this.#list, { ...toast, id }].slice(-4);
    this.resume(id);
  }
}
