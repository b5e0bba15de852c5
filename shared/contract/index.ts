// The contract between the interface and the engine: every call by its name, and every event. Both transports carry it, and
// the interface cannot tell which one it has.

import type { PlainError } from '../errors.ts';
import { appCalls } from './app-calls.ts';
import type { CallAnswer, CallInput } from './call.ts';
import { jobCalls } from './job-calls.ts';
import { keyCalls } from './key-calls.ts';
import { libraryCalls } from './library-calls.ts';
import { rotationCalls } from './rotation-calls.ts';

export const contract = { ...appCalls, ...libraryCalls, ...jobCalls, ...keyCalls, ...rotationCalls };

export type Contract = typeof contract;
export type CallName = keyof Contract;
export type InputOf<N extends CallName> = CallInput<Contract[N]>;
export type AnswerOf<N extends CallName> = CallAnswer<Contract[N]>;

/** What crosses a transport as the result of a call. */
export type Reply<T = unknown> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PlainError };

export { EVERY_CALL, type Answer, type Call } from './call.ts';
export { EVENT_KINDS, type StrongroomEvent } from './events.ts';
export { SETTINGS_CHANGE } from './app-calls.ts';
export type { WhichBackups } from './inputs.ts';
