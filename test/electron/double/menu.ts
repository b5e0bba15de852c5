// `Menu` of the double: built from the same templates, strict about what Electron would refuse or silently ignore.

import type { MenuItem as RealItem, MenuItemConstructorOptions } from 'electron';

import { complain } from './world.ts';

const ACCELERATOR = /^(?:(?:CmdOrCtrl|Alt|Shift)\+)*[A-Z0-9,/]$/;

class MenuItem implements Pick<RealItem, 'enabled' | 'id' | 'label'> {
  readonly id: string;
  readonly label: string;
  readonly role: string | undefined;
  readonly type: string;
  readonly enabled: boolean;
  readonly accelerator: MenuItemConstructorOptions['accelerator'];
  readonly submenu: Menu | undefined;
  readonly #options: MenuItemConstructorOptions;

  constructor(options: MenuItemConstructorOptions) {
    const { id, label, role, type, enabled, accelerator, submenu } = options;
    this.#options = options;
    this.id = id ?? '';
    this.role = role;
    this.type = type ?? (submenu === undefined ? 'normal' : 'submenu');
    this.enabled = enabled ?? true;
    this.accelerator = accelerator;
    this.submenu = Array.isArray(submenu) ? Menu.buildFromTemplate(submenu) : undefined;
    this.label = label ?? role ?? '';
    if (this.label === '' && type !== 'separator') throw new Error('Required field is missing: label');
    if (role !== undefined && options.click !== undefined) complain(`A role ignores click: ${role}`);
    if (this.accelerator !== undefined && !ACCELERATOR.test(this.accelerator))
      complain(`Not an accelerator: ${this.accelerator}`);
  }

  click(): void {
    if (this.enabled) this.#options.click?.(this as unknown as RealItem, undefined, {});
  }
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: MenuItem[];

  private constructor(items: MenuItem[]) {
    this.items = items;
  }

  static buildFromTemplate(template: (MenuItemConstructorOptions | MenuItem)[]): Menu {
    return new Menu(template.map((each) => (each instanceof MenuItem ? each : new MenuItem(each))));
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }

  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : (item.submenu?.getMenuItemById(id) ?? null);
      if (found !== null) return found;
    }
    return null;
  }
}
