// The vault's passphrase: from a file, or asked for, hidden. Its line end does not belong to it; everything else does.

import { basename, resolve } from 'node:path';

import { StrongroomError } from '../../shared/errors.ts';
import type { Session } from '../session.ts';
import type { Prompter } from '../terminal/prompter.ts';
import { firstLineOf, readSmallFile } from './key-files.ts';

export interface PassphraseArguments {
  readonly passphraseFile?: string;
}

/**
 * The passphrase of `--passphrase-file` or STRONGROOM_PASSPHRASE_FILE; null where neither is given. It is wiped when
 * the session ends.
 * @throws USAGE when the file holds none; IO_FAILED when it cannot be read
 */
export async function givenPassphrase(session: Session, args: PassphraseArguments): Promise<Buffer | null> {
  const path = args.passphraseFile ?? session.host.env['STRONGROOM_PASSPHRASE_FILE'];
  return path === undefined || path === '' ? null : await readPassphraseFile(session, path);
}

/** The first line of a file. @throws USAGE, IO_FAILED */
export async function readPassphraseFile(session: Session, given: string): Promise<Buffer> {
  const what = `the passphrase file “${basename(given)}”`;
  const bytes = await readSmallFile(resolve(session.host.cwd, given), what);
  try {
    const first = firstLineOf(bytes, `The passphrase file “${basename(given)}”`);
    if (first !== '') return session.wipeLater(Buffer.from(first, 'utf8'));
  } finally {
    bytes.fill(0);
  }
  throw new StrongroomError('USAGE', `There is no passphrase in ${what}: its first line is empty.`, {
    hint: 'Write the passphrase into its first line.',
  });
}

/**
 * A new passphrase, typed twice and measured; null where Enter alone was pressed.
 * @throws CANCELLED
 */
export async function askNewPassphrase(
  session: Session,
  prompter: Prompter,
  question: string,
): Promise<Buffer | null> {
  for (;;) {
    const first = session.wipeLater(await prompter.askHidden(question));
    if (first.length === 0) return null;
    if (!(await isAcceptable(session, prompter, first))) continue;
    const second = await prompter.askHidden('The same again: ');
    const same = first.equals(second);
    second.fill(0);
    if (same) return first;
    prompter.say('These were two different passphrases. Once more, please.');
  }
}

/** A note where nobody can be asked whether it shall be taken. */
export async function noteIfWeak(session: Session, passphrase: Buffer): Promise<void> {
  const { verdict, warning } = await (await session.engine()).measureStrength(passphrase);
  if (verdict === 'weak') {
    session.screen.note(`This passphrase is easily guessed. ${warning ?? ''}`.trim());
  }
}

/** Says when a passphrase is easily guessed, and goes on only if the person insists. */
async function isAcceptable(session: Session, prompter: Prompter, passphrase: Buffer): Promise<boolean> {
  const engine = await session.engine();
  const { verdict, warning } = await engine.measureStrength(passphrase);
  if (verdict !== 'weak') return true;
  prompter.say(
    `${warning ?? 'It is easily guessed.'} Whoever has the vault’s file can try as often as they like.`,
  );
  return await prompter.confirm('Take it all the same?');
}
