// Calls about the program itself: what a window needs to begin, licences, the log, links and settings.

import { readFile } from 'node:fs/promises';

import * as v from 'valibot';

import { StrongroomError } from '../../../shared/errors.ts';
import type { PackageLicence, StartFacts } from '../../../shared/window.ts';
import { isOfProgram } from '../../library/index.ts';
import type { ServiceContext } from '../context.ts';
import type { HandlersOf } from '../dispatcher.ts';
import { LINKS } from './links.ts';

const LOG_LINES = 2000;

const LICENCES: v.GenericSchema<unknown, PackageLicence[]> = v.array(
  v.object({ name: v.string(), version: v.string(), licence: v.string(), text: v.string() }),
);

export function appHandlers(context: ServiceContext): HandlersOf<'app'> & HandlersOf<'settings'> {
  const { host, log, settings, background, emit } = context;
  return {
    'app.start': () => startFacts(context),
    'app.licences': () => readLicences(host.licencesPath),
    'app.log': () => ({ path: log.path, text: log.tail(LOG_LINES) }),
    'app.openLink': async ({ link }) => {
      const url = LINKS[link];
      if (url === null) throw noPage();
      await host.openLink?.(url);
      return { url };
    },
    'settings.change': async (change) => {
      const changed = await settings.change(change);
      if (change.startAtLogin !== undefined) host.setStartAtLogin?.(changed.startAtLogin);
      background.settingsChanged();
      emit({ kind: 'settings', settings: changed });
      return changed;
    },
  };
}

function noPage(): StrongroomError {
  return new StrongroomError('USAGE', 'Strongroom has no page of its own on the internet yet.', {
    hint: 'Ask where you got Strongroom from; the log in the settings says what happened.',
  });
}

async function startFacts(context: ServiceContext): Promise<StartFacts> {
  const { engine, host, settings, dataFolder, version, isDemo, opening } = context;
  await opening;
  const { desk } = engine.library;
  const catalogProblem = desk.catalogProblem();
  const jobs = catalogProblem === null ? await desk.jobs() : [];
  return {
    version,
    host: host.facts,
    sodium: engine.sodium,
    dataFolder,
    isDemo,
    locales: host.locales,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    settings: settings.current,
    vault: await engine.vault.status(),
    catalogProblem,
    interruptedJobIds: jobs
      .filter((job) => job.state === 'interrupted' && !isOfProgram(job))
      .map(({ id }) => id),
  };
}

async function readLicences(path: string | undefined): Promise<PackageLicence[]> {
  if (path === undefined) return [];
  try {
    return v.parse(LICENCES, JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new StrongroomError('IO_FAILED', `The licences in “${path}” cannot be read.`, {
      hint: 'Install Strongroom once more: a part of it is damaged.',
      cause: error,
    });
  }
}
