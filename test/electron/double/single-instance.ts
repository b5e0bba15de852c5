// The lock of the first instance: a folder beside the profile, into which a second one puts what it hands over.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HandedOver {
  readonly argv: string[];
  readonly cwd: string;
  readonly data: unknown;
}

/** Whether this process is the first. */
export function lockInstance(
  userData: string,
  own: HandedOver,
  onSecond: (second: HandedOver) => void,
): boolean {
  const folder = join(userData, 'electron-double-lock');
  const owner = join(folder, 'pid');
  mkdirSync(folder, { recursive: true });
  if (isAlive(readPid(owner))) {
    const name = join(folder, `second-${String(process.pid)}`);
    writeFileSync(name, JSON.stringify(own));
    renameSync(name, `${name}.json`);
    return false;
  }
  writeFileSync(owner, String(process.pid));
  watch(folder, { persistent: false }, () => {
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.json'))) {
      const second = JSON.parse(readFileSync(join(folder, name), 'utf8')) as HandedOver;
      rmSync(join(folder, name));
      onSecond(second);
    }
  });
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return true;
}

function readPid(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return null; // nobody was here
  }
}

function isAlive(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // it was killed
  }
}
