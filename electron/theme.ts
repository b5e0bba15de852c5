// Dark or light from the first frame, as the settings or the system say.

import { nativeTheme } from 'electron';

import type { Theme } from '../shared/settings.ts';
import { GROUND } from './ground.ts';

export function groundColour(): string {
  return nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light;
}

export function useTheme(theme: Theme): void {
  if (nativeTheme.themeSource !== theme) nativeTheme.themeSource = theme;
}
