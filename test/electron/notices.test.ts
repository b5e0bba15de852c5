import { EventEmitter } from 'node:events';

import { expect, it, vi } from 'vitest';

import type { Log } from '../../core/service/index.ts';
import { Notices } from '../../electron/notices.ts';

const system = vi.hoisted(() => ({
  last: null as { emit(event: string, ...facts: unknown[]): boolean } | null,
}));
vi.mock('electron', () => ({
  Notification: class extends EventEmitter {
    static isSupported(): boolean {
      return true;
    }
    show(): void {
      system.last = this;
    }
  },
}));

it('a notification that the system does not show is said in the log; one that is clicked brings the window', () => {
  const warned: string[] = [];
  const shown: (string | undefined)[] = [];
  const log = { warn: (_area: string, message: string) => void warned.push(message) };
  const window = { show: (route?: string) => void shown.push(route) };
  const notices = new Notices(window, log as Log);
  notices.show({ title: 'A title', body: 'A body', route: '#/activity/1' });
  system.last?.emit('failed', {}, 'not signed');
  system.last?.emit('click', {});
  expect(warned).toEqual(['The system showed none: not signed']);
  expect(shown).toEqual(['#/activity/1']);
});
