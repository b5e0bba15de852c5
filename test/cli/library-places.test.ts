// Where the backups are, and copying them somewhere else: the plan, the yes, the work, the report.

import { describe, expect, it } from 'vitest';

import type { LibraryFilter } from '../../shared/library.ts';
import type { CopyPlan, CopyReport, PlacesOverview, PlannedCopy } from '../../shared/places.ts';
import { keyInfo } from '../support/key-info.ts';
import { fakeHost } from './fake-host.ts';
import {
  answering,
  backup,
  fakeLibrary,
  folder,
  jobDetails,
  openVaultWith,
  plainError,
  runAt,
  runWith,
} from './fake-library.ts';

const VAULT = { engine: openVaultWith([keyInfo()]) };

const OVERVIEW: PlacesOverview = {
  places: [
    { id: 'this-disk', kind: 'this-disk', label: 'This disk', folders: ['/backups'], isReachable: true },
    { id: 'disk:1', kind: 'other-drive', label: 'usb', folders: ['/media/usb'], isReachable: false },
  ],
  folders: [
    { path: '/backups', placeId: 'this-disk', isChosen: false, reason: 'It is here.' },
    { path: '/media/usb', placeId: 'disk:1', isChosen: true, reason: 'You said so.' },
  ],
  backups: [
    {
      identity: 'c0ffee',
      placeIds: ['this-disk'],
      findings: ['one-place', 'this-disk-only'],
      meetsGoal: false,
    },
    { identity: 'beef', placeIds: ['this-disk', 'disk:1'], findings: [], meetsGoal: true },
  ],
  goodCount: 1,
  counts: { 'one-place': 1, 'this-disk-only': 1, 'cloud-only': 0 },
};

function planned(parts: Partial<PlannedCopy> = {}): PlannedCopy {
  return {
    path: '/backups/a.tar',
    target: '/media/usb/a.tar',
    identity: 'c0ffee',
    name: 'Nightly',
    date: null,
    sizeBytes: 1.5e9,
    state: 'do',
    message: 'It will be copied as “a.tar” and compared.',
    error: null,
    ...parts,
  };
}

function copyPlan(parts: Partial<CopyPlan> = {}): CopyPlan {
  return {
    to: '/media/usb',
    isInLibrary: false,
    place: { id: 'disk:1', kind: 'other-drive', label: 'usb' },
    items: [planned()],
    bytes: 1.5e9,
    freeBytes: 100e9,
    ...parts,
  };
}

function copyReport(parts: Partial<CopyReport> = {}): CopyReport {
  return {
    jobId: 7,
    to: '/media/usb',
    state: 'done',
    error: null,
    items: [
      {
        path: '/backups/a.tar',
        target: '/media/usb/a.tar',
        outcome: 'verified',
        message: 'Copied as “a.tar”: byte for byte the same, and read to its end.',
        error: null,
        sizeBytes: 1.5e9,
      },
    ],
    copiedBytes: 1.5e9,
    durationMs: 60_000,
    ...parts,
  };
}

const LOST = planned({
  path: '/backups/lost.tar',
  state: 'blocked',
  error: plainError('DAMAGED_PAYLOAD', 'Repair it first.'),
});

describe('library places', () => {
  const desk = {
    placesOverview: () => Promise.resolve(OVERVIEW),
    listBackups: () => Promise.resolve([backup({ date: null })]),
    folders: () => Promise.resolve([folder()]),
  };

  it('says place by place what is there, how it is known, and what is short of the goal', async () => {
    const { exitCode, stdout } = await runWith(['library', 'places'], desk);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'Place      Kind           Backups  State',
      'This disk  this disk            2  there',
      'usb        another drive        1  not connected',
      '',
      '/backups: It is here.',
      '/media/usb: You said so.',
      '',
      '1 of 2 backups in two places, one of them elsewhere. 1 in one place only, 1 only on this disk.',
      '',
      'Short of that:',
      '  Nightly: in one place only, only on this disk',
      '',
      'Copy them to a drive or share: strongroom library copy --places goal-missed --to FOLDER',
      '',
    ]);
  });

  it('sets what a person says, and takes it back', async () => {
    const said: unknown[] = [];
    const setting = {
      ...desk,
      setPlaceKind: (path: string, kind: unknown) => {
        said.push([path, kind]);
        return Promise.resolve(OVERVIEW);
      },
    };
    for (const kind of ['cloud', 'auto'])
      expect((await runWith(['library', 'places', '/backups', '--kind', kind], setting)).exitCode).toBe(0);
    expect(said).toEqual([
      ['/backups', 'cloud'],
      ['/backups', null],
    ]);
    expect((await runWith(['library', 'places', '/nowhere', '--kind', 'cloud'], setting)).exitCode).toBe(2);
  });

  it('needs a folder and a kind to set one', async () => {
    for (const args of [['/backups'], ['--kind', 'cloud']]) {
      const { exitCode, stderr } = await runWith(['library', 'places', ...args], desk);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('library places FOLDER --kind');
    }
  });

  it('prints the overview as data, and says so where there is no folder', async () => {
    const { stdout } = await runWith(['library', 'places', '--json'], desk);
    expect(JSON.parse(stdout)).toMatchObject({ results: [{ report: OVERVIEW }] });
    const none = { ...desk, placesOverview: () => Promise.resolve({ ...OVERVIEW, places: [] }) };
    expect((await runWith(['library', 'places'], none)).stdout).toContain('strongroom library add FOLDER');
  });
});

