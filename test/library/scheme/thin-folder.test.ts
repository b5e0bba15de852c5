// A watched folder's scheme by itself: never the first time, never over a third, and gone on with where the program was stopped.

import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';

import { JobQueue } from '../../../core/jobs/index.ts';
import { createSchemeJobs, schemeHandler } from '../../../core/library/scheme/index.ts';
import { thinFolder, type Thinning } from '../../../core/library/thin-folder.ts';
import type { SchemeRule } from '../../../shared/scheme.ts';
import { NEVER, newScheme, TWO, type SchemeSample } from './scheme-samples.ts';

function queueOf({ services, catalog }: SchemeSample): JobQueue {
  return new JobQueue({
    journal: catalog.jobs,
    handlers: [schemeHandler(services)],
    owner: `test ${Math.random()}`,
    mayBeAlive: () => true,
    atATime: 1,
  });
}

function thin(sample: SchemeSample, rule: SchemeRule = TWO): Promise<Thinning | null> {
  const { services, folder } = sample;
  const queue = queueOf(sample);
  return thinFolder({ services, queue }, folder, rule, NEVER).finally(() => queue.close());
}

it('waits for a person the first time, and says what to do', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar', 'd.tar');
  const told = await thin(sample);
  expect(told).toMatchObject({ kind: 'waits', error: null });
  expect(told?.message).toContain('nothing was removed');
  expect(told?.message).toContain('2 of 4 backups would go');
  expect(told?.message).toContain(
    `scheme apply --folder "${sample.folder}" --policy last=2 --to quarantine --undo-days 30`,
  );
  expect(await sample.names()).toHaveLength(4);
});

it('does it by itself once a person did, and tells until when it can be undone', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar');
  await sample.run(await sample.plan());
  await sample.add('d.tar');
  const told = await thin(sample);
  expect(told).toMatchObject({ kind: 'thinned', error: null });
  expect(told?.message).toMatch(/1 file \(.*\) was moved to quarantine\. .* brought back until/);
  expect(await sample.names()).toEqual(['c.tar', 'd.tar']);
  const [job] = await sample.desk.jobs(1);
  expect(job).toMatchObject({ kind: 'scheme', state: 'done', priority: -1 });
});

it('waits again once a person has brought something back', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar', 'd.tar');
  await sample.run(await sample.plan({ ...TWO, policy: 'last=3' }));
  const [removed] = await sample.desk.removedFiles();
  await sample.desk.undoRemoval([removed?.keptAt ?? '']);
  expect((await thin(sample, { ...TWO, policy: 'last=3' }))?.message).toContain('was brought back: 1 of 4');
  expect(await sample.names()).toHaveLength(4);
});

it('waits where more than a third would go', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar');
  await sample.run(await sample.plan());
  await sample.add('d.tar', 'e.tar');
  expect((await thin(sample))?.message).toContain('more than a third: 2 of 4 backups');
  expect(await sample.names()).toHaveLength(4);
});

it('waits where the rule is another one than the person agreed to', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar');
  await sample.run(await sample.plan());
  await sample.add('d.tar');
  expect((await thin(sample, { ...TWO, to: 'trash' }))?.kind).toBe('waits');
});

it('is silent where nothing has to go', async () => {
  const sample = await newScheme('a.tar', 'b.tar');
  expect(await thin(sample)).toBeNull();
});

it('waits, with the reason, where what stays cannot be read', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar');
  await sample.run(await sample.plan());
  await sample.add('d.tar');
  rmSync(sample.path('d.tar'));
  expect(await thin(sample)).toMatchObject({ kind: 'waits', error: { code: 'IO_FAILED' } });
  expect(await sample.names()).toEqual(['b.tar', 'c.tar']);
});

it('goes on first with what an end of the program left', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar');
  const queue = queueOf(sample);
  const [left] = createSchemeJobs(queue, await sample.plan(), { priority: -1 });
  await queue.close();
  sample.catalog.jobs.setState(left?.job.id ?? 0, 'interrupted');
  expect(await thin(sample)).toBeNull();
  expect(await sample.names()).toEqual(['b.tar', 'c.tar']);
  expect((await sample.desk.jobs()).map(({ id, state }) => [id, state])).toEqual([[left?.job.id, 'done']]);
});

it('does not go on with what was begun by a rule that is another one now', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar');
  const queue = queueOf(sample);
  const [left] = createSchemeJobs(queue, await sample.plan(), { priority: -1 });
  await queue.close();
  sample.catalog.jobs.setState(left?.job.id ?? 0, 'interrupted');
  expect(await thin(sample, { ...TWO, policy: 'last=3' })).toBeNull();
  expect(await sample.names()).toEqual(['a.tar', 'b.tar', 'c.tar']);
  expect((await sample.desk.jobs()).map(({ id, state }) => [id, state])).toEqual([
    [left?.job.id, 'cancelled'],
  ]);
});

it('does not begin anew what a person has paused', async () => {
  const sample = await newScheme('a.tar', 'b.tar', 'c.tar');
  await sample.run(await sample.plan());
  await sample.add('d.tar');
  const queue = queueOf(sample);
  const [left] = createSchemeJobs(queue, await sample.plan(), { priority: -1 });
  await queue.pause(left?.job.id ?? 0);
  await queue.close();
  expect(await thin(sample)).toBeNull();
  expect(await sample.names()).toEqual(['b.tar', 'c.tar', 'd.tar']);
});
