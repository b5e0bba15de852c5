// The order in which keys are tried: what opens the neighbours first, then what belongs to the installation.

import { describe, expect, it } from 'vitest';

import { rankKeys } from '../../core/library/rank-keys.ts';
import type { Opening } from '../../core/catalog/index.ts';
import type { KeyInfo } from '../../shared/keys.ts';
import { STRENGTH } from '../vault/vault-fixture.ts';
import { day } from './library-samples.ts';

function key(id: string, more: Partial<KeyInfo> = {}): KeyInfo {
  return {
    id,
    label: id,
    state: 'active',
    origin: 'typed',
    sourceName: null,
    instance: null,
    url: null,
    kitDate: null,
    instanceId: null,
    addedAt: day(0),
    stateChangedAt: day(0),
    drilledAt: null,
    exportedAt: null,
    fingerprint: '0000-0000',
    strength: STRENGTH,
    ...more,
  };
}

const opening = (at: number, keyId: string, instanceId: string | null = 'home'): Opening => ({
  date: day(at),
  instanceId,
  keyIds: [keyId],
});
const backup = (at: number, instanceId: string | null = 'home') => ({ date: day(at), instanceId });
const ABC = [key('a'), key('b'), key('c')];

describe('with known neighbours', () => {
  it('what opens the nearest backup comes first', () => {
    expect(rankKeys(backup(10), ABC, [opening(1, 'a'), opening(9, 'c')])[0]).toBe('c');
  });

  it('at a change of keys both neighbours come before a key that is nearer only to one side', () => {
    const known = [opening(1, 'a'), opening(2, 'b'), opening(3, 'b'), opening(20, 'c')];
    expect(rankKeys(backup(4), ABC, known)).toEqual(['b', 'c', 'a']);
  });

  it('the same installation counts more than the same day', () => {
    const known = [opening(10, 'a', 'cabin'), opening(300, 'b', 'home')];
    expect(rankKeys(backup(10), ABC, known)).toEqual(['b', 'a', 'c']);
  });

  it('another installation counts more than nothing', () => {
    expect(rankKeys(backup(10), ABC, [opening(10, 'c', 'cabin')])).toEqual(['c', 'a', 'b']);
  });

  it('a backup without a date goes by its installation', () => {
    const known = [opening(10, 'b', 'cabin'), opening(10, 'c', 'home')];
    expect(rankKeys({ date: null, instanceId: 'home' }, ABC, known)[0]).toBe('c');
  });
});

describe('with nothing known near', () => {
  it('a key that is told to belong to the installation comes first', () => {
    const keys = [key('a'), key('b', { instanceId: 'home' }), key('c', { instanceId: 'cabin' })];
    expect(rankKeys(backup(1), keys, [])[0]).toBe('b');
  });

  it('a key of the same name as one that opens backups of the installation comes next after that', () => {
    const keys = [key('a'), key('b', { instance: 'Home' }), key('c', { instance: 'Home' })];
    expect(rankKeys(backup(50), keys, [opening(1, 'c')])).toEqual(['c', 'b', 'a']);
  });

  it('active keys come before retired and compromised ones, then the newest', () => {
    const keys = [
      key('old', { addedAt: day(1) }),
      key('retired', { addedAt: day(9), state: 'retired' }),
      key('compromised', { addedAt: day(8), state: 'compromised' }),
      key('new', { addedAt: day(2) }),
    ];
    expect(rankKeys(backup(1), keys, [])).toEqual(['new', 'old', 'retired', 'compromised']);
  });
});

it('gives every key once, whatever is known of keys that are gone', () => {
  const known = [opening(1, 'gone'), opening(2, 'a'), opening(2, 'b')];
  for (const at of [backup(1), backup(2), { date: null, instanceId: null }])
    expect(rankKeys(at, ABC, known).sort()).toEqual(['a', 'b', 'c']);
});
