// Backups as the engine tells of them, made up for tests of what the page does with them.

import type { LibraryBackup, LibraryCopy } from '../../shared/library.ts';

export function madeBackup(of: Partial<LibraryBackup> & { readonly identity: string }): LibraryBackup {
  return {
    slug: of.identity.slice(0, 8),
    name: `Backup ${of.identity}`,
    date: '2026-01-01T00:00:00.000Z',
    type: 'full',
    homeAssistantVersion: '2026.1.0',
    instanceId: null,
    sizeBytes: 1000,
    protection: 'encrypted',
    format: 'v3',
    mismatch: false,
    contents: ['Home Assistant', 'Mosquitto broker'],
    restoreNeeds: { supervisor: null, core: null },
    copies: [madeCopy(`/backups/${of.identity}.tar`)],
    keyState: 'opens',
    keyIds: ['key-1'],
    lastVerification: null,
    isPinned: false,
    ...of,
  };
}

export function madeCopy(path: string, of: Partial<LibraryCopy> = {}): LibraryCopy {
  return {
    path,
    folderId: 1,
    sizeBytes: 1000,
    modified: '2026-01-01T00:00:00.000Z',
    state: 'present',
    missingSince: null,
    verified: null,
    ...of,
  };
}
