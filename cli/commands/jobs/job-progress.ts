// How far a job has got: on a terminal one live line, elsewhere a plain line for each file that has ended.

import { basename } from 'node:path';

import type { Job, JobEvent, JobItem, JobProgress } from '../../../shared/jobs.ts';
import type { Session } from '../../session.ts';
import { progressLine, REDRAW_MS } from '../../terminal/progress-line.ts';
import { printable } from '../../../shared/reports/printable.ts';

const ENDED: ReadonlySet<JobItem['state']> = new Set(['done', 'skipped', 'failed', 'cancelled']);

export class JobProgressReporter {
  readonly #session: Session;
  #job: Job | null = null;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The job that was heard of; null before the first event. */
  get job(): Job | null {
    return this.#job;
  }

  /** Takes one event; made to be handed on as it is. */
  readonly show = (event: JobEvent): void => {
    switch (event.kind) {
      case 'job':
        if (this.#job === null) this.#announce(event.job);
        this.#job = event.job;
        return;
      case 'item':
        if (!this.#session.screen.redraws && ENDED.has(event.item.state)) this.#plainLine(event.item);
        return;
      case 'progress':
        this.#draw(event.progress);
    }
  };

  /** Takes the live line away. */
  close(): void {
    this.#session.screen.live(null);
  }

  #announce({ id, title }: Job): void {
    if (!this.#session.screen.redraws) this.#session.screen.note(`Job ${id}: ${title}.`);
  }

  #plainLine({ path, state, message, error }: JobItem): void {
    const { screen } = this.#session;
    if (state === 'failed' && error !== null) screen.plainError(error, path);
    else screen.note(`${path}: ${message ?? (state === 'cancelled' ? 'Stopped.' : 'Done.')}`);
  }

  #draw(progress: JobProgress): void {
    const { screen, formats, host } = this.#session;
    const now = host.now();
    if (!screen.redraws || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    const { doneBytes, totalBytes, doneItems, totalItems, bytesPerSecond, secondsLeft, current } = progress;
    const names = current.map(({ path }) => printable(basename(path))).join(', ');
    const count = `${formats.count(doneItems)} of ${formats.count(totalItems)} done`;
    const figures = [
      formats.share(doneBytes, totalBytes),
      ...(bytesPerSecond === null ? [] : [formats.speed(bytesPerSecond)]),
      ...(secondsLeft === null ? [] : [`${formats.duration(Math.ceil(secondsLeft) * 1000)} left`]),
    ];
    const share = totalBytes > 0 ? doneBytes / totalBytes : 0;
    screen.live(progressLine(screen.columns, names === '' ? count : `${count}: ${names}`, share, figures));
  }
}

/** What is handed to work that becomes a job. */
export interface ShownRun {
  readonly signal: AbortSignal;
  readonly onEvent: (event: JobEvent) => void;
}

/** Does the work, shows how far it is, and takes the live line away when it has ended. */
export async function withProgress<T>(session: Session, work: (running: ShownRun) => Promise<T>): Promise<T> {
  const progress = new JobProgressReporter(session);
  try {
    return await work({ signal: session.host.signal, onEvent: progress.show });
  } finally {
    progress.close();
  }
}
