// Which backups of the library are meant, and the table of them.

import { describe, expect, it } from 'vitest';

import type { LibraryFilter } from '../../shared/library.ts';
import { keyInfo } from '../support/key-info.ts';
import { backup, folder, openVaultWith, runWith } from './fake-library.ts';

const KEYS = [keyInfo()];

describe('which backups are meant', () => {
  async function filterOf(...argv: string[]): Promise<LibraryFilter> {
    const filters: LibraryFilter[] = [];
    const { exitCode, stderr } = await runWith(
      ['library', 'backups', ...argv],
      {
        folders: () => Promise.resolve([folder()]),
        listBackups: (filter?: LibraryFilter) => {
          filters.push(filter ?? {});
          return Promise.resolve([backup()]);
        },
      },
      { engine: openVaultWith(KEYS) },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return filters.at(-1) ?? {};
  }

  it('can be said in every way that there is', async () => {
    expect(await filterOf()).toEqual({});
    expect(await filterOf('--all')).toEqual({});
    expect(await filterOf('--folder', 'backups', '--in-format', 'old', '--name', 'night')).toEqual({
      folder: '/backups',
      format: 'old',
      text: 'night',
    });
    expect(await filterOf('--opened-by', 'Home 2025')).toEqual({ keyId: 'key-1' });
    expect(await filterOf('--without-key', '--failed')).toEqual({ withoutKey: true, verified: 'failed' });
    expect(await filterOf('--not-verified')).toEqual({ verified: 'never' });
    expect(await filterOf('--stale')).toEqual({ verified: 'stale' });
    expect(await filterOf('backups')).toEqual({ paths: ['/backups'] });
    expect(await filterOf('backups/nightly.tar')).toEqual({ paths: ['/backups/nightly.tar'] });
  });

  it('takes days by the clock of the person, and moments as they are', async () => {
    expect(await filterOf('--since', '2025-02-13', '--before', '2025-02-14T12:00:00Z')).toEqual({
      since: new Date(2025, 1, 13).toISOString(),
      before: '2025-02-14T12:00:00.000Z',
    });
  });

  it.each([
    ['--since', '2025-02-30'],
    ['--since', 'yesterday'],
    ['--in-format', 'v4'],
    ['--failed', '--stale'],
    ['--not-verified', '--failed'],
    ['--opened-by', 'x', '--without-key'],
    ['--all', '--failed'],
    ['--all', 'backups'],
    ['--folder', 'elsewhere'],
  ])('is refused as %s %s', async (...argv) => {
    const { exitCode, stdout } = await runWith(
      ['library', 'backups', ...argv],
      { folders: () => Promise.resolve([folder()]), listBackups: () => Promise.resolve([backup()]) },
      { engine: openVaultWith(KEYS) },
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('does not take a file that the library does not know for one that needs nothing', async () => {
    const { exitCode, stderr } = await runWith(['library', 'backups', 'x.tar'], {
      listBackups: () => Promise.resolve([]),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('No backup of your library is called “x.tar”.');
    expect(stderr).toContain('strongroom library scan');
  });

  it.each(['migrate', 'encrypt', 'rekey'])('is never guessed by %s', async (operation) => {
    for (const argv of [
      [operation, '--yes'],
      ['plan', operation],
    ]) {
      const { exitCode, stderr } = await runWith(['library', ...argv], {});
      expect(exitCode).toBe(2);
      expect(stderr).toContain('It is not said which backups are meant.');
    }
  });
});

describe('library backups', () => {
  it('is a table of what is known, with the names of keys where the vault is open', async () => {
    const { stdout } = await runWith(
      ['library', 'backups'],
      {
        listBackups: () =>
          Promise.resolve([
            backup({
              lastVerification: { level: 'full', at: '2025-03-01T00:00:00Z', status: 'good', message: null },
            }),
            backup({ name: 'Lost', keyState: 'locked', keyIds: [], format: 'mixed', copies: [] }),
          ]),
      },
      { engine: openVaultWith(KEYS) },
    );
    const [, first, second] = stdout.split('\n');
    expect(first).toMatch(
      /^Feb 13, 2025 {2}Nightly {2}v2 \(old\) {2}1\.5 GB {2}Home 2025 +good, full, Mar 1, 2025 {2}\/backups\/nightly\.tar$/,
    );
    expect(second).toMatch(/Lost +mixed +1\.5 GB {2}none of yours {2}never +no file any more$/);
  });
});
