// A made-up library for the tests of its commands: each test gives the answers it needs.

import type { LibraryDesk, Strongroom } from '../../cli/engine.ts';
import { runCli } from '../../cli/run.ts';
import { type PlainError, StrongroomError } from '../../shared/errors.ts';
import type { Job, JobDetails, JobItem } from '../../shared/jobs.ts';
import type { KeyInfo, VaultStatus } from '../../shared/keys.ts';
import type {
  BatchPlan,
  BatchReport,
  LibraryBackup,
  LibraryFolder,
  LibraryStatus,
  PlannedItem,
  ScanReport,
  VerificationPlan,
  VerificationPolicy,
} from '../../shared/library.ts';
import { request } from '../support/batch-request.ts';
import { quietScan } from '../support/quiet-scan.ts';
import { fakeVault } from './fake-engine.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';

/** A library that can only do what it is given; there is no unfinished job unless told. */
export function fakeLibrary(parts: Partial<LibraryDesk> = {}): Pick<Strongroom, 'library'> {
  const desk: Partial<LibraryDesk> = {
    recover: () => Promise.resolve([]),
    jobs: () => Promise.resolve([]),
    ...parts,
  };
  return { library: { desk } as unknown as Strongroom['library'] };
}

/** A vault that opens without a question, with these keys in it. */
export function openVaultWith(keys: readonly KeyInfo[]): Pick<Strongroom, 'vault'> {
  const status: Partial<VaultStatus> = { state: 'locked', ways: ['keychain'], copy: 'intact' };
  const vault = {
    ...fakeVault(status),
    unlock: () => Promise.resolve(),
    list: () => Promise.resolve([...keys]),
    find: (selector: string) => {
      const key = keys.find(({ id, label }) => id === selector || label === selector);
      return key === undefined
        ? Promise.reject(new StrongroomError('UNKNOWN_KEY', 'There is no such key.'))
        : Promise.resolve(key);
    },
  };
  return { vault: vault as unknown as Strongroom['vault'] };
}

/** A vault that nobody has opened and nobody can be asked about. */
export function lockedVault(): Pick<Strongroom, 'vault'> {
  return { vault: fakeVault({ state: 'locked', ways: ['passphrase'], copy: 'intact' }) };
}

export function folder(parts: Partial<LibraryFolder> = {}): LibraryFolder {
  return {
    id: 1,
    path: '/backups',
    addedAt: '2025-02-13T09:36:00Z',
    state: 'ready',
    scannedAt: '2025-02-13T09:36:00Z',
    copyCount: 42,
    totalBytes: 12e9,
    watch: null,
    problem: null,
    ...parts,
  };
}

export function backup(parts: Partial<LibraryBackup> = {}): LibraryBackup {
  return {
    identity: 'c0ffee',
    slug: '12345678',
    name: 'Nightly',
    date: '2025-02-13T09:36:00Z',
    type: 'full',
    homeAssistantVersion: '2025.2.2',
    instanceId: null,
    sizeBytes: 1.5e9,
    protection: 'encrypted',
    format: 'v2',
    mismatch: false,
    contents: ['homeassistant'],
    restoreNeeds: { supervisor: null, core: null },
    copies: [
      {
        path: '/backups/nightly.tar',
        folderId: 1,
        sizeBytes: 1.5e9,
        modified: '2025-02-13T09:36:00Z',
        state: 'present',
        missingSince: null,
        verified: null,
      },
    ],
    keyState: 'opens',
    keyIds: ['key-1'],
    lastVerification: null,
    isPinned: false,
    ...parts,
  };
}

export function status(parts: Partial<LibraryStatus> = {}): LibraryStatus {
  return {
    folders: [folder()],
    backupCount: 42,
    copyCount: 42,
    totalBytes: 12e9,
    byFormat: { plain: 0, v1: 0, v2: 0, v3: 42, mixed: 0, none: 0 },
    verifiedCount: 42,
    neverVerified: 0,
    stale: 0,
    damaged: 0,
    withoutKey: 0,
    oldFormat: 0,
    unencrypted: 0,
    missingCopies: 0,
    unreadable: [],
    ...parts,
  };
}

export function scanReport(parts: Partial<ScanReport> = {}): ScanReport {
  return quietScan('/backups', { unchangedCount: 42, durationMs: 200, ...parts });
}

export const REQUEST = request();

