// The program behind the window, put together once Electron is ready: engine, service, window, menu, tray, and what connects them.
// All that does the work is in core; this ties ends together and unties them in the right order.

import { join } from 'node:path';

import { app, nativeTheme, session, shell, type Event } from 'electron';

import { openService, type Log, type Service } from '../core/service/index.ts';
import { openStrongroom, type Strongroom } from '../core/strongroom.ts';
import type { Settings } from '../shared/settings.ts';
import type { Command } from '../shared/window.ts';
import { desktopHost, loginPlace } from './desktop-host.ts';
import { askAboutPage, askWhetherToQuit } from './dialogs/questions.ts';
import { connectWindow } from './ipc.ts';
import { setMenu } from './menu.ts';
import { denyNavigation } from './navigation.ts';
import { Notices } from './notices.ts';
import type { StartWish } from './open-files.ts';
import { PageCare } from './page-care.ts';
import { denyPermissions } from './permissions.ts';
import { followPower } from './power.ts';
import { ProgressBar } from './progress-bar.ts';
import { serveInterface } from './protocol.ts';
import { Quitting } from './quit.ts';
import { SecretClipboard } from './secret-clipboard.ts';
import { Standing } from './standing.ts';
import { renewStartAtLogin } from './start-at-login.ts';
import { useTheme } from './theme.ts';
import { TrayIcon } from './tray.ts';
import { WindowMemory } from './window-memory.ts';
import { MainWindow } from './window.ts';
import { WorkPauses } from './work-pauses.ts';
import { words } from './words/index.ts';

/** In memory only: the page has nothing to keep. */
const SESSION = 'strongroom';

export interface DesktopOptions {
  readonly dataFolder: string;
  /** What was built: the interface, the preload, icons, licences. */
  readonly programFolder: string;
  readonly platform: NodeJS.Platform;
  readonly log: Log;
}

interface Parts extends DesktopOptions {
  readonly engine: Strongroom;
  readonly service: Service;
  readonly window: MainWindow;
  readonly notices: Notices;
  readonly clipboard: SecretClipboard;
}

/** Opens all of it but the window; once, when Electron is ready. @throws what the engine throws */
export async function openDesktop(options: DesktopOptions): Promise<Desktop> {
  const { dataFolder, programFolder, platform, log } = options;
  denyNavigation(log);
  const ownSession = session.fromPartition(SESSION);
  denyPermissions(ownSession, () => !app.isPackaged);
  serveInterface(ownSession, join(programFolder, 'window'));

  const memory = new WindowMemory(dataFolder, log);
  const window = new MainWindow({ session: ownSession, programFolder, platform, memory, log });
  const notices = new Notices(window, log);
  const clipboard = new SecretClipboard(platform, log);
  const host = desktopHost({ platform, programFolder, window, clipboard, notices, words: words.dialogs });
  const engine = await openStrongroom({ dataFolder });
  const version = app.getVersion();
  const service = await openService({ engine, dataFolder, host, version, isDemo: false, log });
  return new Desktop({ ...options, engine, service, window, notices, clipboard });
}

export class Desktop {
  readonly #parts: Parts;
  readonly #tray: TrayIcon;
  readonly #pauses: WorkPauses;
  readonly #progressBar: ProgressBar;
  readonly #standing: Standing;
  readonly #quitting: Quitting;
  readonly #disconnect: () => void;
  #toldOfTray = false;

