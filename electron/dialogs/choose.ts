// The system's dialogs for files and folders, as sheets of the window where there is one.

import { dialog, type BrowserWindow, type OpenDialogOptions } from 'electron';

import type { Choice } from '../../core/service/index.ts';
import type { Words } from '../words/index.ts';

/** Absolute paths; none where the person chose nothing. `suggestedName`: for a new file. */
export async function choosePaths(
  window: BrowserWindow | null,
  words: Words['dialogs'],
  what: Choice,
  suggestedName?: string,
): Promise<readonly string[]> {
  if (what === 'save') return chooseNewFile(window, words, suggestedName);
  const options = openingOptions(words)[what];
  const { canceled, filePaths } = await (window === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options));
  return canceled ? [] : filePaths;
}

async function chooseNewFile(
  window: BrowserWindow | null,
  words: Words['dialogs'],
  suggestedName: string | undefined,
): Promise<readonly string[]> {
  const options = {
    title: words.save,
    ...(suggestedName === undefined ? {} : { defaultPath: suggestedName }),
  };
  const { canceled, filePath } = await (window === null
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options));
  return canceled || filePath === '' ? [] : [filePath];
}

function openingOptions(words: Words['dialogs']): Record<Exclude<Choice, 'save'>, OpenDialogOptions> {
  const allFiles = { name: words.allFiles, extensions: ['*'] };
  return {
    folder: { title: words.chooseFolder, properties: ['openDirectory', 'createDirectory'] },
    backups: {
      title: words.chooseBackups,
      properties: ['openFile', 'multiSelections'],
      filters: [{ name: words.backups, extensions: ['tar'] }, allFiles],
    },
    kits: {
      title: words.chooseKits,
      properties: ['openFile', 'multiSelections'],
      filters: [{ name: words.kits, extensions: ['txt'] }, allFiles],
    },
  };
}