export function plannedItem(parts: Partial<PlannedItem> = {}): PlannedItem {
  return {
    path: '/backups/old.tar',
    identity: 'c0ffee',
    name: 'Nightly',
    date: '2025-02-13T09:36:00Z',
    state: 'do',
    message: 'It will be migrated under its key.',
    error: null,
    inputBytes: 1.5e9,
    outputBytes: 1.5e9,
    restoreNeeds: { supervisor: '2026.02.3', core: '2026.3' },
    ...parts,
  };
}

export function batchPlan(parts: Partial<BatchPlan> = {}): BatchPlan {
  return {
    request: REQUEST,
    items: [plannedItem()],
    volumes: [{ folder: '/backups', freeBytes: 100e9, neededBytes: 1.5e9, growthBytes: 1.5e9 }],
    inputBytes: 1.5e9,
    outputBytes: 1.5e9,
    estimatedSeconds: 60,
    ...parts,
  };
}

export function batchReport(parts: Partial<BatchReport> = {}): BatchReport {
  return {
    jobId: 7,
    request: REQUEST,
    state: 'done',
    error: null,
    items: [
      {
        path: '/backups/old.tar',
        outcome: 'done',
        message: 'Migrated 7 parts.',
        error: null,
        originalPath: '/backups/old.tar.orig',
        inputBytes: 1.5e9,
        outputBytes: 1.5e9,
      },
    ],
    inputBytes: 1.5e9,
    outputBytes: 1.5e9,
    durationMs: 60_000,
    ...parts,
  };
}

export const POLICY: VerificationPolicy = {
  level: 'full',
  staleAfterDays: 90,
  bytesPerDay: null,
  minutesPerDay: null,
  quietHours: null,
};

export function verificationPlan(parts: Partial<VerificationPlan> = {}): VerificationPlan {
  return {
    policy: POLICY,
    due: [
      {
        identity: 'c0ffee',
        path: '/backups/nightly.tar',
        name: 'Nightly',
        date: null,
        sizeBytes: 1.5e9,
        reason: 'never-verified',
        lastVerifiedAt: null,
        today: true,
      },
    ],
    usedTodayBytes: 0,
    usedTodayMinutes: 0,
    quietUntil: null,
    ...parts,
  };
}

export function jobItem(parts: Partial<JobItem> = {}): JobItem {
  return {
    position: 0,
    path: '/backups/old.tar',
    sizeBytes: 1.5e9,
    state: 'done',
    attempts: 1,
    message: 'Migrated 7 parts.',
    error: null,
    startedAt: '2025-02-13T09:36:00Z',
    endedAt: '2025-02-13T09:37:00Z',
    ...parts,
  };
}

export function job(parts: Partial<Job> = {}): Job {
  return {
    id: 7,
    kind: 'migrate',
    title: 'Migrate 12 backups',
    state: 'done',
    priority: 0,
    createdAt: '2025-02-13T09:36:00Z',
    startedAt: '2025-02-13T09:36:00Z',
    endedAt: '2025-02-13T09:40:00Z',
    counts: { total: 12, done: 12, skipped: 0, failed: 0, cancelled: 0, left: 0 },
    totalBytes: 18e9,
    doneBytes: 18e9,
    error: null,
    ...parts,
  };
}

export function jobDetails(parts: Partial<JobDetails> = {}): JobDetails {
  return { ...job(parts), items: [jobItem()], ...parts };
}

export function plainError(code: PlainError['code'], hint?: string): PlainError {
  return { code, message: `message of ${code}`, ...(hint === undefined ? {} : { hint }) };
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command before a library that can only do what it is given. */
export async function runWith(
  argv: readonly string[],
  desk: Partial<LibraryDesk>,
  more: { readonly engine?: Partial<Strongroom>; readonly signal?: AbortSignal } = {},
): Promise<Ended> {
  const { engine, ...host } = more;
  return await runAt(fakeHost({ ...host, engine: { ...fakeLibrary(desk), ...engine } }), argv);
}

export async function runAt(host: FakeHost, argv: readonly string[]): Promise<Ended> {
  const exitCode = await runCli(argv, host);
  return { exitCode, stdout: host.stdout.text, stderr: host.stderr.text };
}

/** Answers a question once it is asked. */
export function answering(host: FakeHost, question: string, answer: string): void {
  const write = host.stderr._write.bind(host.stderr);
  let seen = '';
  host.stderr._write = (chunk: Buffer, encoding, done) => {
    seen += chunk.toString();
    if (seen.includes(question)) {
      seen = '';
      host.stdin.write(`${answer}\n`);
    }
    write(chunk, encoding, done);
  };
}
