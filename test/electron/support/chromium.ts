// A Chromium of the test's own, with nothing of a person's in it. Each run of the program has one, as each Electron has.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SWITCHES = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--no-first-run',
  '--no-default-browser-check',
  '--block-new-web-contents', // Electron makes no window that the program denied; here Chromium must not either
  '--password-store=basic',
  '--use-mock-keychain',
];

export class Chromium {
  /** For connections by the DevTools protocol. */
  readonly endpoint: string;
  readonly #process: ChildProcess;
  readonly #profile: string;

  private constructor(endpoint: string, process: ChildProcess, profile: string) {
    this.endpoint = endpoint;
    this.#process = process;
    this.#profile = profile;
  }

  static async start(executable: string): Promise<Chromium> {
    const profile = await mkdtemp(join(tmpdir(), 'strongroom-chromium-'));
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const child = spawn(executable, [...SWITCHES, ...asRoot, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const endpoint = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stderr.on('data', (data: Buffer) => {
        said += data.toString();
        const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`Chromium ended:\n${said}`)));
    });
    return new Chromium(endpoint, child, profile);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null && this.#process.kill('SIGKILL')) await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }
}
