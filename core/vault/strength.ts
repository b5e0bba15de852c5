// How strong a key is: how many guesses an attacker needs, who knows how people choose passwords (zxcvbn), and how long that takes
// him for the old and the new key derivation. zxcvbn takes strings, so the password becomes one for a moment. Its own
// sentences are never used, because they may repeat parts of the password; ours know only the kind of pattern.

import { isHomeAssistantKeyBytes } from '../../shared/key-format.ts';
import type { KeyStrength } from '../../shared/keys.ts';

/**
 * The attacker has the backup file and one of the fastest graphics cards of the mid 2020s (GeForce RTX 4090 class). Its newest
 * successor is less than twice as fast; a hundred of them need a hundredth of the time.
 *
 * SHA-256: hashcat reaches about 22 thousand million a second there. The old derivation is a hundred of them, each of one
 * block; the one AES block that tells whether the guess was right costs nothing beside them.
 */
const SHA256_PER_SECOND = 22e9;
const LEGACY_SHA256_COUNT = 100;
export const LEGACY_GUESSES_PER_SECOND = SHA256_PER_SECOND / LEGACY_SHA256_COUNT;

/**
 * Argon2id is bound by memory, of which that card moves about 1.0 TB/s. Each block is written once per pass, and reads one other
 * block; from the second pass on it reads itself, too: (3 × passes − 1) × memory. v3 has 8 passes over 16 MiB:
 * 386 MB for one guess, about 2,600 guesses a second. Measured rates stay below this bound, so it errs on the careful side.
 */
const MEMORY_BYTES_PER_SECOND = 1.008e12;
const ARGON2ID_PASSES = 8;
const ARGON2ID_MEMORY_BYTES = 16 * 1024 * 1024;
export const ARGON2ID_GUESSES_PER_SECOND =
  MEMORY_BYTES_PER_SECOND / ((3 * ARGON2ID_PASSES - 1) * ARGON2ID_MEMORY_BYTES);

/** A key is safe where this attacker needs a thousand years: ten for a hundred cards, and backups are kept for years. */
const SAFE_SECONDS = 1000 * 365.25 * 24 * 3600;

/** zxcvbn's work grows with the square of the length; of a longer password its start and its end are looked at. */
const LOOKED_AT_LENGTH = 64;

/** 36^28 / 2 guesses on average: a key in Home Assistant's form that was chosen at random. */
const RANDOM_KEY_LOG10 = 28 * Math.log10(36) - Math.log10(2);

/**
 * zxcvbn gives a random key of 28 letters and digits 10^24 guesses or more, because it finds no pattern in it. One for which it
 * finds fewer than this was made up by a person.
 */
const MADE_UP_BELOW_LOG10 = 20;

/**
 * Measures a password. The caller keeps and wipes the bytes.
 * @param userInputs words an attacker may know, such as the name of the home
 */
export async function measureStrength(
  password: Buffer,
  userInputs: readonly string[] = [],
): Promise<KeyStrength> {
  const { guessesLog10, pattern } = await guess(password, userInputs);
  const seconds = (perSecond: number): number => Math.min(Number.MAX_VALUE, 10 ** guessesLog10 / perSecond);
  const legacyCrackSeconds = seconds(LEGACY_GUESSES_PER_SECOND);
  const argon2idCrackSeconds = seconds(ARGON2ID_GUESSES_PER_SECOND);
  const verdict = verdictOf(legacyCrackSeconds, argon2idCrackSeconds);
  const warning = verdict === 'strong' ? null : WARNINGS[pattern];
  return { guessesLog10, legacyCrackSeconds, argon2idCrackSeconds, verdict, warning };
}

/** strong: safe in backups of every format; fair: in SecureTar v3 only; weak: in none. */
function verdictOf(legacyCrackSeconds: number, argon2idCrackSeconds: number): KeyStrength['verdict'] {
  if (legacyCrackSeconds >= SAFE_SECONDS) return 'strong';
  return argon2idCrackSeconds >= SAFE_SECONDS ? 'fair' : 'weak';
}

type PatternKind =
  'empty' | 'common' | 'word' | 'name' | 'known' | 'keyboard' | 'repeat' | 'sequence' | 'date' | 'short';

const WARNINGS: Readonly<Record<PatternKind, string>> = {
  empty: 'It is empty: a backup with it is not encrypted.',
  common: 'It is built on a password that many people use; those are tried first.',
  word: 'It is made of words from a dictionary, and of too few of them.',
  name: 'It is built on a name; names are tried early.',
  known: 'It is built on something that others know about this home.',
  keyboard: 'It follows neighbouring keys on the keyboard.',
  repeat: 'It repeats the same characters.',
  sequence: 'It follows an order that everybody knows, such as the alphabet.',
  date: 'It is built on a date or a year.',
  short: 'It is too short.',
};

interface Guess {
  readonly guessesLog10: number;
  readonly pattern: PatternKind;
}

async function guess(password: Buffer, userInputs: readonly string[]): Promise<Guess> {
  if (password.length === 0) return { guessesLog10: 0, pattern: 'empty' };
  const check = await loadChecker();
  if (isHomeAssistantKeyBytes(password)) {
    // Its dashes are known to everybody and only hide patterns that go across them.
    const found = check(password.toString('ascii').replaceAll('-', ''), userInputs);
    return found.guessesLog10 >= MADE_UP_BELOW_LOG10 ? { ...found, guessesLog10: RANDOM_KEY_LOG10 } : found;
  }
  const text = password
    .subarray(0, LOOKED_AT_LENGTH * 4)
    .toString('utf8')
    .slice(0, LOOKED_AT_LENGTH);
  const start = check(text, userInputs);
  if (password.length <= LOOKED_AT_LENGTH) return start;
  const tail = password
    .subarray(-LOOKED_AT_LENGTH * 4)
    .toString('utf8')
    .slice(-LOOKED_AT_LENGTH);
  const end = check(tail, userInputs);
  return end.guessesLog10 > start.guessesLog10 ? end : start;
}

type Checker = (text: string, userInputs: readonly string[]) => Guess;

let checker: Promise<Checker> | null = null;

/** The dictionaries take a third of a second and 60 MB: only who asks for strength pays for them, once. */
function loadChecker(): Promise<Checker> {
  checker ??= makeChecker();
  return checker;
}

async function makeChecker(): Promise<Checker> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  const factory = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    maxLength: LOOKED_AT_LENGTH,
  });
  return (text, userInputs) => {
    const { guessesLog10, sequence } = factory.check(text, [...userInputs]);
    const longest = sequence
      .filter(({ pattern }) => pattern !== 'bruteforce' && pattern !== 'separator')
      .sort((a, b) => b.j - b.i - (a.j - a.i))[0];
    const dictionaryName: unknown = longest?.['dictionaryName'];
    return { guessesLog10, pattern: kindOf(longest?.pattern, String(dictionaryName)) };
  };
}

function kindOf(pattern: string | undefined, dictionaryName: string): PatternKind {
  if (pattern === 'dictionary') {
    if (dictionaryName === 'userInputs') return 'known';
    if (dictionaryName.startsWith('passwords')) return 'common';
    return /^(?:first|last)names/.test(dictionaryName) ? 'name' : 'word';
  }
  if (pattern === 'spatial') return 'keyboard';
  if (pattern === 'repeat') return 'repeat';
  if (pattern === 'sequence' || pattern === 'wordSequence') return 'sequence';
  return pattern === 'date' || pattern === 'regex' ? 'date' : 'short';
}
