// Processes that write one vault and are killed at random moments: what they told as saved is there, and the vault opens.

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

import { namesIn } from '../support/folder-state.ts';
import { byPassphrase, makeVault, newKey, PASSPHRASE, vaultIn } from './vault-fixture.ts';

const CHILD = fileURLToPath(new URL('./vault-child.ts', import.meta.url));
const LONGEST_LIFE_MS = 150;

export interface Writer {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** Labels of keys that it told as saved; the code of what stopped it. */
  readonly saved: string[];
  start(): void;
  readonly ended: Promise<unknown>;
}

export async function startWriter(folder: string, name: string, count: number): Promise<Writer> {
  const child = spawn(process.execPath, [CHILD, folder, PASSPHRASE, name, String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const saved: string[] = [];
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  lines.on('line', (line) => saved.push(line));
  return { child, saved, ended, start: () => void child.stdin.write('go\n') };
}

/** Prints the seed and what was found; the same seed gives the same moments. */
export async function surviveKills(kills: number): Promise<void> {
  const { folder } = await makeVault();
  const seed = Date.now() % 1_000_000;
  process.stdout.write(`seed of the kills: ${seed}\n`);
  const known = new Set<string>();
  const leftovers = new Set<string>();
  for (let kill = 0; kill < kills; kill++) {
    const writer = await startWriter(folder, `run ${kill}`, 0);
    writer.start();
    await new Promise((resolve) => setTimeout(resolve, lifeMs(seed, kill)));
    writer.child.kill('SIGKILL');
    await writer.ended;
    for (const name of await namesIn(folder)) leftovers.add(name.replace(/\d+-[0-9a-f]{12}-[-\w]*/, '*'));

    const vault = await vaultIn({ folder, writeLockWaitMs: 2000 });
    await vault.unlock(byPassphrase());
    expect(['intact', 'older']).toContain((await vault.status()).copy);
    const labels = (await vault.list()).map(({ label }) => label);
    const news = labels.filter((label) => !known.has(label));
    const { saved } = writer;
    expect([saved, [...saved, `run ${kill} ${saved.length}`]]).toContainEqual(news);
    expect(labels.length).toBe(known.size + news.length);

    await vault.add([newKey(`after ${kill}`, `secret of after ${kill}`)]); // the next writer is not held up
    expect(await vault.status()).toMatchObject({ state: 'unlocked', copy: 'intact' });
    for (const label of [...news, `after ${kill}`]) known.add(label);
  }
  process.stdout.write(`${known.size} keys; found after kills: ${[...leftovers].sort().join(', ')}\n`);
  expect(known.size).toBeGreaterThan(kills);
  expect(await namesIn(folder)).toEqual(['vault.copy.strongroom', 'vault.strongroom']);
}

/** Spread over the time that some writes take, the same for the same seed. */
function lifeMs(seed: number, kill: number): number {
  const fraction = Math.abs(Math.sin(seed + kill * 12.9898) * 43_758.5453) % 1;
  return fraction * LONGEST_LIFE_MS;
}
