// What the web shell can do for the service. The browser does the rest itself: links, the clipboard, choosing what to send.

import type { Host } from '../../core/service/index.ts';
import type { HostFacts } from '../../shared/window.ts';
import { besideProgram } from './window-files.ts';

const PLATFORMS: Readonly<Partial<Record<NodeJS.Platform, HostFacts['platform']>>> = {
  linux: 'linux',
  darwin: 'darwin',
  win32: 'win32',
};

export function webHost(platform: NodeJS.Platform, locale: string | undefined): Host {
  return {
    facts: {
      shell: 'web',
      platform: PLATFORMS[platform] ?? 'other',
      nativeDialogs: false,
      dropGivesPaths: false,
      canReveal: false,
      canStartAtLogin: false,
      hasTray: false,
      hasClipboard: false,
    },
    locales: locale === undefined ? [] : [locale],
    licencesPath: besideProgram('licences.json'),
  };
}
