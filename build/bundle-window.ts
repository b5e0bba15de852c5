// Makes the interface: a page, scripts and styles that both shells hand out as they are.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { build, type Plugin } from 'vite';

import { packageOf } from './copied-packages.ts';
import { root } from './root.ts';

/** Returns the folders of the packages that went into it. */
export async function bundleWindow(out: string): Promise<Set<string>> {
  const used = new Set<string>();
  const notice: Plugin = {
    name: 'strongroom:notice-packages',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        for (const id of chunk.moduleIds) {
          const folder = packageOf(id);
          if (folder !== null) used.add(folder);
        }
      }
    },
  };
  await build({
    configFile: join(root, 'build', 'vite.config.ts'),
    configLoader: 'native',
    mode: 'production',
    build: { outDir: out },
    plugins: [notice],
  });
  if (!existsSync(join(out, 'index.html'))) throw new Error('The interface was built without its page.');
  return used;
}
