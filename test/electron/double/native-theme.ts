// `nativeTheme` of the double; pages follow it.

import { EventEmitter } from 'node:events';

import type { NativeTheme } from 'electron';

import { world } from './world.ts';

class NativeThemeDouble
  extends EventEmitter
  implements Pick<NativeTheme, 'shouldUseDarkColors' | 'themeSource'>
{
  #source: NativeTheme['themeSource'] = 'system';

  get themeSource(): NativeTheme['themeSource'] {
    return this.#source;
  }

  set themeSource(source: NativeTheme['themeSource']) {
    this.#source = source;
    this.emit('updated');
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'system' ? world.isDarkSystem : this.#source === 'dark';
  }
}

export const nativeTheme = new NativeThemeDouble();
