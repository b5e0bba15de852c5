// `session` and `protocol` of the double: who answers the page's requests, and what it may do.

import { EventEmitter } from 'node:events';

import type { CustomScheme, Protocol, Session, Session as RealSession } from 'electron';

import { app } from './app.ts';
import { complain } from './world.ts';

type Handler = (request: Request) => Response | Promise<Response>;
type RequestFilter = Parameters<RealSession['webRequest']['onBeforeRequest']>[0];
type Filter = (details: { url: string }, decide: (decision: { cancel?: boolean }) => void) => void;
type PermissionRequest = NonNullable<Parameters<RealSession['setPermissionRequestHandler']>[0]>;
type PermissionCheck = NonNullable<Parameters<RealSession['setPermissionCheckHandler']>[0]>;
export type Permission = Parameters<PermissionCheck>[1];

const standardSchemes = new Set<string>();

export const protocol: Pick<Protocol, 'registerSchemesAsPrivileged'> = {
  registerSchemesAsPrivileged: (schemes: CustomScheme[]): void => {
    if (app.isReady())
      throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    for (const { scheme, privileges = {} } of schemes) {
      if (privileges.standard !== true || privileges.secure !== true)
        complain(`The scheme ${scheme} is not standard and secure: its page would have no origin.`);
      if (privileges.bypassCSP === true)
        complain(`The scheme ${scheme} goes round the Content-Security-Policy.`);
      standardSchemes.add(scheme);
    }
  },
};

export class SessionDouble extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();
  #filter: Filter | null = null;
  #request: PermissionRequest | null = null;
  #check: PermissionCheck | null = null;

  readonly protocol: Pick<Protocol, 'handle'> = {
    handle: (scheme, handler) => {
      if (!standardSchemes.has(scheme)) complain(`The scheme ${scheme} was not registered before ready.`);
      this.#handlers.set(scheme, handler);
    },
  };

  readonly webRequest = {
    onBeforeRequest: (filter: RequestFilter): void => {
      this.#filter = filter as unknown as Filter;
    },
  };

  setPermissionRequestHandler(handler: PermissionRequest | null): void {
    this.#request = handler;
  }

  setPermissionCheckHandler(handler: PermissionCheck | null): void {
    this.#check = handler;
  }

  setDevicePermissionHandler(handler: Parameters<Session['setDevicePermissionHandler']>[0]): void {
    if (handler === null) complain('Devices are granted.');
  }

  /** Whether the program lets the page do it. Without handlers Electron grants everything. */
  async grants(permission: Permission, origin: string): Promise<boolean> {
    const details = { isMainFrame: true, requestingUrl: origin, securityOrigin: origin };
    const isChecked = this.#check?.(null, permission, origin, details) ?? true;
    const request = this.#request;
    if (!isChecked || request === null) return isChecked;
    return new Promise((resolve) =>
      request({} as never, permission, (isGranted) => resolve(isGranted), details),
    );
  }

  /** null: it is refused before it is sent. */
  async answer(request: Request): Promise<Response | null> {
    const isRefused = await new Promise<boolean>((resolve) => {
      if (this.#filter === null) resolve(false);
      else this.#filter({ url: request.url }, ({ cancel = false }) => resolve(cancel));
    });
    if (isRefused) return null;
    const handler = this.#handlers.get(new URL(request.url).protocol.slice(0, -1));
    if (handler !== undefined) return handler(request);
    complain(`A request would have left the program: ${request.url}`);
    return null;
  }
}

const partitions = new Map<string, SessionDouble>();

export const session = {
  fromPartition: (name: string): SessionDouble => {
    if (!app.isReady()) throw new Error('Session can only be received when app is ready');
    const known = partitions.get(name) ?? new SessionDouble();
    partitions.set(name, known);
    return known;
  },
};
