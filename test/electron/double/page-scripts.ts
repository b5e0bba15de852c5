// What runs in the page of a window so that it looks like one of Electron's: in the isolated world the modules that a sandboxed preload
// may require, in the page's own world what contextBridge gives it. Values cross as copies; functions as names.

export const ISOLATED_WORLD = 'Electron Isolated Context';
export const BINDING = 'electronDoubleSend';
const TO_ISOLATED = 'electron-double-to-isolated';
const TO_PAGE = 'electron-double-to-page';
const READY = 'electron-double-ready';
const EXPOSED = 'electron-double-exposed';

/** In the page's own world. */
export function pageScript(): string {
  return `(${pageSide.toString()})(${JSON.stringify({ TO_ISOLATED, TO_PAGE, READY, EXPOSED })});`;
}

/** In the isolated world, in the top frame only. */
export function preloadScript(preload: string): string {
  const names = JSON.stringify({ TO_ISOLATED, TO_PAGE, READY, EXPOSED, BINDING });
  return `if (window === window.top) (${isolatedSide.toString()})(${names}, function (require, module, exports) {${preload}\n});`;
}

type Called = (...args: unknown[]) => unknown;

/** A value as it crosses: itself, or the number of a function or of a promise on the other side. */
interface Packed {
  readonly value?: unknown;
  readonly callback?: number;
  readonly promise?: number;
  readonly error?: string;
}

/** What the page asks of the isolated world. */
interface Asked {
  readonly name?: string;
  readonly method?: string;
  readonly callback?: number;
  readonly args: readonly Packed[];
}

/** What the isolated world tells the page later: a call of a listener, or how a promise ended. */
interface Told extends Packed {
  readonly args?: readonly unknown[];
}

interface Names {
  readonly TO_ISOLATED: string;
  readonly TO_PAGE: string;
  readonly READY: string;
  readonly EXPOSED: string;
  readonly BINDING: string;
}

/** Self-contained: it is sent as text. */
function pageSide({ TO_ISOLATED, TO_PAGE, READY, EXPOSED }: Omit<Names, 'BINDING'>): void {
  const callbacks = new Map<number, Called>();
  const promises = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let lastId = 0;
  const pack = (value: unknown): Packed => {
    if (typeof value !== 'function') return { value };
    callbacks.set(++lastId, value as Called);
    return { callback: lastId };
  };
  const unpack = ({ value, callback, promise, error }: Packed): unknown => {
    if (error !== undefined) throw new Error(error);
    if (callback !== undefined) return (...args: unknown[]) => ask({ callback }, args);
    if (promise === undefined) return value;
    return new Promise((resolve, reject) => promises.set(promise, { resolve, reject }));
  };
  const ask = (what: Omit<Asked, 'args'>, args: unknown[]): unknown => {
    const detail: Asked = { ...what, args: args.map(pack) };
    let answer: Packed = {};
    const hear = (event: Event): void => {
      answer = (event as CustomEvent<Packed>).detail;
    };
    window.addEventListener(`${TO_ISOLATED}-answer`, hear);
    window.dispatchEvent(new CustomEvent(TO_ISOLATED, { detail }));
    window.removeEventListener(`${TO_ISOLATED}-answer`, hear);
    return unpack(answer);
  };
  window.addEventListener(TO_PAGE, (event) => {
    const { callback, promise, args = [], value, error } = (event as CustomEvent<Told>).detail;
    if (callback !== undefined) callbacks.get(callback)?.(...args);
    if (promise === undefined) return;
    const waiting = promises.get(promise);
    promises.delete(promise);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  });
  window.addEventListener(EXPOSED, (event) => {
    const { name, methods } = (event as CustomEvent<{ name: string; methods: string[] }>).detail;
    if (Object.hasOwn(window, name)) return;
    const api = Object.fromEntries(
      methods.map((method) => [method, (...args: unknown[]) => ask({ name, method }, args)]),
    );
    for (const method of methods) Object.freeze(api[method]);
    Object.defineProperty(window, name, { value: Object.freeze(api), enumerable: true });
  });
  window.dispatchEvent(new CustomEvent(READY));
}

