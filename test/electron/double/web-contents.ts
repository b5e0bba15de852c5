// The contents of a window of the double: a page of a real Chromium. `app://strongroom` cannot be registered there, so the page lives at
// an https origin that stands for it, and every request of it is answered here.

import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';

import type { WebContents } from 'electron';

import { browser, closings } from './browser.ts';
import type { CdpData, CdpSession } from './cdp.ts';
import { ipcMain } from './ipc-main.ts';
import { nativeTheme } from './native-theme.ts';
import { BINDING, ISOLATED_WORLD, pageScript, preloadScript } from './page-scripts.ts';
import { preventable } from './preventable.ts';
import type { Permission, SessionDouble } from './session.ts';
import { complain } from './world.ts';

/** What Chromium calls the origin, and the program. */
const STAND_IN = 'https://strongroom.app.invalid';
const REAL = 'app://strongroom';
/** Chromium's names of permissions, and Electron's. */
const PERMISSIONS: Readonly<Record<string, Permission>> = {
  geolocation: 'geolocation',
  notifications: 'notifications',
  camera: 'media',
  microphone: 'media',
  midi: 'midi',
  'clipboard-read': 'clipboard-read',
  'clipboard-write': 'clipboard-sanitized-write',
};

type Offered = Pick<
  WebContents,
  | 'forcefullyCrashRenderer'
  | 'getURL'
  | 'id'
  | 'isCrashed'
  | 'isDestroyed'
  | 'reload'
  | 'send'
  | 'setWindowOpenHandler'
>;
type OpenHandler = Parameters<WebContents['setWindowOpenHandler']>[0];

let lastId = 0;

export class WebContentsDouble extends EventEmitter implements Offered {
  readonly id = ++lastId;
  readonly mainFrame: object;
  readonly #session: SessionDouble;
  readonly #opening: Promise<CdpSession>;
  readonly #contexts = new Map<number, { readonly frameId: string; readonly origin: string }>();
  #cdp: CdpSession | null = null;
  #targetId = '';
  #isolatedContext: number | null = null;
  #address = 'about:blank';
  #expected: string | null = null;
  #openHandler: OpenHandler | null = null;
  #isCrashed = false;
  #isDestroyed = false;

  constructor(session: SessionDouble, preloadPath: string, background: () => string) {
    super();
    this.#session = session;
    this.mainFrame = this.#frame({ origin: STAND_IN });
    this.#opening = this.#open(readFileSync(preloadPath, 'utf8'), background());
    this.#opening.catch((error: Error) => complain(`The page could not be made: ${error.message}`));
  }

