// The door to the engine, walked over the whole contract: what it takes, what it refuses, and what it tells about either.

import { describe, expect, it } from 'vitest';

import { Dispatcher, type Handlers } from '../../core/service/dispatcher.ts';
import { contract, EVERY_CALL, type CallName, type Reply } from '../../shared/contract/index.ts';
import { StrongroomError, type ErrorCode } from '../../shared/errors.ts';
import { MemoryLog } from './memory-log.ts';
import { goodInputs, wrongInputs } from './input-samples.ts';

const ALL_CODES: readonly ErrorCode[] = [
  'KEY_IN_USE',
  'DAMAGED_CATALOG',
  'VAULT_LOCKED',
  'WRONG_PASSPHRASE',
  'NO_SPACE',
  'CANCELLED',
  'USAGE',
  'INTERNAL',
];
const NAMES = Object.keys(contract) as CallName[];

interface Door {
  readonly dispatcher: Dispatcher;
  readonly log: MemoryLog;
  /** Inputs that reached a handler. */
  readonly handled: unknown[];
}

/** Handlers that all do the same. */
function doorWith(work: (input: unknown) => unknown = () => null): Door {
  const log = new MemoryLog();
  const handled: unknown[] = [];
  const handler = async (input: unknown): Promise<unknown> => {
    handled.push(input);
    return work(input);
  };
  const handlers = Object.fromEntries(NAMES.map((name) => [name, handler])) as unknown as Handlers;
  return { dispatcher: new Dispatcher(handlers, log), log, handled };
}

function codeOf(reply: Reply): ErrorCode | null {
  return reply.ok ? null : reply.error.code;
}

describe.each(NAMES)('%s', (name) => {
  const { input } = contract[name];

  it('takes what it says it takes', async () => {
    const { dispatcher, handled } = doorWith();
    for (const good of goodInputs(input)) {
      expect(await dispatcher.dispatch(name, good)).toEqual({ ok: true, value: null });
      expect(handled.pop()).toEqual(good);
    }
  });

  it('refuses everything else before its handler sees it', async () => {
    const { dispatcher, handled } = doorWith();
    for (const { why, input: bad } of wrongInputs(input)) {
      expect([why, codeOf(await dispatcher.dispatch(name, bad))]).toEqual([why, 'USAGE']);
      expect([why, handled]).toEqual([why, []]);
    }
  });

  it('notes any error that it does not declare, and none that it does', async () => {
    const declared: readonly ErrorCode[] = [...contract[name].errors, ...EVERY_CALL];
    for (const code of ALL_CODES) {
      const { dispatcher, log } = doorWith(() => {
        throw new StrongroomError(code, 'It went wrong.');
      });
      expect(codeOf(await dispatcher.dispatch(name, goodInputs(input)[0]))).toBe(code);
      expect([code, log.undeclared().length]).toEqual([code, declared.includes(code) ? 0 : 1]);
    }
  });
});

it('knows no call but those of the contract, whatever objects inherit', async () => {
  const { dispatcher, handled } = doorWith();
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '', 'app', 'app.Start'];
  for (const name of [...names, undefined, null, 0, {}, ['app.start'], Symbol('app.start')])
    expect(codeOf(await dispatcher.dispatch(name, {}))).toBe('USAGE');
  expect(handled).toEqual([]);
});

it('repeats nothing that was sent, neither in the reply nor in the log', async () => {
  const { dispatcher, log } = doorWith();
  const secret = 'correct horse battery staple';
  const replies = [
    await dispatcher.dispatch('vault.unlock', { passphrase: [secret] }),
    await dispatcher.dispatch('vault.unlock', { passphrase: 'x', [secret]: secret }),
    await dispatcher.dispatch('keys.drill', { keyId: { secret }, typed: secret }),
    await dispatcher.dispatch('batches.start', { planId: secret }),
    await dispatcher.dispatch(secret, { secret }),
  ];
  expect(replies.map(codeOf)).toEqual(['USAGE', 'USAGE', 'USAGE', 'USAGE', 'USAGE']);
  expect(JSON.stringify([replies, log.lines])).not.toContain(secret);
  expect(replies[0]).toMatchObject({ error: { details: { call: 'vault.unlock', field: 'passphrase' } } });
});

it('passes on errors of the engine as they are', async () => {
  const error = new StrongroomError('WRONG_PASSPHRASE', 'It does not open the vault.', {
    hint: 'Once more.',
  });
  const { dispatcher, log } = doorWith(() => {
    throw error;
  });
  expect(await dispatcher.dispatch('vault.unlock', { passphrase: 'x' })).toEqual({
    ok: false,
    error: { code: 'WRONG_PASSPHRASE', message: 'It does not open the vault.', hint: 'Once more.' },
  });
  expect(log.lines).toEqual([]);
});

it('tells a mistake of ours without the text that may quote an input', async () => {
  const { dispatcher, log } = doorWith((input) => {
    throw new TypeError(`cannot read ${JSON.stringify(input)}`);
  });
  const reply = await dispatcher.dispatch('keys.measure', { typed: 'my own key' });
  expect(reply).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
  expect(JSON.stringify(reply)).not.toContain('my own key');
  const [line] = log.lines;
  expect(line).toContain('keys.measure');
  expect(line).toContain('TypeError');
  expect(line).toContain('dispatcher.test.ts');
  expect(line).not.toContain('my own key');
});
