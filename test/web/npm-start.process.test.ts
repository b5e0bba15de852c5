// `npm start`: the desktop window where Electron's runtime is, else one line that says so and the same window in a browser.

import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { eventually, plainEnvironment, ROOT, scratch } from '../cli/run-program.ts';
import { enter } from './browser-like.ts';

const isLinux = process.platform === 'linux';
if (!isLinux) process.stderr.write('skipped: the stand-in for Electron is one for Linux\n');

interface Started {
  readonly printed: () => { readonly stdout: string; readonly stderr: string };
  end(): Promise<number | null>;
}

/** What npm runs for `npm start -- …`. */
function npmStart(args: readonly string[], env: Record<string, string>): Started {
  const child = spawn(process.execPath, [join(ROOT, 'build/run-built.ts'), 'window', ...args], {
    cwd: ROOT,
    env: plainEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    printed: () => printed,
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function addressOf(started: Started): Promise<string> {
  return await eventually(
    'it says where it is',
    () => /http:\/\/\S+/.exec(started.printed().stdout)?.[0] ?? null,
  );
}

describe('npm start', () => {
  it('without Electron’s runtime says so in one line, and opens the web shell', async () => {
    await using folder = await scratch();
    const env = { STRONGROOM_DATA: join(folder.path, 'data'), ELECTRON_OVERRIDE_DIST_PATH: folder.path };
    const started = npmStart(['--no-open', '--port', '0'], env);
    const { call, close } = await enter(await addressOf(started));
    expect(await call('app.start', {})).toMatchObject({
      ok: true,
      value: { dataFolder: join(folder.path, 'data') },
    });
    close();
    expect(started.printed().stderr.match(/Electron’s runtime is not on this machine.*\n/g)).toHaveLength(1);
    expect(await started.end()).toBe(0);
  });

  it('with --web opens the web shell, and does not speak of Electron', async () => {
    await using folder = await scratch();
    const started = npmStart(['--web', '--no-open'], { STRONGROOM_DATA: join(folder.path, 'data') });
    await addressOf(started);
    expect(started.printed().stderr).not.toContain('Electron');
    expect(await started.end()).toBe(0);
  });

  it.skipIf(!isLinux)('with Electron’s runtime opens the desktop window with what was asked', async () => {
    await using folder = await scratch();
    const noted = join(folder.path, 'arguments');
    const standIn = join(folder.path, 'electron');
    writeFileSync(standIn, `#!/bin/sh\nprintf '%s\\n' "$@" > '${noted}'\n`);
    chmodSync(standIn, 0o755);
    const env = { STRONGROOM_DATA: join(folder.path, 'data'), ELECTRON_OVERRIDE_DIST_PATH: folder.path };
    const started = npmStart(['backup.tar'], env);
    const given = await eventually('the stand-in was started', () => {
      try {
        return readFileSync(noted, 'utf8') || null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    });
    expect(given.split('\n')).toEqual([join(ROOT, 'dist/electron'), 'backup.tar', '']);
    await started.end();
    expect(started.printed().stdout).toBe('');
  });
});
