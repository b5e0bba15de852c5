// A program that does nothing by itself: no verification begins while a test looks at what was never verified. For `prepare` of openApp.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DEFAULT_SETTINGS } from '../../shared/settings.ts';
import type { AppPlace } from './support/open-app.ts';

export function withoutBackground(
  _engine: unknown,
  { dataFolder }: Pick<AppPlace, 'dataFolder'>,
): Promise<void> {
  mkdirSync(dataFolder, { recursive: true });
  const settings = { ...DEFAULT_SETTINGS, background: false };
  writeFileSync(join(dataFolder, 'settings.json'), JSON.stringify(settings));
  return Promise.resolve();
}
