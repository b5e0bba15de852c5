// Sleep, battery and the lock of the screen: background work rests, keys are forgotten. Not every system tells all of it.

import { powerMonitor } from 'electron';

import type { WorkPauses } from './work-pauses.ts';

export interface PowerActions {
  readonly pauses: WorkPauses;
  readonly lockForScreen: () => void;
  readonly screenUnlocked: () => void;
  /** The system goes down now: nobody can be asked. */
  readonly onShutdown: () => void;
}

/** Once the program is ready. */
export function followPower({ pauses, lockForScreen, screenUnlocked, onShutdown }: PowerActions): void {
  if (powerMonitor.isOnBatteryPower()) pauses.add('battery');
  powerMonitor.on('on-battery', () => pauses.add('battery'));
  powerMonitor.on('on-ac', () => pauses.remove('battery'));
  powerMonitor.on('suspend', () => {
    pauses.add('suspend');
    lockForScreen();
  });
  powerMonitor.on('resume', () => pauses.remove('suspend'));
  powerMonitor.on('lock-screen', lockForScreen);
  powerMonitor.on('unlock-screen', screenUnlocked);
  // The system waits for a listener that prevents it; Electron's types leave the event out.
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    event?.preventDefault();
    onShutdown();
  });
}
