// Who writes an output, as a file name that tells it without being read: process, when that began, machine, and a
// random part that makes every name unique. In doubt an owner counts as alive: nobody's running work is touched.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** The pieces of work that this thread is at. */
const own = new Set<string>();

/** A name for one piece of work, which counts as alive until `endOwner`. */
export function newOwner(): string {
  const started = short(processStart(process.pid));
  const random = randomBytes(6).toString('hex');
  const owner = [process.pid, started, short(hostname()), threadId, random].join('-');
  own.add(owner);
  return owner;
}

export function endOwner(owner: string): void {
  own.delete(owner);
}

export function mayBeAlive(owner: string): boolean {
  const [pidText = '', started, host, thread] = owner.split('-');
  if (!/^[1-9]\d*$/.test(pidText)) return true; // not a name of ours
  if (host !== short(hostname())) return true; // on a shared drive: another machine's work is never touched
  const pid = Number(pidText);
  const isThisProcess = pid === process.pid && started === short(processStart(pid));
  if (isThisProcess && thread === String(threadId)) return own.has(owner);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // The number may have been given to another process since; then that one began later.
  return started === short('') || started === short(processStart(pid));
}

/** When a process began, in clock ticks since boot, with the boot it belongs to; '' where the system does not tell. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return ''; // no /proc: the process number alone has to do
  }
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
