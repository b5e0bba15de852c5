// Checks at the door of this room's public functions. A failed one is a mistake of the caller (INTERNAL),
// never of a file; the message names the argument and its length, never its bytes.

import { misuse } from './refusals.ts';

/** @throws INTERNAL when `value` is not exactly `lengthBytes` long. */
export function requireLength(name: string, value: Uint8Array, lengthBytes: number): void {
  if (!(value instanceof Uint8Array)) throw misuse(`${name} must be bytes`);
  if (value.length !== lengthBytes) {
    throw misuse(`${name} must be ${lengthBytes} bytes, not ${value.length}`);
  }
}

/** @throws INTERNAL when `value` is not a whole number from 0 to 2^53 - 1. */
export function requireSize(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw misuse(`${name} must be a size in bytes, not ${value}`);
}
