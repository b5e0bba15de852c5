// The built program on a real Electron, where one is on the machine.

import { spawn } from 'node:child_process';

import { _electron, type ElectronApplication, type Page } from 'playwright-core';

import { dropFiles } from './drop.ts';
import { builtProgram } from './program.ts';
import type { Shell, ShellStart } from './shell.ts';

export async function startElectron(executable: string, start: ShellStart): Promise<Shell> {
  const { folder } = builtProgram();
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [folder, ...asRoot, ...(start.args ?? [])];
  const env = { ...definedOnly(process.env), ...start.env, STRONGROOM_DATA: start.dataFolder };
  const app = await _electron.launch({ executablePath: executable, args, env });
  return new ElectronShell(app, executable, args.slice(0, 1 + asRoot.length), env);
}

class ElectronShell implements Shell {
  readonly kind = 'electron';
  readonly complaints: readonly string[] = [];
  readonly ended: Promise<number | null>;
  readonly #app: ElectronApplication;
  readonly #executable: string;
  readonly #ownArgs: readonly string[];
  readonly #env: Record<string, string>;

  constructor(
    app: ElectronApplication,
    executable: string,
    ownArgs: readonly string[],
    env: Record<string, string>,
  ) {
    this.#app = app;
    this.#executable = executable;
    this.#ownArgs = ownArgs;
    this.#env = env;
    this.ended = new Promise((resolve) => app.process().once('exit', (code) => resolve(code)));
  }

  evaluate: Shell['evaluate'] = (run, argument) => this.#app.evaluate<never>(run as never, argument as never);

  page(): Promise<Page> {
    const newest = this.#app.windows().at(-1);
    return newest === undefined ? this.#app.waitForEvent('window') : Promise.resolve(newest);
  }

  drop(page: Page, paths: readonly string[]): Promise<void> {
    return dropFiles(page, paths);
  }

  startSecond(args: readonly string[]): Promise<number | null> {
    const child = spawn(this.#executable, [...this.#ownArgs, ...args], { env: this.#env, stdio: 'ignore' });
    return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  }

  async kill(): Promise<void> {
    this.#app.process().kill('SIGKILL');
    await this.ended;
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
