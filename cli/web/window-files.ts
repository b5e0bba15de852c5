// Where the built interface lies beside the program, and what is said where it does not.

import { fileURLToPath } from 'node:url';

import { readInterface, type InterfaceFile } from '../../core/service/index.ts';
import { StrongroomError } from '../../shared/errors.ts';

/** See `readInterface`. @throws IO_FAILED where the interface was not built */
export function readWindowFiles(): ReadonlyMap<string, InterfaceFile> {
  try {
    return readInterface(besideProgram('window/'));
  } catch (cause) {
    throw notBuilt(cause);
  }
}

/** A file that the build put beside the program; run from the sources, that of the last build. */
export function besideProgram(name: string): string {
  const own = import.meta.url;
  return fileURLToPath(new URL(own.endsWith('.ts') ? `../../dist/cli/${name}` : `./${name}`, own));
}

function notBuilt(cause: unknown): StrongroomError {
  return new StrongroomError('IO_FAILED', 'The interface is not where it belongs, beside the program.', {
    hint: 'Install Strongroom once more; from its sources: npm run build',
    cause,
  });
}
