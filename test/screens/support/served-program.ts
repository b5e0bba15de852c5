// The real `strongroom serve` on a data folder of the test's: started, asked where it is, stopped or killed.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { MAIN, plainEnvironment, refuseSecrets } from '../../cli/run-program.ts';

export interface ServedProgram {
  /** As it was printed: with its one-time token, unless a password lets in. */
  readonly address: string;
  readonly process: ChildProcess;
  /** All that it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Ends it with that signal and answers with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Without a keychain and without a browser. No secret may be among what it prints. */
export async function serve(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServedProgram> {
  const child = spawn(process.execPath, [MAIN, 'serve', '--no-open', ...args], {
    env: plainEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const found = /https?:\/\/\S+/.exec(stdout)?.[0];
      if (found !== undefined && stdout.includes('\n')) resolve(found);
    });
    void ended.then(([code]) => reject(new Error(`It ended with ${code} before it served: ${stderr}`)));
  });
  return {
    address,
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await ended;
      refuseSecrets(stdout + stderr);
      return code;
    },
  };
}