describe('library copy', () => {
  const good = {
    planCopies: () => Promise.resolve(copyPlan()),
    runCopies: () => Promise.resolve(copyReport()),
  };
  const copy = ['library', 'copy', '--all', '--to', '/media/usb'];

  it('needs to know what and where to, and a yes beforehand where nobody can be asked', async () => {
    expect((await runWith(['library', 'copy', '--all', '--yes'], good)).exitCode).toBe(2);
    expect((await runWith(['library', 'copy', '--to', '/x', '--yes'], good)).exitCode).toBe(2);
    const { exitCode, stderr } = await runWith(copy, good, VAULT);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--dry-run');
  });

  it('plans, copies and reports; what could not be copied decides the exit code', async () => {
    const asked: unknown[] = [];
    const { exitCode, stdout, stderr } = await runWith(
      ['library', 'copy', '--places', 'goal-missed', '--to', '/media/usb', '--yes'],
      {
        ...good,
        planCopies: (to: string, filter: LibraryFilter) => {
          asked.push(to, filter);
          return Promise.resolve(copyPlan({ items: [planned(), LOST] }));
        },
      },
      VAULT,
    );
    expect(asked).toEqual(['/media/usb', { places: 'goal-missed' }]);
    expect(exitCode).toBe(4);
    expect(stdout).toBe(
      [
        '/backups/a.tar: Copied as “a.tar”: byte for byte the same, and read to its end.',
        '',
        'These could not be copied:',
        '  /backups/lost.tar: message of DAMAGED_PAYLOAD',
        'Repair it first.',
        'To save what can still be read: strongroom salvage /backups/lost.tar --out FOLDER',
        '',
        '2 backups: 1 copied and verified, 1 not copied. 1.5 GB copied in 1 min.',
        '',
      ].join('\n'),
    );
    expect(stderr).toContain('1 of 2 backups will be copied to /media/usb: 1.5 GB.');
    expect(stderr).toContain('/media/usb is a folder of your library now.');
  });

  it('with --dry-run says what it would do, without a vault and without doing it', async () => {
    const { exitCode, stdout } = await runWith([...copy, '--dry-run'], { planCopies: good.planCopies });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Its place: another drive, “usb”; 100 GB are free there.');
    expect(stdout).toContain('/media/usb becomes a folder of your library');
  });

  it.each([
    ['this-disk', 'if it dies, these copies die with it'],
    ['cloud', 'no archive'],
  ] as const)('says of a folder on %s what that is worth', async (kind, words) => {
    const place = { id: kind, kind, label: 'x' };
    const { stdout } = await runWith([...copy, '-n'], {
      planCopies: () => Promise.resolve(copyPlan({ place })),
    });
    expect(stdout).toContain(words);
  });

  it('makes no job where everything is there already', async () => {
    const plan = copyPlan({ items: [planned({ state: 'nothing-to-do' })] });
    const { exitCode, stdout } = await runWith(
      [...copy, '--yes'],
      { planCopies: () => Promise.resolve(plan) },
      VAULT,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '1 backup is there already.\n' });
  });

  it('shows the plan and asks at a terminal, and copies nothing after a no', async () => {
    const engine = { ...fakeLibrary({ planCopies: good.planCopies }), ...VAULT.engine };
    const host = fakeHost({ terminal: true, engine });
    answering(host, 'Go on? [y/N]', 'n');
    const { exitCode, stderr } = await runAt(host, copy);
    expect(exitCode).toBe(130);
    expect(stderr).toContain('This is the plan:');
    expect(stderr).toContain('Nothing was copied.');
  });

  it.each([
    [{ state: 'cancelled' }, 130, 'Stopped at your request.'],
    [{ state: 'failed', error: plainError('NO_SPACE') }, 8, 'error: message of NO_SPACE'],
    [{ state: 'paused' }, 130, 'Job 7 has not ended.'],
  ] as const)('that ended early (%j) says how to go on', async (parts, code, words) => {
    const runCopies = () => Promise.resolve(copyReport(parts));
    const { exitCode, stderr } = await runWith([...copy, '--yes'], { ...good, runCopies }, VAULT);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(words);
    expect(stderr).toContain('strongroom jobs resume 7');
  });

  it('prints plan and report as one document, and the report again by the number of the job', async () => {
    const { stdout } = await runWith([...copy, '--yes', '--json'], good, VAULT);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'library copy',
      results: [{ path: '/media/usb', report: { plan: { bytes: 1.5e9 }, report: { jobId: 7 } } }],
    });
    const again = await runWith(['library', 'report', '7'], {
      job: () => Promise.resolve(jobDetails({ kind: 'copy' })),
      copyReport: () => Promise.resolve(copyReport()),
    });
    expect(again.stdout).toContain('1 backup: 1 copied and verified. 1.5 GB copied in 1 min.');
  });
});
