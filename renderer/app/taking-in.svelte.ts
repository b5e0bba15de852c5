// What is dropped on the window or opened with the program: taken into the library, then shown.

import { toPlainError, type PlainError } from '../../shared/errors.ts';
import type { TakenIn } from '../../shared/window.ts';
import { t } from '../messages/messages.ts';
import type { Client } from '../transport/client.ts';
import type { App } from './app.svelte.ts';

export interface Upload {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export class TakingIn {
  readonly #client: Client;
  readonly #app: Pick<App, 'library' | 'router' | 'toasts'>;
  #isBusy = $state(false);
  #upload = $state.raw<Upload | null>(null);
  #problems = $state.raw<TakenIn['problems']>([]);
  #stop: AbortController | null = null;

  constructor(client: Client, app: Pick<App, 'library' | 'router' | 'toasts'>) {
    this.#client = client;
    this.#app = app;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** How far the bytes are sent; null where none are. */
  get upload(): Upload | null {
    return this.#upload;
  }

  /** What could not be taken in, until it has been read. */
  get problems(): readonly { readonly path: string; readonly error: PlainError }[] {
    return this.#problems;
  }

  async takePaths(paths: readonly string[]): Promise<void> {
    await this.#take(() => this.#client.call('library.takeIn', { paths: [...paths] }));
  }

  /** stay: what is shown on the screen now is still to be read. */
  async takeFiles(files: readonly File[], then: 'show' | 'stay' = 'show'): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    await this.#take(
      () =>
        this.#client.takeIn(files, {
          signal: stop.signal,
          progress: (doneBytes, totalBytes) => (this.#upload = { doneBytes, totalBytes }),
        }),
      then,
    );
  }

  cancel(): void {
    this.#stop?.abort();
  }

  forgetProblems(): void {
    this.#problems = [];
  }

  async #take(work: () => Promise<TakenIn>, then: 'show' | 'stay' = 'show'): Promise<void> {
    this.#isBusy = true;
    try {
      this.#tell(await work(), then);
    } catch (error) {
      if (toPlainError(error).code !== 'CANCELLED') this.#app.toasts.fail(error);
    } finally {
      this.#isBusy = false;
      this.#upload = null;
      this.#stop = null;
    }
  }

  #tell({ identities, folders, problems }: TakenIn, then: 'show' | 'stay'): void {
    const { library, router, toasts } = this.#app;
    this.#problems = problems;
    if (identities.length + folders.length === 0) return;
    void library.load();
    const [only] = identities;
    if (only !== undefined && identities.length === 1 && folders.length === 0 && then === 'show')
      router.go('library', { id: only });
    else {
      if (then === 'show') router.go('library');
      toasts.say(t('app.taken-in', { backups: identities.length, folders: folders.length }), {
        tone: 'good',
      });
    }
  }
}
