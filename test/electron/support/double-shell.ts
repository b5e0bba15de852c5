// The real program on the double of Electron: a process of Node with the double in the place of the module, and a Chromium beside it.

import { fork, type ChildProcess } from 'node:child_process';

import { chromium, type Browser, type Page } from 'playwright-core';
import { vi } from 'vitest';

import type { FromDouble, ToDouble, WorldFacts } from '../double/world.ts';
import { Chromium } from './chromium.ts';
import { dropFiles } from './drop.ts';
import type { Program } from './program.ts';
import type { Shell, ShellStart } from './shell.ts';

const REGISTER = new URL('../double/register.ts', import.meta.url).href;
/** On a machine that does much else. */
const START_LIMIT_MS = 120_000;
const ORIGIN = 'https://strongroom.app.invalid/';
const ONE_SCREEN = [[0, 0, 1920, 1040]] as const;

export async function startDouble(executable: string, program: Program, start: ShellStart): Promise<Shell> {
  const browser = await Chromium.start(executable);
  return new DoubleShell(browser, program, start);
}

class DoubleShell implements Shell {
  readonly kind = 'double';
  readonly complaints: string[] = [];
  readonly ended: Promise<number | null>;
  readonly #chromium: Chromium;
  readonly #program: Program;
  readonly #start: ShellStart;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #browser: Promise<Browser> | null = null;
  #lastId = 0;

  constructor(chromiumOfTest: Chromium, program: Program, start: ShellStart) {
    this.#chromium = chromiumOfTest;
    this.#program = program;
    this.#start = start;
    this.#child = this.#fork(start.args ?? []);
    this.#child.on('message', (message: FromDouble) => this.#hear(message));
    this.ended = exitOf(this.#child).then((code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The program has ended.'));
      return code;
    });
  }

  async evaluate<R, A>(run: (electron: never, argument: A) => R | Promise<R>, argument?: A): Promise<R> {
    const source = run.toString();
    return (await this.#ask((id) => ({ kind: 'evaluate', id, source, argument }))) as R;
  }

  async page(): Promise<Page> {
    // Without Playwright's own wishes for pages, which would be in the way of the program's.
    this.#browser ??= chromium.connectOverCDP(this.#chromium.endpoint, { noDefaults: true });
    const context = (await this.#browser).contexts()[0]!;
    const find = (): Page => {
      const found = context.pages().findLast((page) => page.url().startsWith(ORIGIN));
      if (found === undefined) throw new Error('The program has no window.');
      return found;
    };
    return vi.waitFor(find, { timeout: START_LIMIT_MS, interval: 50 });
  }

  async drop(page: Page, paths: readonly string[]): Promise<void> {
    await this.#ask((id) => ({ kind: 'know-files', id, paths }));
    await dropFiles(page, paths);
  }

  startSecond(args: readonly string[]): Promise<number | null> {
    return exitOf(this.#fork(args));
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
    await (await this.#browser)?.close();
    await this.#chromium.stop();
  }

  #fork(args: readonly string[]): ChildProcess {
    const { dataFolder, env = {}, world = {} } = this.#start;
    const facts: WorldFacts = {
      browserEndpoint: this.#chromium.endpoint,
      appPath: this.#program.folder,
      isPackaged: false,
      isDarkSystem: false,
      isOnBattery: false,
      isOpenedAtLogin: false,
      workAreas: ONE_SCREEN,
      ...world,
    };
    return fork(this.#program.main, [...args], {
      execArgv: ['--import', REGISTER],
      env: { ...process.env, ...env, STRONGROOM_DATA: dataFolder, STRONGROOM_DOUBLE: JSON.stringify(facts) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  #ask(make: (id: number) => ToDouble): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send(make(id));
    });
  }

  #hear(message: FromDouble): void {
    if (message.kind === 'complaint') {
      this.complaints.push(message.message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(new Error(message.message));
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}
