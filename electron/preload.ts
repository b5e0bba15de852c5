// The only thing that the page can reach of the program: calls, events, and the path of a file that was dropped. Without logic, and
// without anything of Node or Electron itself; what is called is checked where it arrives.

import { contextBridge, ipcRenderer, webUtils } from 'electron';

import { CALL_CHANNEL, EVENT_CHANNEL } from './channels.ts';

contextBridge.exposeInMainWorld('strongroom', {
  invoke: (name: unknown, input: unknown): Promise<unknown> => ipcRenderer.invoke(CALL_CHANNEL, name, input),
  subscribe: (listener: (event: unknown) => void): (() => void) => {
    const hear = (_event: unknown, event: unknown): void => listener(event);
    ipcRenderer.on(EVENT_CHANNEL, hear);
    return () => void ipcRenderer.off(EVENT_CHANNEL, hear);
  },
  pathOf: (file: File): string => webUtils.getPathForFile(file),
});
