// A real Secret Service of our own: gnome-keyring on a private session bus, with a home of its own, so that nothing of
// this machine's user is touched and nobody is asked anything. Where Debian's packages are missing it says so.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const PROGRAMS: Readonly<Record<string, string>> = {
  'dbus-run-session': 'dbus-daemon',
  'dbus-send': 'dbus-bin',
  'dbus-monitor': 'dbus-bin',
  'gnome-keyring-daemon': 'gnome-keyring',
  'secret-tool': 'libsecret-tools',
};
/** What would lead to this machine's user. */
const OF_THE_SESSION = new Set([
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'DBUS_SESSION_BUS_ADDRESS',
  'GNOME_KEYRING_CONTROL',
]);
const LOGIN_PASSWORD = 'password of the login keyring';
const DEADLINE_MS = 20_000;
const POLL_MS = 20;

/** Why there can be no Secret Service here, null where there can. */
export function secretServiceMissing(): string | null {
  const reason = process.platform === 'linux' ? missingPrograms() : 'The Secret Service is of Linux';
  if (reason !== null) process.stderr.write(`skipped: ${reason}\n`);
  return reason;
}

function missingPrograms(): string | null {
  const missing = Object.entries(PROGRAMS).filter(
    ([program]) =>
      !(process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program))),
  );
  return missing.length === 0 ? null : `Not installed: ${missing.map(([, name]) => name).join(', ')}`;
}

/** What happens when the keychain wants to ask the person. */
export type Prompter = 'refuses' | 'never answers';

export class SecretService {
  /** For the programs that are to meet this service and no other. */
  readonly env: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #bus: ChildProcess;
  #daemon: ChildProcess | null = null;

  private constructor(folder: string, bus: ChildProcess, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#bus = bus;
    this.env = env;
  }

  /** A session bus on which nobody keeps secrets yet. */
  static async start(prompter: Prompter = 'refuses'): Promise<SecretService> {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-keychain-'));
    const env = homelessEnvironment(folder);
    activate(folder, 'org.freedesktop.secrets', 'exit 1'); // no daemon but the one that the test starts
    activate(
      folder,
      'org.gnome.keyring.SystemPrompter',
      prompter === 'refuses' ? 'exit 1' : `echo $$ > '${folder}/prompter'; exec sleep 120`,
    );
    const bus = spawn('dbus-run-session', ['--', 'sh', '-c', 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const [address] = (await once(createInterface(bus.stdout), 'line')) as [string];
    return new SecretService(folder, bus, { ...env, DBUS_SESSION_BUS_ADDRESS: address });
  }

  /** The keychain's process. */
  get pid(): number {
    const pid = this.#daemon?.pid;
    if (pid === undefined) throw new Error('the Secret Service is not running');
    return pid;
  }

  /** As after a login: the default collection is there and open. */
  async unlock(): Promise<void> {
    await this.#startDaemon('--unlock');
    await until(() => {
      const collection = /object path "([^"]+)"/.exec(this.#send('Service.ReadAlias', 'string:default'))?.[1];
      return collection !== undefined && collection !== '/' && !this.#isLocked(collection);
    });
  }

  /** Running, but nobody has given the password. */
  async runLocked(): Promise<void> {
    await this.#startDaemon('--start');
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Ends the daemon; the collection stays in its home. */
  async end(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon === null || daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
  }

  async stop(): Promise<void> {
    await this.end();
    const prompter = join(this.#folder, 'prompter');
    if (existsSync(prompter)) process.kill(Number(readFileSync(prompter, 'utf8')));
    this.#bus.stdin?.end();
    if (this.#bus.exitCode === null) await once(this.#bus, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What `secret-tool` finds, as text. */
  lookUp(...attributes: readonly string[]): string {
    return execFileSync('secret-tool', ['lookup', ...attributes], { env: this.env, encoding: 'utf8' });
  }

  /** Watches the bus; `arrived` comes true when somebody asks the keychain anything. */
  async expectCall(): Promise<{ readonly arrived: Promise<void> }> {
    const monitor = spawn(
      'dbus-monitor',
      ['--session', "type='method_call',destination='org.freedesktop.secrets'"],
      {
        env: this.env,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    const lines = createInterface(monitor.stdout);
    const arrived = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (!/member=(OpenSession|SearchItems)/.test(line)) return;
        monitor.kill();
        resolve();
      });
    });
    await once(lines, 'line'); // it tells that it listens now
    return { arrived };
  }

  async #startDaemon(how: '--unlock' | '--start'): Promise<void> {
    const daemon = spawn('gnome-keyring-daemon', [how, '--foreground', '--components=secrets'], {
      env: this.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#daemon = daemon;
    daemon.stdin.end(how === '--unlock' ? LOGIN_PASSWORD : '');
    await until(() => this.#hasOwner());
  }

  #hasOwner(): boolean {
    const [method, name] = ['org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    return dbusSend(this.env, 'org.freedesktop.DBus', '/', method, name).includes('boolean true');
  }

  #send(method: string, ...given: readonly string[]): string {
    const name = `org.freedesktop.Secret.${method}`;
    return dbusSend(this.env, 'org.freedesktop.secrets', '/org/freedesktop/secrets', name, ...given);
  }

  #isLocked(collection: string): boolean {
    const property = ['string:org.freedesktop.Secret.Collection', 'string:Locked'];
    const get = 'org.freedesktop.DBus.Properties.Get';
    return dbusSend(this.env, 'org.freedesktop.secrets', collection, get, ...property).includes('true');
  }
}

function dbusSend(
  env: NodeJS.ProcessEnv,
  to: string,
  path: string,
  method: string,
  ...given: string[]
): string {
  const call = ['--session', '--print-reply', `--dest=${to}`, path, method, ...given];
  return execFileSync('dbus-send', call, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Without a display, a bus or a home of this machine's user; also right for “there is no bus at all”. */
export function homelessEnvironment(folder: string): NodeJS.ProcessEnv {
  const own = (name: string): string => {
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
    return join(folder, name);
  };
  const rest = Object.entries(process.env).filter(([name]) => !OF_THE_SESSION.has(name));
  return {
    ...Object.fromEntries(rest),
    HOME: own('home'),
    XDG_RUNTIME_DIR: own('run'),
    XDG_DATA_HOME: own('data'),
    XDG_CONFIG_HOME: own('config'),
    XDG_CACHE_HOME: own('cache'),
  };
}

/** What the bus runs when somebody calls a name that nobody has. */
function activate(folder: string, name: string, script: string): void {
  const services = join(folder, 'data', 'dbus-1', 'services');
  mkdirSync(services, { recursive: true });
  const program = join(folder, `${name}.sh`);
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o700);
  writeFileSync(join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=${program}\n`);
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('the Secret Service did not come up');
    await pause(POLL_MS);
  }
}
