// Runs the real program as its users do, and looks at every byte it prints: no key may be among them.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import type { PlainError } from '../../shared/errors.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const FIXTURES = join(ROOT, 'test/fixtures');
/** The sources, or what STRONGROOM_PROGRAM names: the same tests then prove the bundle. */
export const MAIN = resolve(ROOT, process.env['STRONGROOM_PROGRAM'] ?? 'cli/main.ts');

export const KEY = (JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as { password: string })
  .password;
export const OTHER_KEY = 'OTHR-2M9X-T4WA-8ZRB-LP3D-V6HN-C1YE';
export const NEW_KEY = 'NEWK-1111-AAAA-2222-BBBB-3333-CCCC';
const SECRETS = [KEY, OTHER_KEY, NEW_KEY, 'H4RV-ES7K-EY00-QQQQ-1111-2222-ZZZZ'];

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly input?: string;
  /** Called when the program starts and whenever it prints. */
  readonly watch?: (run: {
    readonly stdout: string;
    readonly stderr: string;
    readonly kill: (signal: NodeJS.Signals) => void;
  }) => void;
}

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A data folder that no test makes: whoever is tested without a vault has none, whatever the machine's user has. */
const NO_DATA = join(tmpdir(), `strongroom-test-without-data-${process.pid}`);

/** What a program in a test may see of the environment: nothing that makes its output differ between machines. */
export function plainEnvironment(more: Record<string, string> = {}): Record<string, string> {
  const { PATH = '', HOME = tmpdir() } = process.env;
  return { PATH, HOME, LC_ALL: 'C.UTF-8', TZ: 'UTC', TERM: 'xterm', STRONGROOM_DATA: NO_DATA, ...more };
}

export async function strongroom(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return await runCommand(process.execPath, [MAIN, ...args], options);
}

export async function runCommand(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Run> {
  const child = spawn(program, args, { cwd: options.cwd, env: plainEnvironment(options.env) });
  const printed = { stdout: '', stderr: '' };
  const watch = (): void => options.watch?.({ ...printed, kill: (signal) => child.kill(signal) });
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
      watch();
    });
  }
  // The program may end before it has read what is written to it.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  refuseSecrets(printed.stdout + printed.stderr);
  return { exitCode, ...printed };
}

/** @throws when a key can be read in the text, in whatever way it is written */
export function refuseSecrets(text: string): void {
  const plain = text.toUpperCase().replaceAll('-', '');
  for (const secret of SECRETS) {
    const hidden = [
      secret.replaceAll('-', ''),
      Buffer.from(secret).toString('hex').toUpperCase(),
      Buffer.from(secret).toString('base64').toUpperCase(),
    ];
    for (const form of hidden) if (plain.includes(form)) throw new Error('A key was printed.');
  }
}

export interface Document<Report> {
  readonly schema: string;
  readonly command: string;
  readonly results: readonly {
    readonly path: string;
    /** Tests read it where they know that there is one. */
    readonly report: Report;
    readonly error: PlainError | null;
    readonly exitCode: number;
  }[];
  readonly error: PlainError | null;
  readonly exitCode: number;
}

/** The document that a run with `--json` printed, and its first report. */
export function documentOf<Report>(run: Run): Document<Report> & { readonly report: Report } {
  const document = JSON.parse(run.stdout) as Document<Report>;
  const [first] = document.results;
  if (first === undefined) throw new Error(`There is no result in ${run.stdout}`);
  return { ...document, report: first.report };
}

/** A folder of one's own for a test, removed afterwards. */
export async function scratch(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'strongroom-cli-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const PAUSE_MS = 20;

/** Looks again and again until it is so: for what another process does. */
export async function eventually<Value>(
  what: string,
  look: () => Value | null | Promise<Value | null>,
): Promise<Value> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`It never came to this: ${what}`);
}
