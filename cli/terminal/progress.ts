// How far the running files have got. On a terminal one live line with a bar, at most ten times a second;
// elsewhere a plain line at the start and the end of each file and every ten seconds in between.

import { basename } from 'node:path';

import type { Progress } from '../../shared/backup.ts';
import type { Formats } from '../../shared/reports/formats.ts';
import { progressLine, REDRAW_MS } from './progress-line.ts';
import type { Screen } from './screen.ts';
import { SpeedMeter } from './speed-meter.ts';

const PLAIN_LINE_MS = 10_000;

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  'checking-keys': 'Trying the keys',
  reading: 'Reading',
  writing: 'Writing',
  'reading-back': 'Reading back',
  swapping: 'Putting in place',
  extracting: 'Extracting',
};

export interface ProgressFile {
  readonly shownAs: string;
  readonly sizeBytes: number;
}

interface State {
  progress: Progress | null;
  state: 'waiting' | 'running' | 'finished';
  startedAt: number;
  linedAt: number;
}

export class ProgressReporter {
  readonly #screen: Screen;
  readonly #formats: Formats;
  readonly #now: () => number;
  readonly #files: readonly ProgressFile[];
  readonly #states: State[];
  readonly #meter: SpeedMeter;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(screen: Screen, formats: Formats, now: () => number, files: readonly ProgressFile[]) {
    this.#screen = screen;
    this.#formats = formats;
    this.#now = now;
    this.#files = files;
    this.#states = files.map(() => ({ progress: null, state: 'waiting', startedAt: 0, linedAt: 0 }));
    this.#meter = new SpeedMeter(now());
  }

  start(index: number): void {
    const now = this.#now();
    this.#states[index] = { progress: null, state: 'running', startedAt: now, linedAt: now };
    const file = this.#files[index];
    if (file === undefined) return;
    if (this.#screen.redraws) this.#draw();
    else
      this.#screen.note(
        `${file.shownAs}: started (${this.#formats.size(file.sizeBytes)}${this.#place(index)}).`,
      );
  }

  update(index: number, progress: Progress): void {
    const state = this.#states[index];
    if (state?.state !== 'running') return;
    state.progress = progress;
    const now = this.#now();
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#meter.update(now, this.#totals().done);
    if (this.#screen.redraws) this.#draw();
    else this.#plainLine(index, state, progress);
    this.#drawnAt = now;
  }

  finish(index: number, outcome: 'done' | 'failed'): void {
    const state = this.#states[index];
    if (state?.state !== 'running') return;
    state.state = 'finished';
    if (this.#screen.redraws) {
      if (!this.#states.some((other) => other.state === 'running')) this.#screen.live(null);
      return;
    }
    const took = this.#formats.duration(this.#now() - state.startedAt);
    const words = outcome === 'done' ? `finished in ${took}` : `ended with an error after ${took}`;
    this.#screen.note(`${this.#files[index]?.shownAs ?? ''}: ${words}.`);
  }

  /** Takes the live line away. */
  close(): void {
    this.#screen.live(null);
  }

  #draw(): void {
    const { done, total } = this.#totals();
    const running = this.#states.flatMap((state, index) => (state.state === 'running' ? [index] : []));
    if (running.length === 0) return;
    const figures = [this.#formats.share(done, total), ...this.#pace(total)];
    this.#screen.live(
      progressLine(this.#screen.columns, this.#title(running), total > 0 ? done / total : 0, figures),
    );
  }

  #plainLine(index: number, state: State, progress: Progress): void {
    const now = this.#now();
    if (now - state.linedAt < PLAIN_LINE_MS) return;
    state.linedAt = now;
    const parts = [
      this.#formats.share(progress.doneBytes, progress.totalBytes),
      ...this.#pace(this.#totals().total),
    ];
    const phase = PHASES[progress.phase].toLowerCase();
    this.#screen.note(`${this.#files[index]?.shownAs ?? ''}: ${phase}, ${parts.join(', ')}.`);
  }

  #title(running: readonly number[]): string {
    const first = running[0] ?? 0;
    const phase = this.#states[first]?.progress?.phase;
    const verb = phase === undefined ? 'Starting' : PHASES[phase];
    if (this.#files.length === 1) return `${verb} ${basename(this.#files[first]?.shownAs ?? '')}`;
    const finished = this.#states.filter((state) => state.state === 'finished').length;
    const names = running.map((index) => basename(this.#files[index]?.shownAs ?? '')).join(', ');
    return `${this.#formats.count(finished)} of ${this.#formats.count(this.#files.length)} done: ${names}`;
  }

  #pace(total: number): string[] {
    const speed = this.#meter.bytesPerSecond;
    const left = this.#meter.remainingMs(total);
    if (speed === null || left === null) return [];
    return [this.#formats.speed(speed), `${this.#formats.duration(Math.ceil(left / 1000) * 1000)} left`];
  }

  /** Bytes of all files. A task may count its bytes more than once; what has not begun is taken to be like the rest. */
  #totals(): { done: number; total: number } {
    let done = 0;
    let known = 0;
    let knownSize = 0;
    let unknownSize = 0;
    this.#states.forEach(({ progress, state }, index) => {
      const size = this.#files[index]?.sizeBytes ?? 0;
      if (progress === null || progress.totalBytes === 0) {
        if (state !== 'finished') unknownSize += size;
        return;
      }
      known += progress.totalBytes;
      knownSize += size;
      done += state === 'finished' ? progress.totalBytes : progress.doneBytes;
    });
    const ratio = knownSize > 0 ? known / knownSize : 1;
    return { done, total: known + unknownSize * ratio };
  }

  #place(index: number): string {
    return this.#files.length === 1
      ? ''
      : `, ${this.#formats.count(index + 1)} of ${this.#formats.count(this.#files.length)}`;
  }
}
