// Writes docs/calls.md, the reference of all calls and events, from the contract itself: `node build/reference.ts`. A test holds
// that what is committed is what this makes.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import {
  contract,
  EVENT_KINDS,
  EVERY_CALL,
  type Call,
  type StrongroomEvent,
} from '../shared/contract/index.ts';
import { describeInput, NAMED_INPUTS } from './reference-types.ts';

export const REFERENCE_PATH = join(import.meta.dirname, '../docs/calls.md');

const AREAS: readonly { readonly title: string; readonly areas: readonly string[] }[] = [
  { title: 'The program, its settings, files', areas: ['app', 'settings', 'files'] },
  { title: 'The library', areas: ['library'] },
  { title: 'Verification', areas: ['verification'] },
  { title: 'Batches: migrate, encrypt, re-key', areas: ['batches'] },
  { title: 'Rotation of keys', areas: ['rotation'] },
  { title: 'The scheme: how long backups stay', areas: ['scheme'] },
  { title: 'Places and copies', areas: ['places', 'copies'] },
  { title: 'Jobs', areas: ['jobs'] },
  { title: 'Watched folders', areas: ['watching'] },
  { title: 'Places and copies', areas: ['places', 'copies'] },
  { title: 'The vault', areas: ['vault'] },
  { title: 'Keys', areas: ['keys'] },
];

const EVENTS: Readonly<Record<StrongroomEvent['kind'], string>> = {
  job: 'A job, one of its items or its progress has changed (`event: JobEvent`); progress at most ten times a second for each job.',
  scan: 'How far a scan is (`progress`); null: none runs any more.',
  match: 'How far the trying of keys is (`progress`); null: it has ended.',
  plan: 'How far planning is (`progress`); null: it has ended.',
  library: 'What is known of these contents has changed (`identities`); null: of any.',
  vault: 'The vault was `locked`, `unlocked` or `changed` (`why`).',
  settings: 'All settings after a change (`settings`).',
  watch: 'Something happened in a watched folder (`event: WatchEvent`).',
  'watch-state': 'Ask `watching.state` again.',
  notice: 'Something that a person should hear of (`notice: Notice`).',
  open: 'Files that were opened with the program (`paths`). Before the first `app.start` they wait for it.',
  command: 'A menu, the tray or another start of the program asks the interface for something (`command`).',
};

const calls: readonly (readonly [string, Call])[] = Object.entries(contract);

/** The whole page, formatted as the project formats Markdown. */
export async function renderReference(): Promise<string> {
  const lines = [
    '# Calls between the interface and the engine',
    '',
    'Made by `node build/reference.ts` from `shared/contract/`; do not edit it by hand.',
    '',
    'A call is a name and an input; the reply is `{ ok: true, value }` or `{ ok: false, error: PlainError }`. Electron’s IPC and the WebSocket',
    'of the web shell carry the same calls. An input is taken only when it is exactly what stands here: a field too much is refused like one of',
    'the wrong form. Types of answers are in `shared/`. Besides the errors that are listed, every call may give',
    `${EVERY_CALL.map(code).join(', ')}.`,
    '',
    ...AREAS.flatMap(({ title, areas }) => section(title, areas)),
    '## Events',
    '',
    '| event | means |',
    '| --- | --- |',
    ...EVENT_KINDS.map((kind) => `| ${code(kind)} | ${EVENTS[kind]} |`),
    '',
    '## Words used in inputs',
    '',
    '| word | means |',
    '| --- | --- |',
    ...NAMED_INPUTS.map(
      ({ name, schema }) => `| ${code(name)} | ${cell(describeInput(schema, 'in full'))} |`,
    ),
    '',
  ];
  const options = await resolveConfig(REFERENCE_PATH);
  return format(lines.join('\n'), { ...options, parser: 'markdown' });
}

function section(title: string, areas: readonly string[]): string[] {
  const own = calls.filter(([name]) => areas.some((area) => name.startsWith(`${area}.`)));
  return [`## ${title}`, '', ...own.flatMap(([name, call]) => entry(name, call))];
}

function entry(name: string, { summary, input, answer, errors }: Call): string[] {
  const own = [...new Set(errors)];
  return [
    `### ${code(name)}`,
    '',
    summary,
    '',
    `- input: ${code(describeInput(input))}`,
    `- answer: ${code(answer.typeName)}`,
    ...(own.length === 0 ? [] : [`- errors: ${own.map(code).join(', ')}`]),
    '',
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

/** In a table a bar ends the cell. */
function cell(text: string): string {
  return code(text.replaceAll('|', '\\|'));
}

if (import.meta.main) await writeFile(REFERENCE_PATH, await renderReference());
