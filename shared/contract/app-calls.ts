// The program itself: what it is, its settings, its log, and what the host around it can do.

import * as v from 'valibot';

import type { Settings } from '../settings.ts';
import type { FolderListing, PackageLicence, StartFacts } from '../window.ts';
import { answer, CATALOG_ERRORS, defineCall } from './call.ts';
import { COUNT_OF_DAYS, NOTHING, ORIGINALS, PATH } from './inputs.ts';

export const SETTINGS_CHANGE = v.strictObject({
  theme: v.exactOptional(v.picklist(['system', 'light', 'dark'])),
  language: v.exactOptional(v.picklist(['system', 'en'])),
  originals: v.exactOptional(ORIGINALS),
  quarantineDays: v.exactOptional(COUNT_OF_DAYS),
  notifyFailures: v.exactOptional(v.boolean()),
  notifySuccesses: v.exactOptional(v.boolean()),
  startAtLogin: v.exactOptional(v.boolean()),
  keepInTray: v.exactOptional(v.boolean()),
  lockWithScreen: v.exactOptional(v.boolean()),
  background: v.exactOptional(v.boolean()),
  clipboardSeconds: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(600))),
});

export const appCalls = {
  'app.start': defineCall({
    summary: 'Everything the interface needs to draw its first screen.',
    input: NOTHING,
    answer: answer<StartFacts>('StartFacts'),
    errors: [],
  }),
  'app.licences': defineCall({
    summary: 'The licences of Strongroom and of every package in it.',
    input: NOTHING,
    answer: answer<PackageLicence[]>('PackageLicence[]'),
    errors: [],
  }),
  'app.log': defineCall({
    summary: 'The newest lines of the log, at most 2,000, and where it is.',
    input: NOTHING,
    answer: answer<{ readonly path: string; readonly text: string }>('{ path, text }'),
    errors: [],
  }),
  'app.openLink': defineCall({
    summary: 'Opens one of the pages that Strongroom points to, in the browser.',
    input: v.strictObject({
      link: v.picklist(['emergency-kit', 'restore', 'backup-settings', 'project', 'report-a-problem']),
    }),
    answer: answer<{ readonly url: string }>('{ url }'),
    errors: [],
  }),
  'settings.change': defineCall({
    summary: 'Changes what is given and answers with all of them; an event tells every window.',
    input: SETTINGS_CHANGE,
    answer: answer<Settings>('Settings'),
    errors: ['NO_SPACE', 'OUTPUT_REFUSED'],
  }),
  'files.choose': defineCall({
    summary:
      'Asks for files or a folder in a dialog of the system. Nothing chosen is an empty list. Only where the host has dialogs.',
    input: v.strictObject({
      what: v.picklist(['folder', 'backups', 'kits', 'save']),
      /** For `save`. */
      suggestedName: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(255))),
    }),
    answer: answer<readonly string[]>('string[]'),
    errors: [],
  }),
  'files.browse': defineCall({
    summary:
      'What is in a folder of this computer, folders first; at most 5,000 entries. null: the home folder.',
    input: v.strictObject({ path: v.nullable(PATH) }),
    answer: answer<FolderListing>('FolderListing'),
    errors: [],
  }),
  'files.reveal': defineCall({
    summary: 'Shows a file of the library, or one that Strongroom wrote, in the system’s file manager.',
    input: v.strictObject({ path: PATH }),
    answer: answer<null>('null'),
    errors: CATALOG_ERRORS,
  }),
};
