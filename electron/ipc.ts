// The transport of the desktop window: carries calls to the service and events to the window. What is called is checked by the
// service; who calls is checked here.

import { ipcMain } from 'electron';

import type { Log, Service } from '../core/service/index.ts';
import type { Reply } from '../shared/contract/index.ts';
import { CALL_CHANNEL, EVENT_CHANNEL } from './channels.ts';
import { isTrusted } from './sender.ts';
import type { MainWindow } from './window.ts';

const REFUSAL: Reply = {
  ok: false,
  error: { code: 'USAGE', message: 'Only the window of Strongroom may ask this.' },
};

/** Returns what ends it. */
export function connectWindow(service: Service, window: MainWindow, log: Log): () => void {
  ipcMain.handle(CALL_CHANNEL, async (event, name: unknown, input: unknown): Promise<Reply> => {
    if (!isTrusted(event, (contentsId) => window.has(contentsId))) {
      log.warn('ipc', 'A call was refused: it did not come from the page of the window.');
      return REFUSAL;
    }
    const reply = await service.dispatch(name, input);
    // A page that asks for its first facts has begun to listen; what waits for it follows its answer.
    if (name === 'app.start' && reply.ok) setImmediate(() => window.pageHasBegun());
    return reply;
  });
  const endListening = service.subscribe((event) => window.send(EVENT_CHANNEL, event));
  return () => {
    endListening();
    ipcMain.removeHandler(CALL_CHANNEL);
  };
}
