// What is asked in a dialog of the system, because the page cannot ask it: it may be gone, or the program is about to be.

import { dialog, type BrowserWindow, type MessageBoxOptions } from 'electron';

import type { QuitAnswer, QuitQuestion } from '../quit.ts';
import type { Words } from '../words/index.ts';

export async function askWhetherToQuit(
  window: BrowserWindow | null,
  words: Words['quit'],
  { jobCount, isFinishing }: QuitQuestion,
): Promise<QuitAnswer> {
  const answers: readonly QuitAnswer[] = isFinishing ? ['finish', 'pause'] : ['finish', 'pause', 'stay'];
  const labels = isFinishing ? { ...words, finish: words.keepWaiting } : words;
  const response = await ask(window, {
    type: 'question',
    title: words.title,
    message: words.question(jobCount),
    detail: words.detail,
    buttons: answers.map((answer) => labels[answer]),
    defaultId: answers.indexOf('finish'),
    cancelId: isFinishing ? answers.indexOf('finish') : answers.indexOf('stay'),
    noLink: true,
  });
  return answers[response] ?? 'stay';
}

export async function askAboutPage(window: BrowserWindow, words: Words['page']): Promise<'reload' | 'close'> {
  const response = await ask(window, {
    type: 'error',
    message: words.gone,
    detail: words.goneDetail,
    buttons: [words.reload, words.close],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  return response === 0 ? 'reload' : 'close';
}

async function ask(window: BrowserWindow | null, options: MessageBoxOptions): Promise<number> {
  const { response } = await (window === null
    ? dialog.showMessageBox(options)
    : dialog.showMessageBox(window, options));
  return response;
}
