// The program's version. The bundle has it written in; run from the sources, it is read from package.json.

import { readFileSync } from 'node:fs';

export const VERSION: string = process.env.STRONGROOM_VERSION ?? versionOfSources();

function versionOfSources(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
