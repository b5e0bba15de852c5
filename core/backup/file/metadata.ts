// backup.json and snapshot.json: ten years of variants read into one shape, and rewritten with the least possible
// change. Values of the wrong type are damage; unknown keys are kept, and nothing here ever prints a secret.

import { parseTree, type Node } from 'jsonc-parser';
import * as v from 'valibot';

import type { BackupMetadata } from '../../../shared/backup.ts';
import { StrongroomError } from '../../../shared/errors.ts';

/** Real metadata has some kilobytes; the Supervisor's own limit is far below this. */
export const MAX_METADATA_BYTES = 16 * 1024 * 1024;

const text = v.string();
const optionalText = v.nullish(v.string());

const schema = v.looseObject({
  slug: text,
  name: v.optional(text, ''),
  date: v.optional(text, ''),
  type: v.optional(v.picklist(['full', 'partial']), 'full'),
  version: v.optional(v.number(), 1),
  supervisor_version: optionalText,
  compressed: v.optional(v.boolean(), true),
  protected: v.optional(v.nullable(v.union([v.boolean(), v.string()])), false),
  crypto: optionalText,
  homeassistant: v.optional(
    v.nullable(
      v.looseObject({
        version: optionalText,
        exclude_database: v.nullish(v.boolean()),
        refresh_token: v.optional(v.unknown()),
      }),
    ),
    null,
  ),
  folders: v.optional(v.array(text), []),
  addons: v.optional(
    v.array(
      v.looseObject({
        slug: text,
        name: v.optional(text, ''),
        version: v.optional(v.union([v.string(), v.number()]), ''),
        size: v.nullish(v.number()),
      }),
    ),
    [],
  ),
  repositories: v.optional(v.array(text), []),
  extra: v.optional(v.nullable(v.record(v.string(), v.unknown())), {}),
  docker: v.optional(v.nullable(v.looseObject({ registries: v.optional(v.unknown()) }))),
});

export interface ParsedMetadata {
  readonly metadata: BackupMetadata;
  /** What stands in it that nobody else should read, by name only. */
  readonly secrets: readonly string[];
}

/** @throws DAMAGED_METADATA */
export function parseMetadata(bytes: Buffer, fileName: BackupMetadata['fileName']): ParsedMetadata {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the content, which may hold secrets.
    throw notJson(fileName);
  }
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const field = v.getDotPath(result.issues[0]) ?? 'the whole file';
    throw new StrongroomError(
      'DAMAGED_METADATA',
      `${fileName} is damaged: “${field}” is not what it should be.`,
      {
        hint: HINT,
        details: { field },
      },
    );
  }
  const raw = result.output;
  const extra = raw.extra ?? {};
  const requested = extra['supervisor.backup_request_date'];
  const instance = extra['instance_id'];
  const automatic = extra['with_automatic_settings'];
  const homeAssistant = raw.homeassistant;
  return {
    metadata: {
      fileName,
      writtenBy: isFromCore(json, fileName) ? 'core' : 'supervisor',
      slug: raw.slug,
      name: raw.name,
      date: toInstant(raw.date),
      requestedDate: typeof requested === 'string' ? toInstant(requested) : null,
      type: raw.type,
      metadataVersion: raw.version,
      supervisorVersion: raw.supervisor_version ?? null,
      homeAssistantVersion: homeAssistant?.version ?? null,
      excludesDatabase: homeAssistant?.exclude_database ?? false,
      compressed: raw.compressed,
      protected: isProtected(raw.protected),
      addons: raw.addons.map((addon) => ({
        slug: addon.slug,
        name: addon.name,
        version: String(addon.version),
        sizeMegabytes: addon.size ?? null,
      })),
      folders: raw.folders,
      repositories: raw.repositories,
      instanceId: typeof instance === 'string' ? instance : null,
      automatic: typeof automatic === 'boolean' ? automatic : null,
    },
    secrets: findSecrets(raw),
  };
}

/**
 * The metadata with another state of protection: `protected` changes, `crypto` goes, every other byte stays.
 * @throws DAMAGED_METADATA
 */
