// What becomes of work in hand when the program is told to end: files in work are finished, the rest waits and is not lost.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import type { Job, JobDetails } from '../../shared/jobs.ts';
import { DEFAULT_SETTINGS } from '../../shared/settings.ts';
import { eventually } from '../cli/run-program.ts';
import { newVault } from '../cli/vault-folder.ts';
import { serve } from '../screens/support/served-program.ts';
import { makeBackup } from '../support/make-backup.ts';
import { enter, type Entered } from './browser-like.ts';

const BACKUPS = 8;
const MEMBER_BYTES = 2 * 1024 * 1024;
const PASSWORD = 'K7QF-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';

async function value<T>({ call }: Entered, name: string, input: unknown): Promise<T> {
  const reply = await call(name, input);
  if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message}`);
  return reply.value as T;
}

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'keeps a job that %s came into, and can take it up again',
  async (signal) => {
    await using folder = await newVault();
    const backups = join(folder.path, 'backups');
    mkdirSync(backups);
    for (let number = 0; number < BACKUPS; number++) {
      const slug = `c0ffee${String(number).padStart(2, '0')}`;
      await makeBackup(join(backups, `${slug}.tar`), PASSWORD, 2, MEMBER_BYTES, slug);
    }
    // Nothing begins by itself while the test looks.
    const settings = { ...DEFAULT_SETTINGS, background: false };
    writeFileSync(join(folder.data, 'settings.json'), JSON.stringify(settings));
    const args = ['--data', folder.data, '--passphrase-file', folder.passphraseFile, '--jobs', '1'];
    const program = await serve(args);
    const first = await enter(program.address);
    await value(first, 'keys.addTyped', { typed: PASSWORD, label: 'Home' });
    await value(first, 'library.addFolder', { path: backups });
    await value(first, 'library.scan', {});
    const { id: jobId } = await value<Job>(first, 'verification.start', {
      which: { kind: 'filter', filter: {} },
      level: 'full',
    });
    const look = (where: Entered): Promise<JobDetails> => value<JobDetails>(where, 'jobs.get', { jobId });
    await eventually('the first file is verified', async () =>
      (await look(first)).items.some(({ state }) => state === 'done') ? true : null,
    );
    first.close();
    expect(await program.end(signal)).toBe(signal === 'SIGTERM' ? 0 : null);

    const again = await serve(args);
    const second = await enter(again.address);
    const kept = await look(second);
    expect(kept.items.some(({ state }) => state === 'done')).toBe(true);
    expect(kept.items.some(({ state }) => state !== 'done')).toBe(true);
    expect(kept.items.filter(({ state }) => state === 'failed')).toEqual([]);
    if (signal === 'SIGTERM') {
      expect(kept.state).toBe('paused');
      expect(kept.items.map(({ state }) => state)).not.toContain('running');
    }
    await value(second, 'jobs.resume', { jobId, retryFailed: false });
    await eventually('all of them are verified', async () =>
      (await look(second)).state === 'done' ? true : null,
    );
    expect((await look(second)).items.map(({ state }) => state)).toEqual(Array(BACKUPS).fill('done'));
    second.close();
    expect(await again.end('SIGTERM')).toBe(0);
  },
);
