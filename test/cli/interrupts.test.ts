// The first signal asks, the second ends.

import { EventEmitter } from 'node:events';

import { describe, expect, it } from 'vitest';

import { watchInterrupts } from '../../cli/interrupts.ts';

describe('watchInterrupts', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s aborts, and a second signal exits at once', (name) => {
    const process = new EventEmitter();
    const exits: number[] = [];
    const signal = watchInterrupts(process, (code) => exits.push(code));
    expect(signal.aborted).toBe(false);
    process.emit(name);
    expect([signal.aborted, exits]).toEqual([true, []]);
    process.emit('SIGINT');
    expect(exits).toEqual([130]);
  });
});
