// `dialog`, `shell` and `clipboard` of the double. A dialog that no test answers is a complaint: the program would wait for ever.

import type { Clipboard, ClipboardItem as RealItem, Dialog, MessageBoxReturnValue, Shell } from 'electron';

import { complain } from './world.ts';

class DialogDouble implements Pick<
  Dialog,
  'showErrorBox' | 'showMessageBox' | 'showOpenDialog' | 'showSaveDialog'
> {
  showMessageBox(): Promise<MessageBoxReturnValue> {
    return this.#unanswered('showMessageBox');
  }

  showOpenDialog(): Promise<never> {
    return this.#unanswered('showOpenDialog');
  }

  showSaveDialog(): Promise<never> {
    return this.#unanswered('showSaveDialog');
  }

  showErrorBox(title: string, content: string): void {
    complain(`An error box was shown: ${title}: ${content}`);
  }

  #unanswered(name: string): Promise<never> {
    complain(`dialog.${name} was shown, and no test answers it.`);
    return new Promise(() => undefined);
  }
}

class ShellDouble implements Pick<Shell, 'openExternal' | 'showItemInFolder'> {
  openExternal(url: string): Promise<void> {
    complain(`The browser was opened at ${url}.`);
    return Promise.resolve();
  }

  showItemInFolder(path: string): void {
    complain(`The file manager was opened at ${path}.`);
  }
}

export class ClipboardItem implements Pick<RealItem, 'types'> {
  readonly items: Readonly<Record<string, unknown>>;

  constructor(items: ConstructorParameters<typeof RealItem>[0]) {
    this.items = items;
  }

  get types(): string[] {
    return Object.keys(this.items);
  }
}

class ClipboardDouble implements Pick<Clipboard, 'clear' | 'readText' | 'write' | 'writeText'> {
  #items: Readonly<Record<string, unknown>> = {};

  clear(): void {
    this.#items = {};
  }

  readText(): Promise<string> {
    const text = this.#items['text/plain'];
    return Promise.resolve(typeof text === 'string' ? text : '');
  }

  writeText(text: string): Promise<void> {
    this.#items = { 'text/plain': text };
    return Promise.resolve();
  }

  write(items: unknown[]): Promise<void> {
    this.#items = (items[0] as ClipboardItem).items;
    return Promise.resolve();
  }

  async read(): Promise<RealItem[]> {
    return [new ClipboardItem(this.#items as never) as unknown as RealItem];
  }
}

export const dialog = new DialogDouble();
export const shell = new ShellDouble();
export const clipboard = new ClipboardDouble();
