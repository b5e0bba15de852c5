// Calls about watched folders.

import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';

export function watchingHandlers({ engine, background }: ServiceContext): HandlersOf<'watching'> {
  const { desk } = engine.library;
  return {
    'watching.setRule': async ({ path, rule }) => {
      const folder = await desk.setWatch(path, rule);
      background.settingsChanged();
      return folder;
    },
    'watching.state': () => background.watchState(),
  };
}
