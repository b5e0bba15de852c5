// backup.json and snapshot.json: ten years of variants read into one shape, and rewritten with the least possible
// change. Values of the wrong type are damage; unknown keys are kept, and nothing here ever prints a secret.

import { applyEdits, modify } from 'jsonc-parser';
import * as v from 'valibot';

import type { BackupMetadata } from '../../shared/backup.ts';
import { StrongroomError } from '../../shared/errors.ts';

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
    throw new StrongroomError('DAMAGED_METADATA', `${fileName} is damaged: it is not valid JSON.`, {
      hint: HINT,
    });
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
      writtenBy: raw.supervisor_version == null && fileName === 'backup.json' ? 'core' : 'supervisor',
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
  const before = bytes.toString('utf8');
  const raw = JSON.parse(before) as { protected?: unknown; crypto?: unknown };
  const options = { formattingOptions: { insertSpaces: true, tabSize: 2, keepLines: true } };
  let after = before;
  if (isProtected(raw.protected) !== isNowProtected) {
    after = applyEdits(after, modify(after, ['protected'], isNowProtected, options));
  }
  if ('crypto' in raw) after = applyEdits(after, modify(after, ['crypto'], undefined, options));
  return after === before ? bytes : Buffer.from(after, 'utf8');
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

/** Dates come as UTC, with an offset, or, very old, without any (then UTC). */
function toInstant(value: string): string | null {
  const withZone = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(value) ? `${value}Z` : value;
  const instant = new Date(withZone.replace(' ', 'T'));
  return Number.isNaN(instant.getTime()) ? null : instant.toISOString();
}

const HINT = 'Download the backup again. If that is not possible, “strongroom salvage” saves what it holds.';