export function rewriteMetadata(bytes: Buffer, isNowProtected: boolean): Buffer {
  const whole = bytes.toString('utf8');
  const bom = whole.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = whole.slice(bom.length);
  const fields = topLevelFields(text);
  const edits: Edit[] = [];
  for (const [index, { key, value, from, to }] of fields.entries()) {
    if (key === 'protected' && isProtected(valueOf(value)) !== isNowProtected)
      edits.push({ from: value.offset, to: value.offset + value.length, text: String(isNowProtected) });
    if (key !== 'crypto') continue;
    // With the comma before it, or, where nothing that stays is before it, the one after it.
    const isFirst = fields.slice(0, index).every((field) => field.key === 'crypto');
    if (isFirst) edits.push({ from, to: fields[index + 1]?.from ?? to, text: '' });
    else edits.push({ from: fields[index - 1]?.to ?? from, to, text: '' });
  }
  let rewritten = text;
  for (const edit of edits.toReversed())
    rewritten = rewritten.slice(0, edit.from) + edit.text + rewritten.slice(edit.to);
  if (isNowProtected && !fields.some(({ key }) => key === 'protected')) {
    const separator = fields.some(({ key }) => key !== 'crypto') ? ', ' : '';
    rewritten = rewritten.replace('{', `{"protected": true${separator}`);
  }
  return rewritten === text ? bytes : Buffer.from(bom + rewritten, 'utf8');
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

interface Field {
  readonly key: unknown;
  readonly value: Node;
  /** Of the whole field, key and value, in the text. */
  readonly from: number;
  readonly to: number;
}

/** All of them, in order; a key may come more than once. */
function topLevelFields(text: string): Field[] {
  const root = isJson(text) ? parseTree(text) : undefined;
  if (root?.type !== 'object') throw notJson('The metadata');
  return (root.children ?? []).map(({ children, offset, length }) => {
    const [key, value] = children ?? [];
    if (key === undefined || value === undefined) throw notJson('The metadata');
    return { key: key.value as unknown, value, from: offset, to: offset + length };
  });
}

/** The tree's parser forgives what JSON does not allow. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function valueOf(node: Node): unknown {
  return node.type === 'object' || node.type === 'array' ? null : (node.value as unknown);
}

/** Core writes none of these; Supervisors of 2021 did not yet write their version, but all the others. */
function isFromCore(json: unknown, fileName: BackupMetadata['fileName']): boolean {
  const fields = json as Record<string, unknown>;
  const written = ['supervisor_version', 'folders', 'addons', 'repositories'].some((key) => key in fields);
  return fileName === 'backup.json' && !written;
}

/** Old Supervisors wrote a string where the backup was protected. */
function isProtected(value: unknown): boolean {
  return typeof value === 'string' ? value !== '' : value === true;
}

function findSecrets(raw: v.InferOutput<typeof schema>): string[] {
  const secrets: string[] = [];
  const registries = raw.docker?.registries;
  if (typeof registries === 'object' && registries !== null) {
    for (const [registry, login] of Object.entries(registries)) {
      if (typeof login === 'object' && login !== null && 'password' in login) {
        secrets.push(`the password of the container registry ${registry}`);
      }
    }
  }
  const token = raw.homeassistant?.refresh_token;
  if (typeof token === 'string' && token !== '') secrets.push('a Home Assistant refresh token');
  return secrets;
}

function notJson(what: string): StrongroomError {
  return new StrongroomError('DAMAGED_METADATA', `${what} is damaged: it is not valid JSON.`, { hint: HINT });
}

/** Dates come as UTC, with an offset, or, very old, without any (then UTC). */
function toInstant(value: string): string | null {
  const [, day, time, zone] = DATE.exec(value.trim()) ?? [];
  if (day === undefined) return null;
  const colonZone = (zone ?? 'Z').toUpperCase().replace(/^([+-]\d{2}):?(\d{2}).*$/, '$1:$2');
  const instant = new Date(time === undefined ? day : `${day}T${time}${colonZone}`);
  return Number.isNaN(instant.getTime()) ? null : instant.toISOString();
}

/** As Python's isoformat writes it, and what people and scripts make of it; never a guess in local time. */
const DATE =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)(Z|[+-]\d{2}:?\d{2}(?::\d{2}(?:\.\d+)?)?)?)?$/i;

const HINT = 'Download the backup again. If that is not possible, salvaging saves what it holds.';
