// What the tests put into a catalogue, and what the stored databases of test/fixtures/catalog hold.

import type {
  BackupDetails,
  BackupFacts,
  BackupMember,
  Catalog,
  FileStamp,
  KeyTrial,
} from '../../core/catalog/index.ts';
import type { PlainError } from '../../shared/errors.ts';

export const STAMP: FileStamp = {
  sizeBytes: 51_200,
  mtimeNs: '1739439360123456789',
  ctimeNs: '1739439360987654321',
  inode: '18446744073709551615',
  device: '2049',
};

export const BACKUP: BackupFacts = {
  identity: 'a'.repeat(64),
  slug: '47566660',
  name: 'Каминная 🏠',
  date: '2025-02-13T09:36:00.000Z',
  instanceId: '6b4c1f',
  encryptedParts: [
    { position: 0, name: 'homeassistant', variant: 'v2' },
    { position: 2, name: 'share', variant: 'v3' },
  ],
};

export const PLAIN_BACKUP: BackupFacts = {
  identity: 'b'.repeat(64),
  slug: 'c0ffee42',
  name: '',
  date: null,
  instanceId: null,
  encryptedParts: [],
};

export const DETAILS: BackupDetails = {
  type: 'partial',
  homeAssistantVersion: '2025.2.1',
  sizeBytes: 51_200,
  protection: 'encrypted',
  format: 'mixed',
  mismatch: true,
  contents: ['Home Assistant', 'Folder share'],
  restoreNeeds: { supervisor: '2026.04.0', core: null },
};

export const MEMBERS: readonly BackupMember[] = [
  { position: 0, name: 'homeassistant', title: 'Home Assistant', variant: 'v2', sizeBytes: 20_480 },
  { position: 1, name: 'readme', title: 'readme', variant: 'opaque', sizeBytes: 0 },
  { position: 2, name: 'share', title: 'Folder share', variant: 'v3', sizeBytes: 10_240 },
];

export const TRIALS: readonly KeyTrial[] = [
  { keyId: '0011223344556677', outcome: 'some', settledPositions: [2] },
  { keyId: '8899aabbccddeeff', outcome: 'none', settledPositions: [] },
];

export const PATHS = ['/backups/one.tar', '/backups/zwei ü.tar', '/backups/plain.tar'] as const;

export const ERROR: PlainError = {
  code: 'DAMAGED_METADATA',
  message: 'The backup does not say what it is.',
  hint: 'Look for another copy.',
  details: { line: 3, isLast: true, name: null },
};

/** A backup of its own for each number. */
export function backupOf(index: number, change: Partial<BackupFacts> = {}): BackupFacts {
  return { ...PLAIN_BACKUP, identity: index.toString(16).padStart(64, '0'), ...change };
}

/** Everything that version 3 can hold, as test/fixtures/catalog/v3.sqlite holds it. */
export function fillVersion3(catalog: Catalog): void {
  fillVersion2(catalog);
  const folder = catalog.folders.find('/backups');
  if (folder === null) throw new Error('version 2 has this folder');
  catalog.folders.setPlace(folder.id, PLACE);
  catalog.folders.setPlaceKind(folder.id, 'network');
  catalog.folders.approveScheme(folder.id, 'daily=7 to trash');
  const scheme = { policy: 'daily=7', to: 'trash', undoDays: 30 } as const;
  catalog.folders.setWatch(folder.id, { verify: 'full', migrate: null, scheme });
  catalog.pins.set([PLAIN_BACKUP.identity], true);
  const rotation = catalog.rotations.create('{"newKeyId":"0011223344556677"}');
  catalog.rotations.addJob(rotation, 1);
  catalog.rotations.setSettled(rotation, 1);
  catalog.rotations.setEnd(rotation, 'person');
}

export const PLACE = {
  id: 'drive:8-17',
  kind: 'other-drive',
  label: 'Backup',
  reason: 'It is another drive.',
} as const;

/** Everything that version 2 can hold, as test/fixtures/catalog/v2.sqlite holds it. */
function fillVersion2(catalog: Catalog): void {
  const folder = catalog.folders.add('/backups');
  catalog.folders.setScan(folder.id, {
    state: 'ready',
    problem: null,
    scannedAt: '2025-03-01T00:00:00.000Z',
  });
  catalog.folders.setWatch(folder.id, { verify: 'full', migrate: { originals: 'quarantine' }, scheme: null });
  const drive = catalog.folders.add('/mnt/drive');
  catalog.folders.setScan(drive.id, { state: 'unreachable', problem: ERROR });
  catalog.rememberCopy(PATHS[0], STAMP, { ...BACKUP, details: DETAILS, members: MEMBERS });
  catalog.rememberCopy(PATHS[1], STAMP, BACKUP);
  catalog.rememberCopy(PATHS[2], STAMP, PLAIN_BACKUP);
  catalog.rememberCopy('/mnt/drive/plain.tar', STAMP, PLAIN_BACKUP);
  catalog.copies.markMissing([PATHS[1]], '2025-03-02T00:00:00.000Z');
  catalog.rememberTrials(BACKUP.identity, TRIALS);
  catalog.unreadable.put('/backups/half.tar', folder.id, STAMP, ERROR);
  catalog.verifications.add({
    ...{ identity: BACKUP.identity, path: PATHS[0], level: 'full', status: 'damaged' },
    ...{ message: 'A part is damaged.', bytes: 51_200, durationMs: 1200.5, at: '2025-03-01T01:00:00.000Z' },
  });
  catalog.contents.put(BACKUP.identity, 'homeassistant', [{ name: 'data/Жалюзи.yaml', sizeBytes: 12 }]);
  catalog.replacements.add({
    ...{ oldIdentity: BACKUP.identity, newIdentity: PLAIN_BACKUP.identity },
    ...{ operation: 'decrypt', path: PATHS[2] },
  });
  catalog.settings.set('verification', { level: 'full' });
  const items = [{ path: PATHS[0], sizeBytes: 51_200 }, { path: PATHS[1], sizeBytes: 10 }]; // prettier-ignore
  const job = catalog.jobs.create('migrate', 'Migrate 2 backups', 1, '{"operation":"migrate"}', items);
  catalog.jobs.claim(job.id, 'process-1');
  catalog.jobs.setState(job.id, 'running');
  catalog.jobs.startItem(job.id, 0);
  catalog.jobs.endItem(job.id, 0, {
    state: 'failed',
    message: 'No.',
    error: ERROR,
    resultJson: '{"bytes":1}',
  });
  catalog.jobs.startItem(job.id, 1);
}