  getURL(): string {
    return toReal(this.#address);
  }

  isCrashed(): boolean {
    return this.#isCrashed;
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  forcefullyCrashRenderer(): void {
    // The answer never comes: the page that would give it is gone.
    void this.#opening.then((cdp) => void cdp.send('Page.crash'));
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  send(channel: string, ...args: unknown[]): void {
    structuredClone(args); // Electron refuses here what cannot be copied
    if (this.#isolatedContext === null) return; // nobody hears it before there is a page
    void this.#inIsolated('electronDoubleHear', [channel, args]);
  }

  async loadURL(address: string): Promise<void> {
    const cdp = await this.#opening;
    this.#expected = toStandIn(address);
    const finished = new Promise<void>((resolve) => this.once('did-finish-load', resolve));
    const { errorText, loaderId } = await cdp.send('Page.navigate', { url: this.#expected });
    if (errorText !== undefined) throw new Error(`${errorText} loading '${address}'`);
    if (loaderId !== undefined) await finished;
  }

  reload(): void {
    this.#expected = this.#address;
    void this.#opening.then((cdp) => cdp.send('Page.reload'));
  }

  async follow(background: string): Promise<void> {
    const cdp = await this.#opening;
    const scheme = nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
    await cdp.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    });
    await cdp.send('Emulation.setDefaultBackgroundColorOverride', { color: rgbaOf(background) });
  }

  /** The files that were dropped, so that the preload finds where they are. */
  async know(files: readonly { name: string; size: number; path: string }[]): Promise<void> {
    await this.#inIsolated('electronDoubleKnow', [files]);
  }

  close(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    const closing = this.#opening.then(() =>
      browser().send('Target.closeTarget', { targetId: this.#targetId }),
    );
    closings.add(closing);
    closing.finally(() => closings.delete(closing)).catch(() => undefined); // Chromium may be gone before
    this.emit('destroyed');
  }

  async #open(preload: string, background: string): Promise<CdpSession> {
    const { targetId } = await browser().send('Target.createTarget', { url: 'about:blank' });
    this.#targetId = String(targetId);
    const cdp = await browser().attach(this.#targetId);
    this.#cdp = cdp;
    this.#listen(cdp);
    await cdp.send('Page.enable');
    await cdp.send('Runtime.enable');
    await cdp.send('Inspector.enable');
    await cdp.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: pageScript() });
    await cdp.send('Runtime.addBinding', { name: BINDING, executionContextName: ISOLATED_WORLD });
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', {
      source: preloadScript(preload),
      worldName: ISOLATED_WORLD,
    });
    await this.#applyPermissions();
    const scheme = nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
    await cdp.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: scheme }],
    });
    await cdp.send('Emulation.setDefaultBackgroundColorOverride', { color: rgbaOf(background) });
    return cdp;
  }

  #listen(cdp: CdpSession): void {
    cdp.on('Fetch.requestPaused', (request: CdpData) => {
      this.#answer(cdp, request).catch((error: Error) => {
        if (!this.#isDestroyed) complain(`A request was not answered: ${error.message}`);
      });
    });
    cdp.on('Runtime.executionContextCreated', ({ context }: CdpData) => {
      const { frameId } = context.auxData as { frameId: string };
      this.#contexts.set(Number(context.id), { frameId, origin: String(context.origin) });
      if (context.name === ISOLATED_WORLD && frameId === this.#targetId)
        this.#isolatedContext = Number(context.id);
    });
    cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }: CdpData) => {
      this.#contexts.delete(Number(executionContextId));
      if (this.#isolatedContext === executionContextId) this.#isolatedContext = null;
    });
    cdp.on('Runtime.bindingCalled', (call: CdpData) => void this.#receive(call));
    cdp.on('Page.frameNavigated', ({ frame }: CdpData) => {
      if (frame.parentId !== undefined) return;
      this.#isCrashed = false; // it has a process again
      this.#address = `${String(frame.url)}${String(frame.urlFragment ?? '')}`;
    });
    cdp.on('Page.navigatedWithinDocument', ({ frameId, url }: CdpData) => {
      if (frameId === this.#targetId) this.#address = String(url);
    });
    cdp.on('Page.loadEventFired', () => this.emit('did-finish-load'));
    cdp.on('Page.windowOpen', ({ url, windowName }: CdpData) => {
      const answer = this.#openHandler?.({
        url: toReal(String(url)),
        frameName: String(windowName),
      } as never);
      if (answer?.action !== 'deny') complain(`A new window was let through: ${String(url)}`);
      this.emit('double-window-denied');
    });
    cdp.on('Inspector.targetCrashed', () => {
      this.#isCrashed = true;
      this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    });
  }

  async #answer(cdp: CdpSession, paused: CdpData): Promise<void> {
    const { requestId, request, resourceType, frameId } = paused;
    const address = `${String(request.url)}${String(request.urlFragment ?? '')}`;
    if (resourceType === 'Document' && this.#isNavigationRefused(address, frameId === this.#targetId)) {
      await cdp.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
      return;
    }
    const { method } = request as { method: string };
    const response = await this.#session.answer(new Request(toReal(String(request.url)), { method }));
    if (response === null) {
      await cdp.send('Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' });
      return;
    }
    await cdp.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    });
  }

  /** What the program itself loads is not asked about. */
  #isNavigationRefused(address: string, isMainFrame: boolean): boolean {
    if (isMainFrame && address === this.#expected) {
      this.#expected = null;
      return false;
    }
    const event = preventable({ url: toReal(address), isMainFrame, isSameDocument: false, frame: null });
    this.emit('will-frame-navigate', event);
    if (isMainFrame && !event.defaultPrevented) this.emit('will-navigate', event);
    if (event.defaultPrevented) this.emit('double-navigation-denied');
    return event.defaultPrevented;
  }

  async #receive({ name, payload, executionContextId }: CdpData): Promise<void> {
    if (name !== BINDING) return;
    const { id, channel, args } = JSON.parse(String(payload)) as {
      id: number;
      channel: string;
      args: unknown[];
    };
    const context = this.#contexts.get(Number(executionContextId));
    const senderFrame = context === undefined ? null : this.#frame(context);
    const event = { sender: this, senderFrame, frameId: 1, processId: 1, type: 'frame' };
    let reply: object;
    try {
      reply = { value: await ipcMain.invoke(channel, event, args) };
    } catch (error) {
      reply = { error: `Error invoking remote method '${channel}': ${String(error)}` };
    }
    await this.#inIsolated('electronDoubleReply', [id, reply]);
  }

  #frame({ origin }: { origin: string }): object {
    return { url: this.getURL(), origin: toReal(origin).replace(/\/$/, ''), parent: null, detached: false };
  }

  /** A page that is just being replaced hears nothing any more. */
  async #inIsolated(name: string, args: readonly unknown[]): Promise<void> {
    const expression = `${name}(...${JSON.stringify(args)})`;
    await this.#cdp
      ?.send('Runtime.evaluate', { expression, contextId: this.#isolatedContext })
      .catch(() => undefined);
  }

  async #applyPermissions(): Promise<void> {
    for (const [name, permission] of Object.entries(PERMISSIONS)) {
      const isGranted = await this.#session.grants(permission, `${REAL}/`);
      await browser().send('Browser.setPermission', {
        permission: { name },
        setting: isGranted ? 'granted' : 'denied',
        origin: STAND_IN,
      });
    }
  }
}

function toReal(address: string): string {
  return address === STAND_IN || address.startsWith(`${STAND_IN}/`)
    ? REAL + address.slice(STAND_IN.length)
    : address;
}

function toStandIn(address: string): string {
  return address.startsWith(`${REAL}/`) ? STAND_IN + address.slice(REAL.length) : address;
}

/** `colour`: as `#rrggbb`. */
function rgbaOf(colour: string): { r: number; g: number; b: number } {
  const number = Number.parseInt(colour.slice(1), 16);
  return { r: number >> 16, g: (number >> 8) & 255, b: number & 255 };
}
