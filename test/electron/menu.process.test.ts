// The menu, the tray, dialogs, notifications and the clipboard: what the system's side of the program does with the page and the engine.

import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';

import { call, hears, listen, replyOf } from './support/bridge.ts';
import { eventually } from './support/eventually.ts';
import { describeOnElectron } from './support/scenario.ts';
import type { Shell } from './support/shell.ts';

const PASSPHRASE = 'correct horse battery staple';
const KEY = 'C5YR-GA4D-MSTM-3TGQ-KEHL-A9MD-D1ZA';

describeOnElectron('the system’s side', ({ start, kind }) => {
  let shell: Shell;
  let page: Page;

  const click = (id: string): Promise<void> =>
    shell.evaluate(({ Menu }, wanted) => {
      (Menu.getApplicationMenu()!.getMenuItemById(wanted) as unknown as { click(): void }).click();
    }, id);

  beforeAll(async () => {
    shell = await start();
    page = await shell.page();
    await call(page, 'vault.create', { keychain: false, passphrase: PASSPHRASE });
    await listen(page);
  }, 300_000);

  it.each(['settings', 'library', 'keys', 'activity', 'find', 'add-folder', 'about', 'shortcuts'] as const)(
    'sends “%s” of the menu to the page',
    async (command) => {
      if (command === 'add-folder')
        await shell.evaluate(({ dialog }) => {
          dialog.showOpenDialog = () => Promise.resolve({ canceled: true, filePaths: [] });
        });
      await click(command);
      await hears(page, { kind: 'command', command });
    },
  );

  it('has a menu whose every accelerator is there once', async () => {
    const accelerators = await shell.evaluate(({ Menu }) => {
      const found: string[] = [];
      const walk = (menu: Electron.Menu): void => {
        for (const item of menu.items) {
          if (item.accelerator) found.push(item.accelerator);
          if (item.submenu) walk(item.submenu);
        }
      };
      walk(Menu.getApplicationMenu()!);
      return found;
    });
    expect(accelerators.length).toBeGreaterThan(6);
    expect(new Set(accelerators).size).toBe(accelerators.length);
  });

  it('asks for files in the system’s own dialogs', async () => {
    await shell.evaluate(({ dialog }) => {
      const asked: unknown[] = [];
      Object.assign(globalThis, { asked });
      dialog.showOpenDialog = ((_window: unknown, options: Electron.OpenDialogOptions) => {
        asked.push(options.properties);
        return Promise.resolve({ canceled: false, filePaths: ['/chosen/one.tar', '/chosen/two.tar'] });
      }) as typeof dialog.showOpenDialog;
      dialog.showSaveDialog = ((_window: unknown, options: Electron.SaveDialogOptions) => {
        asked.push(options.defaultPath);
        return Promise.resolve({ canceled: true, filePath: '' });
      }) as typeof dialog.showSaveDialog;
    });
    expect(await call(page, 'files.choose', { what: 'backups' })).toEqual([
      '/chosen/one.tar',
      '/chosen/two.tar',
    ]);
    expect(await call(page, 'files.choose', { what: 'folder' })).toHaveLength(2);
    expect(await call(page, 'files.choose', { what: 'save', suggestedName: 'kit.txt' })).toEqual([]);
    expect(await shell.evaluate(() => (globalThis as unknown as { asked: unknown }).asked)).toEqual([
      ['openFile', 'multiSelections'],
      ['openDirectory', 'createDirectory'],
      'kit.txt',
    ]);
  });

  it('opens a page of its list in the browser, and no other', async () => {
    await shell.evaluate(({ shell: system }) => {
      const opened: string[] = [];
      Object.assign(globalThis, { opened });
      system.openExternal = (url: string) => Promise.resolve(void opened.push(url));
    });
    const { url } = await call(page, 'app.openLink', { link: 'emergency-kit' });
    expect(await shell.evaluate(() => (globalThis as unknown as { opened: string[] }).opened)).toEqual([url]);
    expect(new URL(url).protocol).toBe('https:');
    expect(await replyOf(page, 'app.openLink', { link: 'https://example.com/' })).toMatchObject({
      ok: false,
    });
  });

  it('puts a key on the clipboard with the mark that keeps it out of histories, and takes it off again', async () => {
    const added = await call(page, 'keys.addTyped', { typed: KEY });
    const keyId = (await call(page, 'keys.list', {}))[0]!.id;
    expect(added).toBeTruthy();
    await call(page, 'settings.change', { clipboardSeconds: 5 });
    const read = (): Promise<string> => shell.evaluate(({ clipboard }) => clipboard.readText());
    expect(await call(page, 'keys.copy', { keyId })).toEqual({ clearsAfterSeconds: 5 });
    await eventually(read).toBe(KEY);
    const types = await shell.evaluate(async ({ clipboard }) => (await clipboard.read())[0]!.types);
    expect(types.some((type) => type !== 'text/plain')).toBe(true);
    await eventually(read).toBe('');
  });

  it('leaves on the clipboard what somebody else put there', async () => {
    const keyId = (await call(page, 'keys.list', {}))[0]!.id;
    const read = (): Promise<string> => shell.evaluate(({ clipboard }) => clipboard.readText());
    await shell.evaluate(({ clipboard }) => {
      const looks: string[] = [];
      const readText = clipboard.readText.bind(clipboard);
      Object.assign(globalThis, { looks });
      clipboard.readText = async () => {
        const text = await readText();
        looks.push(text);
        return text;
      };
    });
    await call(page, 'keys.copy', { keyId });
    await eventually(read).toBe(KEY);
    await shell.evaluate(({ clipboard }) => clipboard.writeText('a shopping list'));
    const looks = (): Promise<string[]> =>
      shell.evaluate(() => (globalThis as unknown as { looks: string[] }).looks);
    await eventually(looks).toContain('a shopping list'); // the program has looked
    expect(await read()).toBe('a shopping list');
  });

  it('locks the keys from the menu', async () => {
    await click('lock');
    await hears(page, { kind: 'vault', why: 'locked' });
    await eventually(() => call(page, 'vault.status', {})).toMatchObject({
      state: 'locked',
      lockedOnPurpose: true,
    });
  });

  it('shows in the tray how it stands, and obeys from there', async (context) => {
    if (kind === 'electron') {
      process.stderr.write('skipped: Electron gives nobody its tray.\n');
      context.skip();
    }
    type Reachable = { shown: Set<{ toolTip: string; menu: Electron.Menu }> };
    const line = (): Promise<string> =>
      shell.evaluate(({ Tray }) => [...(Tray as unknown as Reachable).shown][0]!.toolTip);
    const choose = (id: string): Promise<void> =>
      shell.evaluate(({ Tray }, wanted) => {
        (
          [...(Tray as unknown as Reachable).shown][0]!.menu.getMenuItemById(wanted) as unknown as {
            click(): void;
          }
        ).click();
      }, id);
    await choose('pause');
    await eventually(line).toContain('Paused by you');
    expect(await call(page, 'watching.state', {})).toMatchObject({ pausedBecause: 'person' });
    await choose('resume');
    await eventually(async () => (await call(page, 'watching.state', {})).pausedBecause).toBeNull();
    await call(page, 'settings.change', { keepInTray: false });
    await eventually(() => shell.evaluate(({ Tray }) => (Tray as unknown as Reachable).shown.size)).toBe(0);
    await call(page, 'settings.change', { keepInTray: true });
  });
});
