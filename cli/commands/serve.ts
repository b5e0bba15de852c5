// `strongroom serve`: the window in a browser. One line on stdout says where; everything else that is said goes to stderr.

import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { type Command, InvalidArgumentError } from 'commander';

import { StrongroomError } from '../../shared/errors.ts';
import {
  positiveInteger,
  type Start,
  type VaultArguments,
  withExamples,
  withPassphrase,
} from '../command-options.ts';
import { loadWeb, makeDataFolder, type Strongroom, type Web } from '../engine.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { isInteractive } from '../host.ts';
import { readSmallFile } from '../keys/key-files.ts';
import { givenPassphrase } from '../keys/passphrase.ts';
import type { Session } from '../session.ts';
import type { Demo, Exposure } from '../web/index.ts';
import { readServePassword } from '../web/serve-password.ts';

interface ServeArguments extends VaultArguments {
  readonly port: number;
  readonly data?: string;
  readonly open: boolean;
  readonly demo?: boolean;
  readonly host?: string;
  readonly cert?: string;
  readonly certKey?: string;
  readonly behindProxy?: string;
  readonly passwordFile?: string;
}

export function registerServe(program: Command, start: Start): void {
  const serve = program
    .command('serve')
    .summary('the window, in your browser')
    .description(
      'Shows the window of Strongroom in a browser until it is stopped (Ctrl-C, or SIGTERM; exit code 0). Nobody but this computer can reach it, and only a browser that opens the printed address is let in. Watched folders are looked after as long as it runs.',
    )
    .option('--port <number>', 'port to listen on; 0 is any that is free', portNumber, 0)
    .option('--data <folder>', 'folder with the vault and the catalogue (or STRONGROOM_DATA)')
    .option('--no-open', 'only print the address, do not open the browser')
    .option('--demo', 'look around: with made backups in a folder that is thrown away at the end')
    .option('--host <address>', 'address to listen on for others, too; needs TLS or a proxy, and a password')
    .option('--cert <file>', 'certificate for TLS (PEM), with all that it is signed by')
    .option('--cert-key <file>', 'private key of the certificate (PEM)')
    .option('--behind-proxy <address>', 'https address under which a reverse proxy of yours is reached')
    .option('--password-file <file>', 'file whose first line is the password to sign in with')
    .option('-j, --jobs <number>', 'threads (default: one for each core)', positiveInteger);
  withExamples(
    withPassphrase(serve),
    [
      { run: 'serve', does: 'Prints the address and opens it.' },
      { run: 'serve --demo', does: 'The same with made backups: nothing of yours is touched.' },
      {
        run: 'serve --no-open --port 8099',
        does: 'On a server; then from your computer: ssh -L 8099:127.0.0.1:8099 SERVER',
      },
      {
        run: 'serve --host 0.0.0.0 --port 8443 --cert nas.pem --cert-key nas.key --password-file pw',
        does: 'For the browsers of your network.',
      },
    ],
    ['docs/serve.md says what it protects against, and how a reverse proxy is set up.'],
  ).action((args: ServeArguments) => start('serve', args, (session) => serveWindow(session, args)));
}

/** What one run of the command works with. */
interface Serving {
  readonly session: Session;
  readonly args: ServeArguments;
  readonly web: Web;
  readonly exposure: Exposure;
  readonly dataFolder: string;
  readonly demo: Demo | null;
}

/** To be told to stop is how serving ends well. */
async function serveWindow(session: Session, args: ServeArguments): Promise<ExitCode> {
  if (args.demo === true && args.data !== undefined) throw demoHasItsOwn();
  if (args.data === '') throw noDataFolder();
  const web = await loadWeb();
  const exposure = web.readExposure({
    host: args.host,
    certificate: await readPem(session, args.cert, 'the certificate'),
    privateKey: await readPem(session, args.certKey, 'the key of the certificate'),
    proxiedAs: args.behindProxy,
  });
  const { host } = session;
  const demo = args.demo === true ? await web.newDemo() : null;
  const given = args.data === undefined ? host.dataFolder : resolve(host.cwd, args.data);
  if (demo === null) makeDataFolder(given);
  try {
    await openAndServe({ session, args, web, exposure, demo, dataFolder: demo?.dataFolder ?? given });
  } finally {
    await demo?.remove();
  }
  return EXIT.good;
}

async function openAndServe(serving: Serving): Promise<void> {
  const { session, args, demo, dataFolder } = serving;
  const engine = await session.host.openStrongroom({
    dataFolder,
    signal: session.host.signal,
    ...(demo === null ? {} : { keychain: demo.keychain }),
    ...(args.jobs === undefined ? {} : { threads: args.jobs }),
  });
  try {
    await demo?.fill(engine);
    const passphrase = demo === null ? await givenPassphrase(session, args) : null;
    if (passphrase !== null) await engine.vault.unlock({ way: 'passphrase', passphrase });
    await serveEngine(serving, engine);
  } finally {
    await engine.close();
  }
}

async function serveEngine(
  { session, args, web, exposure, demo, dataFolder }: Serving,
  engine: Strongroom,
): Promise<void> {
  const { host, screen } = session;
  const isForOthers = exposure.kind !== 'this-computer';
  const password =
    isForOthers || args.passwordFile !== undefined
      ? await readServePassword(session, args.passwordFile, (typed) => engine.measureStrength(typed))
      : null;
  const { platform, locale, now } = host;
  const isDemo = demo !== null;
  const shell = await web.openWebShell({
    engine,
    dataFolder,
    isDemo,
    exposure,
    port: args.port,
    password,
    platform,
    locale,
    now,
  });
  try {
    const address = shell.newAddress();
    await screen.write(`Strongroom is at ${address} (Ctrl-C ends it)\n`);
    if (demo !== null)
      screen.note(
        `Everything here is made up. If you lock the vault: its passphrase is “${demo.passphrase}”.`,
      );
    if (args.open && web.canOpenBrowser(host)) web.openBrowser(address, host);
    await untilStopped(session, isForOthers ? null : () => shell.newAddress());
    if (shell.service.workInHand().jobCount > 0)
      screen.note('The files in work are finished first. Ctrl-C again ends at once.');
    await shell.service.endWork('pause');
  } finally {
    await shell.close();
  }
}

/** Enter at the terminal prints a new address, for another browser. */
async function untilStopped({ host, screen }: Session, newAddress: (() => string) | null): Promise<void> {
  const lines = newAddress !== null && isInteractive(host) ? createInterface({ input: host.stdin }) : null;
  lines?.on('line', () => screen.note(`For one more browser: ${newAddress?.() ?? ''}`));
  try {
    await new Promise<void>((resolve) => {
      if (host.signal.aborted) resolve();
      else host.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    lines?.close();
  }
}

async function readPem(
  session: Session,
  path: string | undefined,
  what: string,
): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  return session.wipeLater(await readSmallFile(resolve(session.host.cwd, path), what));
}

function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}

/** A variable of a script that was not set: it must not make the folder that the script stands in the data folder. */
function noDataFolder(): StrongroomError {
  return new StrongroomError('USAGE', 'No folder is named after --data.', {
    hint: 'Name the folder, or leave out --data for the one that all of Strongroom uses.',
  });
}

function demoHasItsOwn(): StrongroomError {
  return new StrongroomError(
    'USAGE',
    'The demo has a data folder of its own, which is thrown away at the end.',
    {
      hint: 'Leave out --data, or --demo.',
    },
  );
}
