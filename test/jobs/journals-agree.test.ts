// The journal in memory, on which the queue is tested, and the catalogue, on which it runs, answer alike.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';

import { openCatalog } from '../../core/catalog/index.ts';
import type { JobJournal, JobWish } from '../../core/jobs/index.ts';
import type { PlainError } from '../../shared/errors.ts';
import type { JobItemState, JobState } from '../../shared/jobs.ts';
import { MemoryJournal } from './memory-journal.ts';

const OWNERS = ['first', 'second'] as const;
const ERROR: PlainError = { code: 'NO_SPACE', message: 'Full.', hint: 'Make room.', details: { bytes: 7 } };

const FIRST = ['a', 'b', 'c'].map((path) => ({ path, sizeBytes: 5 }));

type Call = (journal: JobJournal, id: number) => unknown;

const CALLS: fc.Arbitrary<Call> = fc.oneof(
  fc.nat({ max: 3 }).map(
    (count): Call =>
      (journal) =>
        journal.create(
          'migrate',
          'A job',
          count,
          '{"a":1}',
          Array.from({ length: count }, (_, at) => ({ path: `/b/${at}.tar`, sizeBytes: at * 1e12 })),
        ),
  ),
  fc.constantFrom(...OWNERS).chain((owner) =>
    fc.constantFrom(null, ...OWNERS).map(
      (previous): Call =>
        (journal, id) =>
          journal.claim(id, owner, previous),
    ),
  ),
  fc
    .constantFrom<JobState>('waiting', 'running', 'paused', 'interrupted', 'done', 'cancelled', 'failed')
    .map((state): Call => (journal, id) => {
      // as the queue does: only of a job that one has
      if (journal.ownerOf(id) !== null) journal.setState(id, state, state === 'failed' ? ERROR : null);
    }),
  fc.nat({ max: 2 }).map((position): Call => (journal, id) => {
    if (journal.get(id)?.items[position]?.state === 'waiting') return journal.startItem(id, position);
    return null;
  }),
  fc
    .tuple(
      fc.nat({ max: 2 }),
      fc.constantFrom<Exclude<JobItemState, 'running'>>('waiting', 'done', 'skipped', 'failed', 'cancelled'),
    )
    .map(([position, state]): Call => (journal, id) => {
      if (journal.get(id)?.items[position]?.state !== 'running') return null;
      const error = state === 'failed' || state === 'waiting' ? ERROR : null;
      const message = state === 'waiting' ? null : 'It has ended.';
      return journal.endItem(id, position, { state, message, error, resultJson: `{"state":"${state}"}` });
    }),
  fc.subarray<'failed' | 'cancelled'>(['failed', 'cancelled']).map(
    (states): Call =>
      (journal, id) =>
        journal.reopenItems(id, states),
  ),
  fc.constantFrom<JobWish | null>('pause', 'cancel', null).map(
    (wish): Call =>
      (journal, id) =>
        journal.ask(id, wish),
  ),
  fc.integer({ min: -5, max: 5 }).map(
    (priority): Call =>
      (journal, id) =>
        journal.setPriority(id, priority),
  ),
  fc.constant<Call>((journal, id) => journal.release(id)),
  fc.nat({ max: 3 }).map(
    (limit): Call =>
      (journal) =>
        journal.list(limit),
  ),
);

/** Everything that can be asked, with times only as there or not there. */
function everything(journal: JobJournal): unknown {
  const jobs = journal.list().map(({ id }) => ({
    job: journal.job(id),
    details: journal.get(id),
    request: journal.requestOf(id),
    owner: journal.ownerOf(id),
    wish: journal.wishOf(id),
    results: [0, 1, 2].map((position) => journal.resultOf(id, position)),
  }));
  const held = [...journal.held()].sort((a, b) => a.id - b.id);
  return withoutTimes({ jobs, held, unknown: [journal.job(999), journal.get(999)] });
}

function withoutTimes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, inner: unknown) => (key.endsWith('At') ? inner !== null : inner)),
  );
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-journals-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it('an item that waits again has no message, and says why it failed until it is begun', async () => {
  const catalog = openCatalog(join(await newFolder(), 'catalog.sqlite'));
  for (const journal of [new MemoryJournal(), catalog.jobs]) {
    const { id } = journal.create('verify', 'First', 0, '1', FIRST);
    journal.claim(id, 'first', null);
    journal.startItem(id, 0);
    journal.endItem(id, 0, { state: 'failed', message: 'It failed.', error: ERROR, resultJson: '{}' });
    journal.reopenItems(id, ['failed']);
    expect(journal.get(id)?.items[0]).toMatchObject({ state: 'waiting', message: null, error: ERROR });
    expect(journal.startItem(id, 0)).toMatchObject({ state: 'running', attempts: 2, error: null });
    expect(journal.resultOf(id, 0)).toBe(null);
  }
  catalog.close();
});

it('whatever is called, in whatever order', async () => {
  const folder = await newFolder();
  let run = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(CALLS, fc.constantFrom(0, 0, 0, 1, 2)), { minLength: 20, maxLength: 60 }),
      (calls) => {
        const catalog = openCatalog(join(folder, `${++run}.sqlite`));
        const memory = new MemoryJournal();
        try {
          for (const [call, at] of calls) {
            const count = memory.list().length;
            if (count === 0)
              for (const journal of [memory, catalog.jobs]) journal.create('verify', 'First', 0, '1', FIRST);
            const id = (at % Math.max(1, count)) + 1;
            expect(withoutTimes(call(catalog.jobs, id))).toEqual(withoutTimes(call(memory, id)));
            expect(everything(catalog.jobs)).toEqual(everything(memory));
          }
        } finally {
          catalog.close();
        }
      },
    ),
    { numRuns: 40 },
  );
});
