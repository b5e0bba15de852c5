// The jobs as the engine tells of them, the newest first, with how far the running ones are. A job that is looked at more closely
// is followed item by item.

import type { Job, JobDetails, JobItem, JobProgress } from '../../shared/jobs.ts';
import type { Client } from '../transport/client.ts';

const LISTED = 200;

export class Jobs {
  readonly #client: Client;
  #list = $state.raw<readonly Job[]>([]);
  #progress = $state.raw<ReadonlyMap<number, JobProgress>>(new Map());
  #problem = $state.raw<unknown>(null);
  #isLoaded = $state(false);
  #active = $derived(this.#list.filter(({ state }) => state === 'running' || state === 'waiting'));

  constructor(client: Client) {
    this.#client = client;
  }

  /** The newest first. */
  get list(): readonly Job[] {
    return this.#list;
  }

  /** Running or waiting. */
  get active(): readonly Job[] {
    return this.#active;
  }

  /** Why the list could not be had; null where it could. */
  get problem(): unknown {
    return this.#problem;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get(jobId: number): Job | null {
    return this.#list.find(({ id }) => id === jobId) ?? null;
  }

  /** Of a running job; null before the first news and after the end. */
  progressOf(jobId: number): JobProgress | null {
    return this.#progress.get(jobId) ?? null;
  }

  async load(): Promise<void> {
    try {
      this.#list = newestFirst(await this.#client.call('jobs.list', { limit: LISTED }));
      this.#problem = null;
    } catch (error) {
      this.#problem = error;
    }
    this.#isLoaded = true;
  }

  /** Listens until the answer is called. */
  start(): () => void {
    return this.#client.on('job', ({ event }) => {
      if (event.kind === 'job') this.take(event.job);
      else if (event.kind === 'progress')
        this.#progress = new Map(this.#progress).set(event.progress.jobId, event.progress);
    });
  }

  /** What a call answered with, so that it shows before its event comes. */
  take(job: Job): void {
    this.#list = newestFirst([job, ...this.#list.filter(({ id }) => id !== job.id)]);
    if (job.state === 'running' || !this.#progress.has(job.id)) return;
    const rest = new Map(this.#progress);
    rest.delete(job.id);
    this.#progress = rest;
  }

  /** @throws as jobs.pause */
  async pause(jobId: number): Promise<void> {
    this.take(await this.#client.call('jobs.pause', { jobId }));
  }

  /** @throws as jobs.cancel */
  async cancel(jobId: number): Promise<void> {
    this.take(await this.#client.call('jobs.cancel', { jobId }));
  }

  /** @throws as jobs.resume */
  async resume(jobId: number, which: 'rest' | 'rest-and-failed' = 'rest'): Promise<void> {
    const retryFailed = which === 'rest-and-failed';
    this.take(await this.#client.call('jobs.resume', { jobId, retryFailed }));
  }

  /** One job with its items, kept current until it is closed. */
  follow(jobId: number): FollowedJob {
    return new FollowedJob(this.#client, this, jobId);
  }
}

/** Items come by the thousand: they are put in their places together, a few times a second. */
const MERGED_MS = 150;

export class FollowedJob {
  readonly #client: Client;
  readonly #jobs: Jobs;
  readonly #jobId: number;
  readonly #stopListening: () => void;
  readonly #news = new Map<number, JobItem>();
  #details = $state.raw<JobDetails | null>(null);
  #problem = $state.raw<unknown>(null);
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(client: Client, jobs: Jobs, jobId: number) {
    this.#client = client;
    this.#jobs = jobs;
    this.#jobId = jobId;
    this.#stopListening = client.on('job', ({ event }) => {
      if (event.kind !== 'item' || event.jobId !== jobId) return;
      this.#news.set(event.item.position, event.item);
      this.#timer ??= setTimeout(() => this.#merge(), MERGED_MS);
    });
    void this.load();
  }

  get jobId(): number {
    return this.#jobId;
  }

  /** The newest that is known of the job; null until it is there. */
  get job(): Job | null {
    return this.#jobs.get(this.#jobId) ?? this.#details;
  }

  /** In the order of their positions. */
  get items(): readonly JobItem[] {
    return this.#details?.items ?? [];
  }

  get isLoaded(): boolean {
    return this.#details !== null;
  }

  get progress(): JobProgress | null {
    return this.#jobs.progressOf(this.#jobId);
  }

  get problem(): unknown {
    return this.#problem;
  }

  async load(): Promise<void> {
    try {
      this.#details = await this.#client.call('jobs.get', { jobId: this.#jobId });
      this.#problem = null;
    } catch (error) {
      this.#problem = error;
    }
    this.#merge();
  }

  close(): void {
    this.#stopListening();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #merge(): void {
    this.#timer = null;
    if (this.#details === null || this.#news.size === 0) return;
    const items = this.#details.items.map((item) => newer(item, this.#news.get(item.position)));
    this.#details = { ...this.#details, items };
    this.#news.clear();
  }
}

/** What was asked for may be younger than an event that came while it was on its way. */
function newer(known: JobItem, told: JobItem | undefined): JobItem {
  if (told === undefined) return known;
  const isOlder = known.endedAt !== null && told.endedAt === null && told.attempts <= known.attempts;
  return isOlder ? known : told;
}

function newestFirst(jobs: readonly Job[]): readonly Job[] {
  return [...jobs].sort((a, b) => b.id - a.id);
}
