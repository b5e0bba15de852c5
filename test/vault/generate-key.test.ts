// New keys: Home Assistant's form, every character equally likely, no biased byte used.

import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { generateHomeAssistantKey } from '../../core/vault/generate-key.ts';
import { isHomeAssistantKey, isHomeAssistantKeyBytes } from '../../shared/key-format.ts';

/** A random source that gives the same on every run. */
function seededRandom(seed: string): (sizeBytes: number) => Buffer {
  let counter = 0;
  return (sizeBytes) => {
    const blocks: Buffer[] = [];
    for (let length = 0; length < sizeBytes; length += 32) {
      blocks.push(createHash('sha256').update(`${seed}:${counter++}`).digest());
    }
    return Buffer.concat(blocks).subarray(0, sizeBytes);
  };
}

describe('generateHomeAssistantKey', () => {
  it('makes keys in the form of Home Assistant, each another', () => {
    const keys = Array.from({ length: 200 }, () => generateHomeAssistantKey());
    expect(keys.every(isHomeAssistantKeyBytes)).toBe(true);
    const texts = keys.map((key) => key.toString('ascii'));
    expect(texts.every(isHomeAssistantKey)).toBe(true);
    expect(new Set(texts).size).toBe(200);
  });

  it('uses every character equally often, at every place', () => {
    const random = seededRandom('chi');
    const keyCount = 20_000;
    const all = new Map<string, number>();
    const first = new Map<string, number>();
    for (let made = 0; made < keyCount; made++) {
      const text = generateHomeAssistantKey(random).toString('ascii');
      for (const character of text.replaceAll('-', '')) all.set(character, (all.get(character) ?? 0) + 1);
      first.set(text.charAt(0), (first.get(text.charAt(0)) ?? 0) + 1);
    }
    const chiSquare = (counts: Map<string, number>, total: number): number => {
      const expected = total / 36;
      return [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    };
    expect(all.size).toBe(36);
    // 35 degrees of freedom: 66.6 is exceeded once in a thousand; a modulo bias over 560,000 characters gives over 400.
    expect(chiSquare(all, keyCount * 28)).toBeLessThan(66.6);
    expect(chiSquare(first, keyCount)).toBeLessThan(66.6);
  });

  it.each([252, 253, 254, 255])('throws the biased byte %d away', (biased) => {
    const blocks = [Buffer.alloc(48, biased), Buffer.from([...Array(28).keys(), ...Array(20).fill(biased)])];
    const key = generateHomeAssistantKey(() => blocks.shift() as Buffer);
    expect(key.toString('ascii')).toBe('ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ01');
    expect(blocks).toEqual([]);
  });

  it('uses every byte below 252, the same number of them for each character', () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 252; byte++) {
      const character = generateHomeAssistantKey(() => Buffer.alloc(48, byte))
        .toString('ascii')
        .charAt(0);
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array(36).fill(7));
  });

  it('leaves no random numbers behind', () => {
    const block = Buffer.alloc(48, 7);
    generateHomeAssistantKey(() => block);
    expect(block.every((byte) => byte === 0)).toBe(true);
  });
});
