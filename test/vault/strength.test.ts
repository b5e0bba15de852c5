// Strength of keys: orders of magnitude that a person can rely on, and no word of the password in what is said.

import { randomInt } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { generateHomeAssistantKey } from '../../core/vault/generate-key.ts';
import {
  ARGON2ID_GUESSES_PER_SECOND,
  LEGACY_GUESSES_PER_SECOND,
  measureStrength,
} from '../../core/vault/strength.ts';

const measure = (password: string, inputs?: string[]) => measureStrength(Buffer.from(password), inputs);

describe('measureStrength', () => {
  it.each([
    ['', 'weak', /empty/],
    ['hunter2', 'weak', /many people/],
    ['123456', 'weak', /many people/],
    ['P@ssw0rd1', 'weak', /many people/],
    ['zaq1xsw2cde3', 'weak', /many people|keyboard/],
    ['aaaaaaaaaaaaaaaaaaaa', 'weak', /repeats/],
    ['19.07.1984', 'weak', /date/],
    ['mnopqrstuv', 'weak', /order/],
    ['x8#', 'weak', /short/],
    ['AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA', 'weak', /repeats/],
    ['ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ01', 'weak', /order/],
    ['1234-1234-1234-1234-1234-1234-1234', 'weak', /repeats/],
  ])('%j is %s', async (password, verdict, warning) => {
    const strength = await measure(password);
    expect(strength.verdict).toBe(verdict);
    expect(strength.warning).toMatch(warning);
    expect(strength.legacyCrackSeconds).toBeLessThan(strength.argon2idCrackSeconds + 1e-300);
  });

  it('knows words that others know about this home', async () => {
    const without = await measure('Ahornweg 17b');
    const known = await measure('Ahornweg 17b', ['Ahornweg 17b']);
    expect(known.guessesLog10).toBeLessThan(without.guessesLog10 - 3);
    expect(known.warning).toMatch(/others know/);
  });

  it("counts Home Assistant's own keys as what they are: one of 36^28", async () => {
    for (let made = 0; made < 25; made++) {
      const key = generateHomeAssistantKey();
      const strength = await measureStrength(key);
      expect(strength.guessesLog10).toBeCloseTo(43.28, 2);
      expect(strength).toMatchObject({ verdict: 'strong', warning: null });
    }
  });

  it('calls strong what is safe in old backups, too, and fair what is safe in new ones only', async () => {
    expect((await measure('gravel-otter-mosaic-tundra-violin-quartz')).verdict).toBe('strong');
    const fair = await measure('kumquat tundra violin');
    expect(fair.verdict).toBe('fair');
    expect(fair.warning).not.toBeNull();
  });

  it('turns guesses into time by the stated attacker', async () => {
    const { guessesLog10, legacyCrackSeconds, argon2idCrackSeconds } = await measure('kumquat tundra');
    expect(legacyCrackSeconds).toBeCloseTo(10 ** guessesLog10 / LEGACY_GUESSES_PER_SECOND, 5);
    expect(argon2idCrackSeconds / legacyCrackSeconds).toBeCloseTo(
      LEGACY_GUESSES_PER_SECOND / ARGON2ID_GUESSES_PER_SECOND,
      0,
    );
    expect(LEGACY_GUESSES_PER_SECOND).toBe(2.2e8);
    expect(ARGON2ID_GUESSES_PER_SECOND).toBeGreaterThan(2_500);
    expect(ARGON2ID_GUESSES_PER_SECOND).toBeLessThan(2_700);
  });

  it('is quick for 10 kB, repeated or random, and sees strength at either end', async () => {
    await measure('warm');
    const random = Array.from({ length: 10_000 }, () => String.fromCharCode(randomInt(33, 127))).join('');
    const started = performance.now();
    const strengths = [
      await measure('x'.repeat(10_000)),
      await measure(random),
      await measure('x'.repeat(5_000) + random.slice(0, 5_000)),
      await measure('灯'.repeat(10_000)),
    ];
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(strengths.map(({ verdict }) => verdict)).toEqual(['weak', 'strong', 'strong', 'weak']);
  });

  it('never repeats any of the password, and always gives finite figures', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (password) => {
        const strength = await measure(password);
        expect(Number.isFinite(strength.argon2idCrackSeconds)).toBe(true);
        expect(strength.warning === null).toBe(strength.verdict === 'strong');
      }),
      { numRuns: 60 },
    );
    for (const password of ['sunshine', 'monkey dragon', 'elizabeth', 'qwertzuiop']) {
      expect(JSON.stringify(await measure(password))).not.toMatch(new RegExp(password, 'i'));
    }
  });

  it('takes bytes that are no text and leaves them as they were', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    expect((await measureStrength(bytes)).verdict).toBe('weak');
    expect([...bytes]).toEqual([0xff, 0xfe, 0x00, 0x80]);
  });
});
