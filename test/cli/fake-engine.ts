// Made-up reports for the tests of arguments, exit codes and words; everything real is in the process tests.

import type { Strongroom } from '../../cli/engine.ts';
import type {
  BackupInspection,
  BackupVerification,
  MemberVerification,
  RecodeReport,
} from '../../shared/backup.ts';
import type { VaultStatus } from '../../shared/keys.ts';
import type { PlainError } from '../../shared/errors.ts';

/** An engine that can only do what it is given. */
export function fakeEngine(parts: Partial<Strongroom> = {}): Strongroom {
  const missing = (): never => {
    throw new Error('the test did not expect this call');
  };
  return {
    sodium: 'native',
    vault: fakeVault(),
    library: fakeLibrary(),
    measureStrength: missing,
    inspect: missing,
    openWith: (path) =>
      Promise.resolve({ path, identity: '', members: [], keyLabel: null, argon2idCount: 0 }),
    verify: missing,
    recode: missing,
    repair: missing,
    salvage: missing,
    list: missing,
    extract: missing,
    close: () => Promise.resolve(),
    ...parts,
  };
}

/** There is no vault. */
export function fakeVault(parts: Partial<VaultStatus> = {}): Strongroom['vault'] {
  const status: VaultStatus = {
    path: '/home/me/data/vault.strongroom',
    state: 'missing',
    lockedOnPurpose: false,
    ways: [],
    keyCount: null,
    changedAt: null,
    copy: 'missing',
    idleLockMs: null,
    error: null,
    ...parts,
  };
  return { status: () => Promise.resolve(status) } as unknown as Strongroom['vault'];
}

/** Nothing is asked of it where there is no vault. */
function fakeLibrary(): Strongroom['library'] {
  return {} as unknown as Strongroom['library'];
}

export function inspection(parts: Partial<BackupInspection> = {}): BackupInspection {
  return {
    path: '/home.tar',
    identity: 'c0ffee',
    sizeBytes: 1500,
    modified: '2025-02-13T09:36:00Z',
    metadata: {
      fileName: 'backup.json',
      writtenBy: 'supervisor',
      slug: '12345678',
      name: 'Nightly',
      date: '2025-02-13T09:36:00Z',
      requestedDate: null,
      type: 'full',
      metadataVersion: 2,
      supervisorVersion: '2025.02.1',
      homeAssistantVersion: '2025.2.2',
      excludesDatabase: false,
      compressed: true,
      protected: true,
      addons: [],
      folders: [],
      repositories: [],
      instanceId: null,
      automatic: true,
    },
    protection: 'encrypted',
    members: [],
    remarks: [],
    problem: null,
    restoreNeeds: { supervisor: null, core: null },
    ...parts,
  };
}

export function member(parts: Partial<MemberVerification> = {}): MemberVerification {
  return {
    name: 'homeassistant',
    title: 'Home Assistant',
    variant: 'v3',
    status: 'good',
    keyLabel: 'home.txt',
    sizeBytes: 1000,
    tarBytes: 2000,
    entryCount: 12,
    durationMs: 5,
    remarks: [],
    error: null,
    salvageable: null,
    deep: null,
    ...parts,
  };
}

export function verification(parts: Partial<BackupVerification> = {}): BackupVerification {
  return {
    path: '/home.tar',
    level: 'full',
    status: 'good',
    inspection: inspection(),
    members: [member()],
    remarks: [],
    error: null,
    durationMs: 200,
    sodium: 'native',
    ...parts,
  };
}

/** A verification that ended with this error. */
export function failedVerification(
  status: BackupVerification['status'],
  error: PlainError,
): BackupVerification {
  return verification({ status, error, members: [member({ status, error, keyLabel: null })] });
}

export function recodeReport(parts: Partial<RecodeReport> = {}): RecodeReport {
  return {
    path: '/home.tar',
    operation: 'migrate',
    outcome: 'done',
    message: 'Migrated 1 part under your key “home.txt”.',
    outputPath: '/home.tar',
    originalPath: '/home.tar.orig',
    originals: 'keep',
    inputBytes: 1500,
    outputBytes: 1600,
    members: [
      { name: 'homeassistant', from: 'v2', to: 'v3', plaintextBytes: 900, change: 'recoded', remarks: [] },
    ],
    remarks: [],
    durationMs: 300,
    restoreNeeds: { supervisor: '2026.02.3', core: '2026.3' },
    ...parts,
  };
}
