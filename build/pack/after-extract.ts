// Electron's distribution brings a program of its own, which runs where there is no other. It is no part of a package.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { AfterPackContext } from 'electron-builder';

type ExtractedElectron = Pick<AfterPackContext, 'appOutDir' | 'electronPlatformName'>;

export default async function afterExtract({
  appOutDir,
  electronPlatformName,
}: ExtractedElectron): Promise<void> {
  const resources = electronPlatformName === 'darwin' ? 'Electron.app/Contents/Resources' : 'resources';
  await rm(join(appOutDir, resources, 'default_app.asar'), { force: true });
}
