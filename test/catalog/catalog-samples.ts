// What the tests put into a catalogue, and what the stored databases of test/fixtures/catalog hold.

import type { BackupFacts, FileStamp, KeyTrial } from '../../core/catalog/index.ts';

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

export const TRIALS: readonly KeyTrial[] = [
  { keyId: '0011223344556677', outcome: 'some', settledPositions: [2] },
  { keyId: '8899aabbccddeeff', outcome: 'none', settledPositions: [] },
];

export const PATHS = ['/backups/one.tar', '/backups/zwei ü.tar', '/backups/plain.tar'] as const;
