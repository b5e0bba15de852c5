// The interface as a person sees it: a real browser on the real program, with a data folder and backups of the test's own. Whatever the
// page reports as an error, or the Content-Security-Policy refuses, fails the test.

import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';

import type { BrowserContext, Page } from 'playwright-core';

import { openStrongroom, type Strongroom } from '../../../core/strongroom.ts';
import { makeCheapVault } from '../../cli/vault-folder.ts';
import { copyFixture } from '../../support/fixtures.ts';
import { MemoryKeychain } from '../../vault/vault-parts.ts';
import { startedBrowser } from './chromium.ts';
import { picture } from './look.ts';
import { newTrouble, type Trouble } from './page-trouble.ts';
import { serve, type ServedProgram } from './served-program.ts';

export const PASSPHRASE = 'correct horse battery staple';

export interface AppOptions {
  /** none: as on the first day. unlocked: the program gets the passphrase when it starts. none unless told. */
  readonly vault?: 'none' | 'locked' | 'unlocked';
  /** Labels and keys. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Names of fixtures that lie in `backups`, which then is a folder of the library, scanned and matched. */
  readonly backups?: readonly string[];
  /** With the engine on the data folder, before the program starts. */
  readonly prepare?: (engine: Strongroom, place: AppPlace) => Promise<void>;
  readonly theme?: 'light' | 'dark';
  readonly size?: { readonly width: number; readonly height: number };
  /** More arguments of `strongroom serve`; `folder` is the one of this test. */
  readonly args?: (folder: string) => readonly string[];
}

export interface AppPlace {
  /** Everything of this test is below. */
  readonly folder: string;
  readonly dataFolder: string;
  /** A folder for backups. */
  readonly backups: string;
}

export interface AppUnderTest extends AppPlace {
  readonly page: Page;
  readonly trouble: Trouble;
  readonly program: () => ServedProgram;
  /** Another window of the same browser. */
  openWindow(): Promise<Page>;
  /** A page of another browser, which was not let in yet. */
  openBrowser(): Promise<Page>;
  /** Ends the program (SIGTERM lets it end its work, SIGKILL is a crash), starts it again and shows it in the page. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

/** Opens it on its first screen. All of it is gone when the test is over. */
export async function openApp(options: AppOptions = {}): Promise<AppUnderTest> {
  const place = await newPlace();
  await prepare(options, place);
  const start = (): Promise<ServedProgram> => serve(argumentsFor(options, place), { HOME: place.folder });
  let program = await start();
  onTestFinished(async () => {
    await program.end('SIGTERM');
  });
  const context = await newContext(options);
  const trouble = newTrouble();
  trouble.watch(context);
  const page = await context.newPage();
  await page.goto(program.address);
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await tellWhatIsShown(context, task.name);
    await context.close();
    expect(trouble.all()).toEqual([]);
  });
  return {
    ...place,
    page,
    trouble,
    program: () => program,
    openWindow: async () => {
      const window = await context.newPage();
      await window.goto(new URL('/', program.address).href);
      return window;
    },
    openBrowser: async () => {
      const other = await newContext(options);
      onTestFinished(() => other.close());
      trouble.watch(other);
      return other.newPage();
    },
    restart: async (signal = 'SIGTERM') => {
      await trouble.whileAway(async () => {
        await program.end(signal);
        program = await start();
        await page.goto(program.address);
      });
    },
  };
}

/** Why a test failed is often on the screen. */
async function tellWhatIsShown(context: BrowserContext, test: string): Promise<void> {
  for (const [index, page] of context.pages().entries()) {
    const news = await page.locator('[role=alert], [role=status], [role=log]').allInnerTexts();
    const name = `failed-${test.replaceAll(/\W+/g, '-').slice(0, 60)}-${index + 1}`;
    await picture(page, name);
    console.log(
      `“${test}”: ${page.url().replace(/^.*#/, '#')} says ${JSON.stringify(news)}, see test/screenshots/${name}.png`,
    );
  }
}

async function newPlace(): Promise<AppPlace> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'strongroom-screen-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const backups = join(folder, 'backups');
  mkdirSync(backups);
  return { folder, dataFolder: join(folder, 'data'), backups };
}

async function prepare(options: AppOptions, place: AppPlace): Promise<void> {
  const { vault = 'none', keys = {}, backups = [], prepare: more } = options;
  if (vault === 'none' && backups.length === 0 && more === undefined) return;
  if (vault !== 'none') await makeCheapVault(place.dataFolder, PASSPHRASE);
  const engine = await openStrongroom({
    dataFolder: place.dataFolder,
    keychain: new MemoryKeychain(),
    threads: 1,
  });
  try {
    if (vault !== 'none')
      await engine.vault.unlock({ way: 'passphrase', passphrase: Buffer.from(PASSPHRASE) });
    for (const [label, key] of Object.entries(keys)) {
      await engine.library.addTypedKey({ typed: Buffer.from(key), label });
    }
    for (const name of backups) copyFixture(name, place.backups);
    if (backups.length > 0) {
      await engine.library.desk.addFolder(place.backups);
      await engine.library.desk.scan({});
      await engine.library.desk.matchUntried();
    }
    await more?.(engine, place);
  } finally {
    await engine.close();
  }
}

function argumentsFor({ vault, args }: AppOptions, { folder, dataFolder }: AppPlace): string[] {
  const always = ['--port', '0', '--data', dataFolder, '--jobs', '1', ...(args?.(folder) ?? [])];
  if (vault !== 'unlocked') return always;
  const file = join(folder, 'passphrase');
  writeFileSync(file, `${PASSPHRASE}\n`, { mode: 0o600 });
  return [...always, '--passphrase-file', file];
}

async function newContext({ theme = 'light', size }: AppOptions): Promise<BrowserContext> {
  const browser = await startedBrowser();
  const context = await browser.newContext({
    viewport: size ?? { width: 1280, height: 800 },
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
    ignoreHTTPSErrors: true,
  });
  context.setDefaultTimeout(20_000);
  return context;
}
