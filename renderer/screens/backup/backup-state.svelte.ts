// One backup as the Backup page shows it: asked for when it is opened, and again when the engine says that something about it changed.

import type { App } from '../../app/app.svelte.ts';
import type { VerifyLevel } from '../../../shared/backup.ts';
import { errorCode } from '../../../shared/errors.ts';
import type { LibraryBackup } from '../../../shared/library.ts';
import type { BackupPage, TrashReport } from '../../../shared/window.ts';

export class BackupState {
  readonly identity: string;
  readonly #app: App;
  #page = $state.raw<BackupPage | null>(null);
  #problem = $state.raw<unknown>(null);
  #isGone = $state(false);
  #verifyingJobId = $state<number | null>(null);
  #backup = $derived.by(() => this.#app.library.get(this.identity) ?? this.#page?.backup ?? null);
  #isVerifying = $derived.by(() => this.#app.jobs.active.some(({ id }) => id === this.#verifyingJobId));

  constructor(app: App, identity: string) {
    this.#app = app;
    this.identity = identity;
  }

  /** null until it was read. */
  get page(): BackupPage | null {
    return this.#page;
  }

  /** What the library knows of it, before the page was read. */
  get backup(): LibraryBackup | null {
    return this.#backup;
  }

  get problem(): unknown {
    return this.#problem;
  }

  /** The library does not know it, or no longer. */
  get isGone(): boolean {
    return this.#isGone;
  }

  get isVerifying(): boolean {
    return this.#isVerifying;
  }

  /** Labels of the keys that open it, as far as the vault is open. */
  get keyLabels(): readonly string[] {
    return (this.#backup?.keyIds ?? []).flatMap((id) => this.#app.keys.labelOf(id) ?? []);
  }

  /** Reads it now and whenever it changes, until the answer is called. */
  start(): () => void {
    void this.load();
    const ends = [
      this.#app.client.on('library', ({ identities }) => {
        if (identities === null || identities.includes(this.identity)) void this.load();
      }),
      this.#app.client.watchConnection((connection) => {
        if (connection === 'back') void this.load();
      }),
    ];
    return () => ends.forEach((end) => end());
  }

  async load(): Promise<void> {
    try {
      this.#page = await this.#app.client.call('library.backup', { identity: this.identity });
      this.#problem = null;
      this.#isGone = false;
    } catch (error) {
      // The page is asked for by an identity: that there is none is the one thing that can be wrong with it.
      this.#isGone = errorCode(error) === 'USAGE';
      this.#problem = this.#isGone ? null : error;
    }
  }

  /** @throws as verification.start */
  async verify(level: VerifyLevel): Promise<void> {
    const which = { kind: 'backups' as const, identities: [this.identity] };
    const job = await this.#app.client.call('verification.start', { which, level });
    this.#app.jobs.take(job);
    this.#verifyingJobId = job.id;
  }

  /** @throws as library.trash */
  async trash(paths: string[]): Promise<TrashReport> {
    const report = await this.#app.client.call('library.trash', { paths });
    await Promise.all([this.#app.library.load(), this.load()]);
    return report;
  }

  /** @throws as keys.adopt */
  async adoptKey(): Promise<{ readonly label: string; readonly isNew: boolean }> {
    const { added } = await this.#app.client.call('keys.adopt', { identity: this.identity });
    await this.#app.keys.load();
    return { label: added.key.label, isNew: added.isNew };
  }

  async reveal(path: string): Promise<void> {
    try {
      await this.#app.client.call('files.reveal', { path });
    } catch (error) {
      this.#app.toasts.fail(error);
    }
  }
}