  constructor(parts: Parts) {
    const { service, window, log } = parts;
    this.#parts = parts;
    this.#pauses = new WorkPauses(service);
    this.#tray = this.#newTray();
    this.#progressBar = new ProgressBar(window);
    this.#standing = new Standing(service, log, [
      (state) => this.#tray.update(state),
      (state) => this.#progressBar.show(state),
    ]);
    this.#quitting = this.#newQuitting();
    this.#disconnect = connectWindow(service, window, log);
    this.#listen();
    this.#applySettings(service.settings());
  }

  /** Brings the window to the front, unless a quiet start is wanted, and takes in what was opened. */
  start({ paths, isQuiet }: StartWish): void {
    const canBeQuiet = this.#tray.isShown || this.#parts.platform === 'darwin';
    const { window, service } = this.#parts;
    if (!isQuiet || paths.length > 0 || !canBeQuiet) window.show();
    if (paths.length > 0) window.whenBegun(() => service.open(paths));
  }

  /** Ends in order, without asking anybody. */
  async quitNow(): Promise<void> {
    await this.#quitting.quitNow();
  }

  #listen(): void {
    const { service, window, log, platform } = this.#parts;
    const care = new PageCare({
      ask: (shown) => askAboutPage(shown, words.page),
      now: () => performance.now(),
    });
    window.listen({
      closing: (event) => this.#windowCloses(event),
      sessionEnds: () => void this.#quitting.quitNow(),
      pageGone: (shown) => {
        care
          .onPageGone(shown)
          .catch((error: unknown) => log.failure('window', 'The page was not loaded', error));
      },
    });
    service.subscribe((event) => {
      if (event.kind === 'settings') this.#applySettings(event.settings);
    });
    nativeTheme.on('updated', () => window.repaint());
    app.on('before-quit', (event) => this.#quitting.onBeforeQuit(event));
    app.on('window-all-closed', () => {
      // Without a listener Electron quits; whether it does is decided when the window is closed.
    });
    app.on('activate', () => window.show());
    followPower({
      pauses: this.#pauses,
      lockForScreen: () => service.lockForScreen(),
      screenUnlocked: () => service.screenUnlocked(),
      onShutdown: () => void this.#quitting.quitNow(),
    });
    setMenu({
      platform,
      words: words.menu,
      mayInspect: !app.isPackaged,
      actions: {
        command: (command) => this.#command(command),
        lock: () => void this.#lock(),
        showLog: () => shell.showItemInFolder(log.path),
        quit: () => app.quit(),
      },
    });
  }

  /** Closing the only window of a program without an icon elsewhere is quitting, which may be answered with “no”. */
  #windowCloses(event: Event): void {
    if (this.#parts.platform === 'darwin') return;
    if (!this.#tray.isShown) {
      event.preventDefault();
      app.quit();
      return;
    }
    if (this.#toldOfTray) return;
    this.#toldOfTray = true;
    const { staysTitle, staysBody, staysBodyLinux } = words.tray;
    const body = this.#parts.platform === 'linux' ? staysBodyLinux : staysBody;
    this.#parts.notices.show({ title: staysTitle, body, route: '' });
  }

  #command(command: Command): void {
    const { window, service } = this.#parts;
    window.show();
    window.whenBegun(() => service.command(command));
  }

  async #lock(): Promise<void> {
    const reply = await this.#parts.service.dispatch('vault.lock', {});
    if (!reply.ok) this.#parts.log.warn('vault', `It was not locked: ${reply.error.code}.`);
  }

  #applySettings({ theme, keepInTray, startAtLogin }: Settings): void {
    const { platform, log } = this.#parts;
    useTheme(theme);
    if (keepInTray) this.#tray.show();
    else this.#tray.hide();
    if (!startAtLogin || !app.isPackaged) return;
    try {
      renewStartAtLogin(loginPlace(platform));
    } catch (error) {
      log.failure('login', 'Starting at login could not be set', error);
    }
  }

  #newTray(): TrayIcon {
    const { programFolder, platform, window } = this.#parts;
    const setPaused = (isPaused: boolean): void => {
      if (isPaused) this.#pauses.add('person');
      else this.#pauses.remove('person');
      this.#standing.askSoon();
    };
    return new TrayIcon({
      iconsFolder: join(programFolder, 'icons'),
      platform,
      words: words.tray,
      actions: {
        open: () => window.show(),
        pause: () => setPaused(true),
        resume: () => setPaused(false),
        lock: () => void this.#lock(),
        quit: () => app.quit(),
      },
    });
  }

  #newQuitting(): Quitting {
    const { service, window, log } = this.#parts;
    return new Quitting({
      workInHand: () => service.workInHand(),
      endWork: (how) => service.endWork(how),
      ask: (question) => {
        window.show();
        return askWhetherToQuit(window.current, words.quit, question);
      },
      close: () => this.#close(),
      exit: () => app.exit(0),
      log,
    });
  }

  /** The window last: it shows how far the others are. */
  async #close(): Promise<void> {
    const { engine, service, window, clipboard, log } = this.#parts;
    this.#standing.close();
    this.#progressBar.close();
    await clipboard.clear();
    await service.close();
    await engine.close();
    this.#disconnect();
    this.#tray.hide();
    window.destroy();
    log.info('program', 'Ended.');
    log.close();
  }
}
