// `screen` of the double: as many as the test wants.

import { EventEmitter } from 'node:events';

import type { Display, Screen } from 'electron';

import { world } from './world.ts';

class ScreenDouble extends EventEmitter implements Pick<Screen, 'getAllDisplays' | 'getPrimaryDisplay'> {
  getAllDisplays(): Display[] {
    return world.workAreas.map(([x, y, width, height], id) => {
      const workArea = { x, y, width, height };
      return { id, workArea, bounds: workArea, scaleFactor: 1 } as Display;
    });
  }

  getPrimaryDisplay(): Display {
    return this.getAllDisplays()[0]!;
  }
}

export const screen = new ScreenDouble();
