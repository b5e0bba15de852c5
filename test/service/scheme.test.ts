// A scheme as a window sees it: a plan that is used once, jobs with their reports, what can be brought back, and that all windows hear of it.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { noticeOfWatchEvent } from '../../core/service/background/notices.ts';
import type { WatchEvent } from '../../shared/library.ts';
import { day, tinyBackup } from '../library/library-samples.ts';
import { scratch } from '../support/fixtures.ts';
import { newService } from './service-fixture.ts';

const RULE = { policy: 'last=2', to: 'quarantine', undoDays: 30 } as const;

it('is planned, carried out, reported, and taken back', async () => {
  const { call, until, events } = await newService();
  const folder = await scratch();
  for (let index = 0; index < 5; index++)
    await tinyBackup(join(folder, `${index}.tar`), { date: day(index) });
  await call('library.addFolder', { path: folder });
  await call('library.scan', {});
  expect(await call('scheme.rule', {})).toMatchObject({ policy: 'standard' });

  const { planId, plan } = await call('scheme.plan', { rule: RULE });
  expect(plan.folders).toMatchObject([{ folder, removedCount: 3, asks: 'first-run' }]);
  const told = until('library', ({ identities }) => identities === null);
  const over = until('job', ({ event }) => event.kind === 'job' && event.job.state === 'done');
  const [job] = await call('scheme.start', { planId });
  expect(job).toMatchObject({ kind: 'scheme', title: 'Remove 3 files by the scheme' });
  await expect(call('scheme.start', { planId })).rejects.toMatchObject({ code: 'USAGE' });
  await over;
  await told;
  const jobId = job?.id ?? 0;
  const report = await call('scheme.report', { jobId });
  expect(report.items.map(({ outcome }) => outcome)).toEqual(['removed', 'removed', 'removed']);
  expect(await call('scheme.rule', {})).toEqual(RULE);
  expect((await call('scheme.plan', { rule: RULE })).plan.folders[0]?.asks).toBeNull();

  const path = join(await scratch(), 'report.txt');
  await call('jobs.saveReport', { jobId, path, as: 'text' });
  expect(readFileSync(path, 'utf8')).toContain('these went to quarantine');

  const removed = await call('scheme.removed', {});
  expect(removed).toHaveLength(3);
  events.length = 0;
  const heard = until('library', ({ identities }) => identities === null);
  const undone = await call('scheme.undo', { keptAt: removed.map(({ keptAt }) => keptAt) });
  expect(undone.restored).toHaveLength(3);
  await heard;
  expect(readdirSync(folder).filter((name) => name.endsWith('.tar'))).toHaveLength(5);
  expect(await call('library.status', {})).toMatchObject({ backupCount: 5, missingCopies: 0 });
});

it('refuses a policy that is none, and a folder that is none of the library', async () => {
  const { call } = await newService();
  const rule = { ...RULE, policy: 'dayly=3' };
  await expect(call('scheme.plan', { rule })).rejects.toMatchObject({ code: 'USAGE' });
  const folders = [await scratch()];
  await expect(call('scheme.plan', { rule: RULE, folders })).rejects.toMatchObject({ code: 'USAGE' });
});

it('that waits in a watched folder, or has thinned it out, is a notice', () => {
  const event = (kind: WatchEvent['kind'], error: WatchEvent['error'] = null): WatchEvent => ({
    ...{ at: '', kind, folder: '/srv/backups', path: null, message: 'So it is.', error },
  });
  expect(noticeOfWatchEvent(event('waits'), null)).toEqual({
    kind: 'info',
    title: 'The scheme of “backups” needs you',
    body: 'So it is.',
    route: '#/rotation/scheme',
  });
  expect(noticeOfWatchEvent(event('thinned'), null)).toMatchObject({ kind: 'success' });
  const error = { code: 'IO_FAILED', message: 'No.', hint: 'Look.' } as const;
  expect(noticeOfWatchEvent(event('waits', error), null)).toMatchObject({
    kind: 'failure',
    body: 'So it is. Look.',
  });
});
