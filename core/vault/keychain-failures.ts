// What the keychain's library says, in words for the person. The library's texts differ between systems and are
// translated by some, so they only choose among a few fixed messages and are never shown themselves.

import { StrongroomError } from '../../shared/errors.ts';

/** missing: there is none; refused: locked, or not allowed; silent: no answer; broken: all that should not happen. */
export type KeychainFailure = 'missing' | 'refused' | 'silent' | 'broken';

export type KeychainOperation = 'read' | 'write' | 'remove';

const REFUSED: Readonly<Record<KeychainOperation, string>> = {
  read: 'The keychain did not give Strongroom the secret that opens the vault.',
  write: 'The keychain did not take the secret that opens the vault.',
  remove: 'The keychain did not delete the secret that opened the vault.',
};

/** True of every vault, also of one that has no passphrase or is still to be made. */
const WITHOUT_KEYCHAIN = 'A vault with a passphrase opens without it.';
const ANSWER_IT = `It may be asking you something in another window: answer there and try again. ${WITHOUT_KEYCHAIN}`;

/** First match wins: texts of D-Bus and of services of the Secret Service, `keyring-core`, Windows, macOS. */
const MEANINGS: readonly (readonly [RegExp, KeychainFailure])[] = [
  // No session bus, or nobody on it who keeps secrets.
  [/DBUS_SESSION_BUS_ADDRESS|autolaunch|failed to connect to socket|No DBus session/i, 'missing'],
  [/not provided by any \.service files|ServiceUnknown|NameHasNoOwner|not activatable/i, 'missing'],
  [/org\.freedesktop\.secrets (exited|failed)|Failed to execute program/i, 'missing'],
  // It went away while it was asked.
  [/disconnected from message bus|Connection (is|was) closed|no longer (on|exists)/i, 'missing'],
  // Windows without a desktop login (for instance over SSH); macOS for a user who has no keychain.
  [/ERROR_NO_SUCH_LOGON_SESSION|keychain (is available|could not be found)/i, 'missing'],
  [/did not receive a reply|NoReply|timed? ?out/i, 'silent'],
  [/access(ing)? platform (secure )?storage|dismissed|locked|denied|not authorized|permission/i, 'refused'],
  [/Windows error code (5|1314|2202)\b/, 'refused'],
  [/user canceled|interaction is not allowed|passphrase you entered is not correct/i, 'refused'],
];

/** The error for a text of the library on a system (`process.platform`). */
export function interpretFailure(
  text: string,
  operation: KeychainOperation,
  platform: string,
): StrongroomError {
  if (/^Entry is matched by \d+ credentials/.test(text)) return ambiguousError(operation);
  return keychainError(reasonOf(text, platform), operation, text);
}

function reasonOf(text: string, platform: string): KeychainFailure {
  for (const [pattern, reason] of MEANINGS) if (pattern.test(text)) return reason;
  // macOS translates its texts, and nearly all of them say that the person or the system did not allow it.
  return platform === 'darwin' && text.startsWith('Platform ') ? 'refused' : 'broken';
}

/** The error for a failed call; `text` is the library's, of which only a harmless rest goes into the details. */
export function keychainError(
  reason: KeychainFailure,
  operation: KeychainOperation,
  text: string | null = null,
): StrongroomError {
  const words = {
    missing: {
      message: 'No keychain answers on this computer.',
      hint: `Start your system’s keychain, or log in to the desktop again. ${WITHOUT_KEYCHAIN}`,
    },
    refused: {
      message: REFUSED[operation],
      hint: `Unlock the keychain, allow Strongroom to use it and try again. ${WITHOUT_KEYCHAIN}`,
    },
    silent: {
      message: 'The keychain did not answer.',
      hint: ANSWER_IT,
    },
    broken: {
      message: 'The keychain of this computer could not be used.',
      hint: `Log in to the desktop again, then try once more. ${WITHOUT_KEYCHAIN}`,
    },
  }[reason];
  return failure(reason, operation, words.message, words.hint, text);
}

/** @param timeLimitMs milliseconds that were waited for an answer */
export function silentError(operation: KeychainOperation, timeLimitMs: number): StrongroomError {
  return failure(
    'silent',
    operation,
    `The keychain did not answer within ${formatSeconds(timeLimitMs)}.`,
    ANSWER_IT,
  );
}

/** The host stopped while the keychain was, or would have been, asked. */
export function stoppedError(): StrongroomError {
  return new StrongroomError('CANCELLED', 'Stopped at your request.');
}

/** It is unclear which one counts. */
function ambiguousError(operation: KeychainOperation): StrongroomError {
  return failure(
    'broken',
    operation,
    'The keychain has more than one entry for this vault.',
    `Delete the entries of “Strongroom” that you do not need in the keychain’s own program. ${WITHOUT_KEYCHAIN}`,
  );
}

/** The keychain took a secret and gave back something else. */
export function droppedError(operation: KeychainOperation): StrongroomError {
  return failure(
    'broken',
    operation,
    operation === 'write'
      ? 'The keychain did not keep the secret that it was given.'
      : 'What the keychain holds for this vault is not what Strongroom stored there.',
    operation === 'write'
      ? `Try again with another keychain. ${WITHOUT_KEYCHAIN}`
      : `If you have a backup of the keychain, bring its entry back. ${WITHOUT_KEYCHAIN}`,
  );
}

function failure(
  reason: KeychainFailure,
  operation: KeychainOperation,
  message: string,
  hint: string,
  text: string | null = null,
): StrongroomError {
  const detail = text === null ? '' : harmlessRest(text);
  return new StrongroomError('KEYCHAIN_FAILED', message, {
    hint,
    details: { reason, operation, ...(detail === '' ? {} : { detail }) },
  });
}

/** One short line of plain characters, without any long word: paths, accounts and secrets are long words. */
function harmlessRest(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/[A-Za-z0-9+/=_-]{20,}/g, '…')
    .slice(0, 120)
    .trim();
}

function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
