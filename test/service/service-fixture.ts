// A service on the real engine in a data folder of its own, with a keychain in memory and a host that notes what it is asked.

import { join } from 'node:path';
import { onTestFinished } from 'vitest';

import { openService, type Host, type Service } from '../../core/service/index.ts';
import { openStrongroom, type Strongroom } from '../../core/strongroom.ts';
import type { AnswerOf, CallName, InputOf, StrongroomEvent } from '../../shared/contract/index.ts';
import { fromPlainError } from '../../shared/errors.ts';
import type { HostFacts } from '../../shared/window.ts';
import { scratch } from '../support/fixtures.ts';
import { MemoryKeychain } from '../vault/vault-parts.ts';
import { MemoryLog } from './memory-log.ts';

export const FACTS: HostFacts = {
  shell: 'electron',
  platform: 'linux',
  nativeDialogs: true,
  dropGivesPaths: true,
  canReveal: true,
  canStartAtLogin: true,
  hasTray: true,
  hasClipboard: true,
};

/** What the host was asked, in order. */
export type Asked = readonly [what: string, ...values: unknown[]];

export interface TestService {
  readonly service: Service;
  readonly engine: Strongroom;
  readonly keychain: MemoryKeychain;
  readonly log: MemoryLog;
  readonly dataFolder: string;
  readonly events: StrongroomEvent[];
  readonly asked: Asked[];
  /** Rejects with the error of the reply. */
  call<N extends CallName>(name: N, input: InputOf<N>): Promise<AnswerOf<N>>;
  /** Resolves with the first event of that kind, from now on, that the test holds for. */
  until<K extends StrongroomEvent['kind']>(
    kind: K,
    test?: (event: EventOf<K>) => boolean,
  ): Promise<EventOf<K>>;
  close(): Promise<void>;
}

type EventOf<K> = Extract<StrongroomEvent, { kind: K }>;

export interface TestServiceOptions {
  /** One that was used before; a new one unless told. */
  readonly dataFolder?: string;
  readonly keychain?: MemoryKeychain;
  readonly host?: 'can do everything' | 'can do nothing';
  readonly licencesPath?: string;
  /** Changes the engine before the service has it. */
  readonly prepare?: (engine: Strongroom) => Strongroom;
}

export async function newService(options: TestServiceOptions = {}): Promise<TestService> {
  const dataFolder = options.dataFolder ?? join(await scratch(), 'data');
  const keychain = options.keychain ?? new MemoryKeychain();
  const opened = await openStrongroom({ dataFolder, keychain, threads: 0 });
  const engine = options.prepare?.(opened) ?? opened;
  const log = new MemoryLog();
  const asked: Asked[] = [];
  const able = options.host === 'can do nothing' ? {} : ableHost(asked);
  const { licencesPath } = options;
  const host: Host = {
    facts: FACTS,
    locales: ['en-GB'],
    ...able,
    ...(licencesPath === undefined ? {} : { licencesPath }),
  };
  const service = await openService({ engine, dataFolder, host, version: '1.2.3', isDemo: false, log });
  const events: StrongroomEvent[] = [];
  service.subscribe((event) => void events.push(event));
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      await service.close();
      await opened.close();
    })());
  onTestFinished(close);
  return {
    service,
    engine,
    keychain,
    log,
    dataFolder,
    events,
    asked,
    close,
    call: async (name, input) => {
      const reply = await service.dispatch(name, input);
      if (!reply.ok) throw fromPlainError(reply.error);
      return reply.value as AnswerOf<typeof name>;
    },
    until: (kind, test = () => true) =>
      new Promise((resolve) => {
        const end = service.subscribe((event) => {
          if (event.kind !== kind || !test(event as EventOf<typeof kind>)) return;
          end();
          resolve(event as EventOf<typeof kind>);
        });
      }),
  };
}

function ableHost(asked: Asked[]): Partial<Host> {
  return {
    choose: (what, suggestedName) => {
      asked.push(['choose', what, suggestedName]);
      return Promise.resolve(['/chosen']);
    },
    reveal: (path) => {
      asked.push(['reveal', path]);
      return Promise.resolve();
    },
    copySecret: async (text, clearAfterMs) => void asked.push(['copySecret', text, clearAfterMs]),
    setStartAtLogin: (isWanted) => void asked.push(['setStartAtLogin', isWanted]),
    openLink: (url) => {
      asked.push(['openLink', url]);
      return Promise.resolve();
    },
    notify: (notice) => void asked.push(['notify', notice]),
  };
}