/** Self-contained: it is sent as text. */
function isolatedSide(
  { TO_ISOLATED, TO_PAGE, READY, EXPOSED, BINDING }: Names,
  runPreload: (require: (name: string) => unknown, module: object, exports: object) => void,
): void {
  type Hear = (event: object, ...args: unknown[]) => void;
  const world = globalThis as unknown as Record<string, (...args: never[]) => void>;
  const exposed = new Map<string, Record<string, Called>>();
  const callbacks = new Map<number, Called>();
  const invokes = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const listeners = new Map<string, Set<Hear>>();
  const files = new Map<string, string>();
  let lastId = 0;
  const toPage = (detail: Told): void => void window.dispatchEvent(new CustomEvent(TO_PAGE, { detail }));
  const unpack = ({ value, callback }: Packed): unknown =>
    callback === undefined ? value : (...args: unknown[]) => toPage({ callback, args });
  const pack = (value: unknown): Packed => {
    if (typeof value === 'function') {
      callbacks.set(++lastId, value as Called);
      return { callback: lastId };
    }
    if (!(value instanceof Promise)) return { value };
    const promise = ++lastId;
    value.then(
      (settled) => toPage({ promise, value: settled }),
      (error: unknown) => toPage({ promise, error: (error as Error).message }),
    );
    return { promise };
  };
  const expose = (): void => {
    for (const [name, api] of exposed)
      window.dispatchEvent(new CustomEvent(EXPOSED, { detail: { name, methods: Object.keys(api) } }));
  };
  window.addEventListener(READY, expose);
  window.addEventListener(TO_ISOLATED, (event) => {
    const { name = '', method = '', callback, args } = (event as CustomEvent<Asked>).detail;
    const called = callback === undefined ? exposed.get(name)?.[method] : callbacks.get(callback);
    let detail: Packed;
    try {
      detail = pack(called?.(...args.map(unpack)));
    } catch (error) {
      detail = { error: (error as Error).message };
    }
    window.dispatchEvent(new CustomEvent(`${TO_ISOLATED}-answer`, { detail }));
  });
  world['electronDoubleReply'] = (id: number, reply: { value?: unknown; error?: string }): void => {
    const waiting = invokes.get(id);
    invokes.delete(id);
    if (reply.error === undefined) waiting?.resolve(reply.value);
    else waiting?.reject(new Error(reply.error));
  };
  world['electronDoubleHear'] = (channel: string, args: unknown[]): void => {
    for (const hear of [...(listeners.get(channel) ?? [])]) hear({}, ...args);
  };
  const nameOf = (file: { name: string; size: number }): string => `${file.name}\0${file.size}`;
  world['electronDoubleKnow'] = (known: { name: string; size: number; path: string }[]): void => {
    for (const file of known) files.set(nameOf(file), file.path);
  };
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: Record<string, Called>): void => {
        if (exposed.has(name))
          throw new Error(`Cannot bind an API on top of an existing property on the window object`);
        exposed.set(name, api);
        expose();
      },
    },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]): Promise<unknown> => {
        const id = ++lastId;
        structuredClone(args); // Electron refuses here what cannot be copied
        (world[BINDING] as (message: string) => void)(JSON.stringify({ id, channel, args }));
        return new Promise((resolve, reject) => invokes.set(id, { resolve, reject }));
      },
      on: (channel: string, hear: Hear): void => {
        listeners.set(channel, (listeners.get(channel) ?? new Set()).add(hear));
      },
      off: (channel: string, hear: Hear): void => void listeners.get(channel)?.delete(hear),
    },
    webUtils: {
      getPathForFile: (file: unknown): string => {
        if (!(file instanceof File))
          throw new TypeError('getPathForFile expected a File object but got something else');
        return files.get(nameOf(file)) ?? '';
      },
    },
  };
  const require = (name: string): unknown => {
    if (name === 'electron') return electron;
    throw new Error(`module not found: ${name}`); // as in a sandboxed preload
  };
  runPreload(require, { exports: {} }, {});
}
