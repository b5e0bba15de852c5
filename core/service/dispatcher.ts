// The one way into the engine for every transport: is there such a call, is its input what the call takes, then its handler, then
// a reply. Nothing that was sent is ever repeated in a reply or in the log.

import { isDeepStrictEqual } from 'node:util';

import * as v from 'valibot';

import {
  contract,
  EVERY_CALL,
  type AnswerOf,
  type Call,
  type CallName,
  type InputOf,
  type Reply,
} from '../../shared/contract/index.ts';
import { StrongroomError, type ErrorCode } from '../../shared/errors.ts';
import { publicError, type Log } from './log.ts';

export type Handler<N extends CallName> = (input: InputOf<N>) => Promise<AnswerOf<N>> | AnswerOf<N>;
export type Handlers = { readonly [N in CallName]: Handler<N> };
/** Those of the calls that begin with a word: `HandlersOf<'vault'>`. */
export type HandlersOf<Area extends string> = {
  readonly [N in CallName as N extends `${Area}.${string}` ? N : never]: Handler<N>;
};

const AREA = 'call';

export class Dispatcher {
  readonly #handlers: Handlers;
  readonly #log: Log;

  constructor(handlers: Handlers, log: Log) {
    this.#handlers = handlers;
    this.#log = log;
  }

  /** Never rejects. */
  async dispatch(name: unknown, input: unknown): Promise<Reply> {
    if (!isCallName(name)) return failed(unknownCall());
    try {
      return { ok: true, value: await this.#handle(name, input) };
    } catch (thrown) {
      const { code } = publicError(thrown);
      if (!isDeclared(name, code)) this.#log.error(AREA, `${name} gave ${code}, which it does not declare.`);
      if (!isExpected(code)) this.#log.failure(AREA, name, thrown);
      return failed(thrown);
    }
  }

  async #handle<N extends CallName>(name: N, input: unknown): Promise<AnswerOf<N>> {
    const { input: schema } = contract[name] as unknown as Call<v.GenericSchema<unknown, InputOf<N>>>;
    const parsed = v.safeParse(schema, input, { abortEarly: true });
    if (!parsed.success) throw badInput(name, parsed.issues);
    // A schema of objects takes an array for an empty object, and one of a class for a plain one.
    if (!isDeepStrictEqual(parsed.output, input)) throw badInput(name, null);
    const handler = this.#handlers[name] as Handler<N>;
    return await handler(parsed.output);
  }
}

/** Whether the contract says that the call may give it. */
export function isDeclared(name: CallName, code: ErrorCode): boolean {
  const declared: readonly ErrorCode[] = contract[name].errors;
  return EVERY_CALL.includes(code) || declared.includes(code);
}

function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(contract, name);
}

/** What a person does or meets in the course of things says nothing about the program. */
function isExpected(code: ErrorCode): boolean {
  return ['CANCELLED', 'WRONG_PASSPHRASE', 'VAULT_LOCKED', 'NO_VAULT', 'WRONG_KEY', 'KEY_IN_USE'].includes(
    code,
  );
}

function failed(thrown: unknown): Reply<never> {
  return { ok: false, error: publicError(thrown) };
}

function unknownCall(): StrongroomError {
  return new StrongroomError('USAGE', 'The window asked for something that this program does not know.', {
    hint: 'Load the window again: it may be of another version than the program.',
  });
}

/** Says where the input is wrong, by names of the contract alone. */
function badInput(
  name: CallName,
  issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]] | null,
): StrongroomError {
  const field = issues === null ? null : knownField(name, issues[0]);
  return new StrongroomError('USAGE', `The window asked for “${name}” in a way that is not understood.`, {
    hint: 'Load the window again: it may be of another version than the program.',
    details: { call: name, ...(field === null ? {} : { field }) },
  });
}

/** The field of the input in which it lies; null where it is none of the call's. */
function knownField(name: CallName, { path }: v.BaseIssue<unknown>): string | null {
  const key: unknown = path?.[0]?.key;
  const { entries } = contract[name].input as { readonly entries?: object };
  return typeof key === 'string' && entries !== undefined && Object.hasOwn(entries, key) ? key : null;
}
