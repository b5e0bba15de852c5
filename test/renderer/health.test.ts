// How a backup is, in the words that a worried person reads first.

import { describe, expect, it } from 'vitest';

import { t } from '../../renderer/messages/messages.ts';
import { healthOf, type Health, type HealthFacts } from '../../renderer/screens/backup/health.ts';
import type { LastVerification } from '../../shared/library.ts';
import { madeBackup, madeCopy } from './made-backups.ts';

const good: LastVerification = { level: 'full', at: '2026-02-01T00:00:00Z', status: 'good', message: null };

function healthWith(
  of: Omit<Parameters<typeof madeBackup>[0], 'identity'>,
  facts: Partial<HealthFacts> = {},
): Health & { readonly text: string } {
  const health = healthOf({
    backup: madeBackup({ identity: 'a', ...of }),
    problem: null,
    partCount: 7,
    keyLabel: 'Home 2025',
    isVaultOpen: true,
    staleBefore: '2026-01-15T00:00:00Z',
    ago: () => 'today',
    ...facts,
  });
  return { ...health, text: health.sentences.map(({ key, values }) => t(key, values)).join(' ') };
}

describe('the health of a backup', () => {
  it('is good when every part was read and a key opens it', () => {
    const health = healthWith({ lastVerification: good });
    expect(health.tone).toBe('good');
    expect(t(health.title)).toBe('This backup can be restored');
    expect(health.text).toBe(
      'Verified today: all 7 parts decrypt, unpack and read to their last byte. Opens with your key “Home 2025”.',
    );
  });

  it('says less after a quick look', () => {
    const health = healthWith({ lastVerification: { ...good, level: 'quick' } });
    expect(t(health.title)).toBe('This backup looks right');
    expect(health.text).toContain('What is inside was not read.');
  });

  it('says of a plain one that anybody can read it', () => {
    const plain = { protection: 'plain', format: 'plain', keyState: 'plain', keyIds: [] } as const;
    const health = healthWith({ ...plain, lastVerification: good }, { keyLabel: null });
    expect(health.text).toContain('unpack and read');
    expect(health.text).toContain('not encrypted');
    expect(health.leads).toBeNull();
  });

  it('is doubtful when it was verified too long ago', () => {
    const health = healthWith({ lastVerification: { ...good, at: '2026-01-01T00:00:00Z' } });
    expect(health.tone).toBe('warning');
    expect(health.text).toContain('longer ago than your plan allows');
  });

  it('is bad when it is damaged, and the engine says where', () => {
    const message = 'The part “Home Assistant” is damaged.';
    const health = healthWith({ lastVerification: { ...good, status: 'damaged', message } });
    expect(health).toMatchObject({ tone: 'bad', said: message });
    expect(health.text).toContain('Do not delete this file');
  });

  it('leads to the keys when none opens it', () => {
    const health = healthWith({ keyState: 'locked', keyIds: [] }, { keyLabel: null });
    expect(health).toMatchObject({ tone: 'warning', leads: 'to-keys' });
    expect(t(health.title)).toBe('This backup is locked');
  });

  it('leads to the vault first when that is locked', () => {
    const health = healthWith({}, { keyLabel: null, isVaultOpen: false });
    expect(health.leads).toBe('to-unlock');
    expect(health.text).toContain('Unlock the vault to see which.');
  });

  it('is not locked any more once a key has come', () => {
    const health = healthWith({ lastVerification: { ...good, status: 'locked' } });
    expect(t(health.title)).toBe('Not verified yet');
    expect(health.text).toContain('Opens with your key “Home 2025”.');
  });

  it('is not known while no copy is here', () => {
    const away = [madeCopy('/a.tar', { state: 'unreachable' }), madeCopy('/b.tar', { state: 'missing' })];
    const health = healthWith({ copies: away, lastVerification: good });
    expect(health.tone).toBe('warning');
    expect(t(health.title)).toBe('No copy of this backup is here now');
  });

  it('is bad when the file cannot be read now', () => {
    const problem = { code: 'SOURCE_CHANGED', message: '“a.tar” holds another backup now.' } as const;
    expect(healthWith({ lastVerification: good }, { problem })).toMatchObject({
      tone: 'bad',
      said: problem.message,
    });
    const hint = 'If you moved it, scan the folder that it is in now.';
    expect(healthWith({ lastVerification: good }, { problem: { ...problem, hint } }).said).toBe(
      `${problem.message} ${hint}`,
    );
  });

  it.each(['opens', 'opens-part', 'locked', 'untried', 'plain'] as const)(
    'has words for a key state of %s',
    (keyState) => {
      for (const keyLabel of ['Home', null])
        expect(healthWith({ keyState }, { keyLabel }).text).not.toMatch(/backup\.health|\{/);
    },
  );
});
