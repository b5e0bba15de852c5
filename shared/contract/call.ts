// What one call of the contract is: a summary, the schema of its input, the type of its answer, and the errors it may give.
// Inputs come from a window and are parsed strictly; answers come from the engine, where the compiler holds their type.

import type * as v from 'valibot';

import type { ErrorCode } from '../errors.ts';

/** Only a name for the reference page, and a type for the compiler: there is no value in it. */
export interface Answer<T> {
  /** As the type is called in shared/, for the reference page. */
  readonly typeName: string;
  /** Never set. */
  readonly type?: T;
}

export interface Call<I extends v.GenericSchema = v.GenericSchema, O = unknown> {
  /** One sentence that says what it does. */
  readonly summary: string;
  readonly input: I;
  readonly answer: Answer<O>;
  /** Besides those of every call, see `EVERY_CALL`. */
  readonly errors: readonly ErrorCode[];
}

export type CallInput<C> = C extends Call<infer I> ? v.InferOutput<I> : never;
export type CallAnswer<C> = C extends Call<v.GenericSchema, infer O> ? O : never;

/**
 * USAGE: the input is not what the call takes; IO_FAILED: the system refused; CANCELLED: the program is being closed, or where a
 * call says so, the person stopped it; INTERNAL: a mistake of ours.
 */
export const EVERY_CALL: readonly ErrorCode[] = ['USAGE', 'IO_FAILED', 'CANCELLED', 'INTERNAL'];

/** What every call that asks the catalogue may give. */
export const CATALOG_ERRORS: readonly ErrorCode[] = [
  'DAMAGED_CATALOG',
  'UNSUPPORTED_VERSION',
  'BUSY',
  'NO_SPACE',
  'OUTPUT_REFUSED',
];

/** What every call that needs the vault open may give. */
export const VAULT_ERRORS: readonly ErrorCode[] = [
  'NO_VAULT',
  'VAULT_LOCKED',
  'DAMAGED_VAULT',
  'UNSUPPORTED_VERSION',
];

/** What every call that changes the vault may give, too. */
export const VAULT_CHANGE_ERRORS: readonly ErrorCode[] = [
  ...VAULT_ERRORS,
  'BUSY',
  'NO_SPACE',
  'OUTPUT_REFUSED',
  'LIMIT_EXCEEDED',
];

export function defineCall<const I extends v.GenericSchema, O>(call: Call<I, O>): Call<I, O> {
  return call;
}

export function answer<T>(typeName: string): Answer<T> {
  return { typeName };
}
