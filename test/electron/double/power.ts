// `powerMonitor` and `powerSaveBlocker` of the double. The test emits what the system would.

import { EventEmitter } from 'node:events';

import type { PowerMonitor, PowerSaveBlocker } from 'electron';

import { world } from './world.ts';

class PowerMonitorDouble extends EventEmitter implements Pick<PowerMonitor, 'isOnBatteryPower'> {
  isOnBatteryPower(): boolean {
    return world.isOnBattery;
  }
}

class PowerSaveBlockerDouble implements Pick<PowerSaveBlocker, 'isStarted' | 'start' | 'stop'> {
  readonly #started = new Set<number>();
  #lastId = 0;

  start(type: 'prevent-app-suspension' | 'prevent-display-sleep'): number {
    if (type !== 'prevent-app-suspension') throw new Error('The display may sleep.');
    this.#started.add(++this.#lastId);
    return this.#lastId;
  }

  stop(id: number): boolean {
    return this.#started.delete(id);
  }

  isStarted(id: number): boolean {
    return this.#started.has(id);
  }
}

export const powerMonitor = new PowerMonitorDouble();
export const powerSaveBlocker = new PowerSaveBlockerDouble();
