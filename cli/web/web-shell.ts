// The web shell: the engine's service and the server that shows it in browsers, opened and closed together.

import { join } from 'node:path';

import { openLog, openService, type Service } from '../../core/service/index.ts';
import type { Strongroom } from '../../core/strongroom.ts';
import { VERSION } from '../version.ts';
import type { Exposure } from './exposure.ts';
import { SignIn } from './sign-in.ts';
import { Uploads } from './uploads.ts';
import { webHost } from './web-host.ts';
import { startWebServer } from './web-server.ts';
import { readWindowFiles } from './window-files.ts';

export interface WebShellOptions {
  /** Stays its opener's: it is closed after the shell. */
  readonly engine: Strongroom;
  readonly dataFolder: string;
  readonly isDemo: boolean;
  readonly exposure: Exposure;
  readonly port: number;
  /** Needed where others can reach it. Stays the caller's to wipe. */
  readonly password: Buffer | null;
  readonly platform: NodeJS.Platform;
  readonly locale: string | undefined;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

export interface WebShell {
  readonly service: Service;
  /** What to open in the browser: with a one-time token, unless the password lets in. */
  newAddress(): string;
  /** Ends the server, then the service. */
  close(): Promise<void>;
}

/** @throws USAGE, IO_FAILED */
export async function openWebShell(options: WebShellOptions): Promise<WebShell> {
  const { engine, dataFolder, isDemo, exposure, port, password, platform, locale, now } = options;
  const files = readWindowFiles();
  const log = openLog(join(dataFolder, 'logs'));
  const host = webHost(platform, locale);
  const service = await openService({ engine, dataFolder, host, version: VERSION, isDemo, log });
  try {
    const uploads = new Uploads({ service, folders: () => engine.library.desk.folders(), dataFolder, log });
    await uploads.begin();
    const signIn = password === null ? null : new SignIn(password, now);
    await signIn?.ready();
    const server = await startWebServer({ exposure, port, service, uploads, files, signIn, log, now });
    log.info('web', `The web shell listens at ${server.origin}.`);
    return {
      service,
      newAddress: () => (exposure.kind === 'this-computer' ? server.newEntrance() : `${server.origin}/`),
      close: async () => {
        await server.close();
        await service.close();
        log.info('web', 'The web shell has ended.');
        log.close();
      },
    };
  } catch (error) {
    await service.close();
    log.close();
    throw error;
  }
}
