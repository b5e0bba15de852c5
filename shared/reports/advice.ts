// What can be done next at the command line about an error: the engine's own hints know nothing of commands.

import type { ErrorCode, PlainError } from '../errors.ts';

type Advice = (command: string, file: string) => string | null;

const giveKey: Advice = (command, file) =>
  takesKeysOfVaultOnly(command)
    ? `To take its key into your vault: strongroom keys add --against ${file}`
    : 'It is given with --kit (the emergency kit), --key-file or STRONGROOM_KEY; several can be given at once.';

const saveTheRest: Advice = (command, file) =>
  command === 'salvage' ? null : `To save what can still be read: strongroom salvage ${file} --out FOLDER`;

const BY_CODE: Partial<Readonly<Record<ErrorCode, Advice>>> = {
  KEY_REQUIRED: giveKey,
  WRONG_KEY: giveKey,
  DAMAGED_HEADER: saveTheRest,
  DAMAGED_PAYLOAD: saveTheRest,
  DAMAGED_METADATA: saveTheRest,
  TRUNCATED: saveTheRest,
  KEY_IN_USE: () => 'Matching: strongroom keys match FOLDER',
  DAMAGED_CATALOG: () => 'To make it anew: strongroom library rebuild',
  INTERNAL: () =>
    'This is a mistake in Strongroom, not in your backup. Please report it with the command you used.',
};

/** One sentence, or null where there is nothing to add. */
export function adviceFor(error: PlainError, command: string, shownAs: string): string | null {
  return BY_CODE[error.code]?.(command, quoteForShell(shownAs)) ?? null;
}

function takesKeysOfVaultOnly(command: string): boolean {
  return /^(?:library|jobs|watch)\b/.test(command);
}

/** A file name as it can be pasted into a command. */
export function quoteForShell(text: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
