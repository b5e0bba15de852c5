// The password of a web shell that others can reach: from a file, or typed twice, hidden. One that is easily guessed is refused,
// because everybody on the network may try.

import { basename, resolve } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import type { Strongroom } from '../engine.ts';
import { firstLineOf, readSmallFile } from '../keys/key-files.ts';
import type { Session } from '../session.ts';
import type { Prompter } from '../terminal/prompter.ts';

const FOUR_WORDS =
  'Four or more words that have nothing to do with each other are hard to guess and easy to type.';

type Measure = Strongroom['measureStrength'];

/**
 * Wiped when the session ends.
 * @throws USAGE where there is none, or a weak one; IO_FAILED when the file cannot be read; CANCELLED
 */
export async function readServePassword(
  session: Session,
  file: string | undefined,
  measure: Measure,
): Promise<Buffer> {
  if (file !== undefined) return await fromFile(session, file, measure);
  if (session.prompter !== null) return await askTwice(session, session.prompter, measure);
  throw new StrongroomError('USAGE', 'Where others can reach it, Strongroom needs a password.', {
    hint: 'Write one into the first line of a file that only you can read, and give --password-file FILE.',
  });
}

async function fromFile(session: Session, given: string, measure: Measure): Promise<Buffer> {
  const name = basename(given);
  const bytes = await readSmallFile(resolve(session.host.cwd, given), `the password file “${name}”`);
  let password: Buffer;
  try {
    password = session.wipeLater(Buffer.from(firstLineOf(bytes, `The password file “${name}”`), 'utf8'));
  } finally {
    bytes.fill(0);
  }
  const weakness = await weaknessOf(password, measure);
  if (weakness === null) return password;
  throw new StrongroomError('USAGE', `The password in “${name}” is easily guessed. ${weakness}`.trim(), {
    hint: FOUR_WORDS,
  });
}

async function askTwice(session: Session, prompter: Prompter, measure: Measure): Promise<Buffer> {
  prompter.say('Others can reach this address, so it needs a password of its own.');
  for (;;) {
    const first = session.wipeLater(await prompter.askHidden('New password for this address: '));
    const weakness = await weaknessOf(first, measure);
    if (weakness !== null) {
      prompter.say(`This is easily guessed. ${weakness} ${FOUR_WORDS}`);
      continue;
    }
    const second = session.wipeLater(await prompter.askHidden('The same again: '));
    if (first.equals(second)) return first;
    prompter.say('These were two different passwords. Once more, please.');
  }
}

/** A sentence, which may be empty; null for a password that will do. */
async function weaknessOf(password: Buffer, measure: Measure): Promise<string | null> {
  if (password.length === 0) return 'It is empty.';
  const { verdict, warning } = await measure(password);
  return verdict === 'weak' ? (warning ?? '') : null;
}
