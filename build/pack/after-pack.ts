// What is done with each package before it is signed: the fuses are set and read back, and what the program cannot run without is
// looked for. A package that fails here is not made.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Arch, type AfterPackContext } from 'electron-builder';

import { findMissingFiles } from './native-files.ts';
import { flipAllFuses } from './fuses.ts';

/** @throws Error where a native module of the package's system is missing, or a fuse is not as it should be. */
export default async function afterPack(context: AfterPackContext): Promise<void> {
  const { appOutDir, packager, electronPlatformName: platform } = context;
  const unpacked = join(packager.getResourcesDir(appOutDir), 'app.asar.unpacked');
  const missing = findMissingFiles({
    platform,
    arch: Arch[context.arch],
    has: (path) => existsSync(join(unpacked, path)),
  });
  if (missing.length > 0) {
    throw new Error(
      `This package for ${platform} (${Arch[context.arch]}) would not run, it lacks: ${missing.join(', ')}. ` +
        'The modules of other systems are installed by npm on those systems only, see docs/packaging.md.',
    );
  }
  // The archive's own manifest does not reach out of it: without one beside the threads, Node would ask any that lies in a folder above
  // (a person's home, where a program for one person is installed) what kind of script they are.
  await writeFile(join(unpacked, 'package.json'), '{ "type": "module" }\n');
  await flipAllFuses(join(appOutDir, executableName(context)), {
    isAdHocSigned: platform === 'darwin' && context.arch === Arch.arm64,
  });
}

function executableName({ packager, electronPlatformName: platform }: AfterPackContext): string {
  const name = packager.appInfo.productFilename;
  if (platform === 'darwin') return `${name}.app`;
  if (platform === 'win32') return `${name}.exe`;
  const { executableName: ours } = packager.platformSpecificBuildOptions as { executableName?: string };
  return ours ?? name;
}
