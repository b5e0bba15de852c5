// All handlers together: the compiler holds that each call of the contract has one.

import type { ServiceContext } from '../context.ts';
import type { Handlers } from '../dispatcher.ts';
import { appHandlers } from './app-handlers.ts';
import { fileHandlers } from './file-handlers.ts';
import { jobHandlers } from './job-handlers.ts';
import { keyHandlers } from './key-handlers.ts';
import { libraryHandlers } from './library-handlers.ts';
import { placesHandlers } from './places-handlers.ts';
import { rotationHandlers } from './rotation-handlers.ts';
import { schemeHandlers } from './scheme-handlers.ts';
import { vaultHandlers } from './vault-handlers.ts';
import { watchingHandlers } from './watching-handlers.ts';

export function createHandlers(context: ServiceContext): Handlers {
  return {
    ...appHandlers(context),
    ...fileHandlers(context),
    ...jobHandlers(context),
    ...keyHandlers(context),
    ...libraryHandlers(context),
    ...placesHandlers(context),
    ...rotationHandlers(context),
    ...schemeHandlers(context),
    ...vaultHandlers(context),
    ...watchingHandlers(context),
  };
}
