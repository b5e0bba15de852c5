// Schemas of inputs as text for the reference page, in the manner of TypeScript, with their limits.

import type * as v from 'valibot';

import {
  BACKUP_FORMAT,
  COUNT_OF_DAYS,
  IDENTITIES,
  IDENTITY,
  JOB_ID,
  KEY_ID,
  LABEL,
  LIBRARY_FILTER,
  LIMIT,
  ORIGINALS,
  PATH,
  PATHS,
  SECRET,
  VERIFY_LEVEL,
  WHICH_BACKUPS,
} from '../shared/contract/inputs.ts';

/** Those that are called by a name on the page, which explains each once. */
export const NAMED_INPUTS: readonly { readonly name: string; readonly schema: v.GenericSchema }[] = [
  { name: 'Path', schema: PATH },
  { name: 'Paths', schema: PATHS },
  { name: 'Identity', schema: IDENTITY },
  { name: 'Identities', schema: IDENTITIES },
  { name: 'KeyId', schema: KEY_ID },
  { name: 'Label', schema: LABEL },
  { name: 'Secret', schema: SECRET },
  { name: 'JobId', schema: JOB_ID },
  { name: 'Limit', schema: LIMIT },
  { name: 'Days', schema: COUNT_OF_DAYS },
  { name: 'Level', schema: VERIFY_LEVEL },
  { name: 'Originals', schema: ORIGINALS },
  { name: 'Format', schema: BACKUP_FORMAT },
  { name: 'Filter', schema: LIBRARY_FILTER },
  { name: 'WhichBackups', schema: WHICH_BACKUPS },
];

/** What is read of a schema here, whatever its kind. */
interface AnySchema {
  readonly type: string;
  readonly pipe?: readonly (AnySchema & { readonly requirement?: unknown })[];
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly options?: readonly (v.GenericSchema | string)[];
  readonly item?: v.GenericSchema;
  readonly wrapped?: v.GenericSchema;
  readonly literal?: unknown;
}

/** @param how whether a schema that has a name is spelled out all the same */
export function describeInput(schema: v.GenericSchema, how: 'by name' | 'in full' = 'by name'): string {
  const named = NAMED_INPUTS.find((one) => one.schema === schema);
  if (named !== undefined && how === 'by name') return named.name;
  const { type, pipe, entries = {}, options = [], item, wrapped, literal } = schema as unknown as AnySchema;
  if (pipe !== undefined) {
    const [first, ...limits] = pipe;
    const base = describeInput({ ...first, pipe: undefined } as unknown as v.GenericSchema);
    return [...new Set([base, ...limits.map(describeLimit)])].join(', ');
  }
  switch (type) {
    case 'strict_object':
      return describeObject(entries);
    case 'array':
      return `${bracketed(describeInput(item!))}[]`;
    case 'nullable':
      return `${describeInput(wrapped!)} | null`;
    case 'exact_optional':
      return describeInput(wrapped!);
    case 'picklist':
      return options.map((option) => JSON.stringify(option)).join(' | ');
    case 'variant':
      return options.map((option) => describeInput(option as v.GenericSchema)).join(' | ');
    case 'literal':
      return JSON.stringify(literal);
    case 'string':
    case 'number':
    case 'boolean':
      return type;
    default:
      throw new Error(`The reference page has no words for a schema of the type “${type}”.`);
  }
}

function describeObject(entries: Readonly<Record<string, v.GenericSchema>>): string {
  const fields = Object.entries(entries).map(([name, schema]) => {
    const isOptional = (schema as unknown as AnySchema).type === 'exact_optional';
    return `${name}${isOptional ? '?' : ''}: ${describeInput(schema)}`;
  });
  return fields.length === 0 ? '{}' : `{ ${fields.join('; ')} }`;
}

function describeLimit({ type, requirement }: AnySchema & { readonly requirement?: unknown }): string {
  const limit = String(requirement);
  switch (type) {
    case 'min_length':
      return `at least ${limit} long`;
    case 'max_length':
      return `at most ${limit} long`;
    case 'min_value':
      return `from ${limit}`;
    case 'max_value':
      return `to ${limit}`;
    case 'integer':
    case 'safe_integer':
      return 'whole';
    case 'regex':
      return `like ${limit}`;
    case 'uuid':
      return 'a UUID';
    case 'iso_timestamp':
      return 'ISO 8601 with seconds';
    case 'check':
      return 'absolute and without NUL';
    default:
      throw new Error(`The reference page has no words for a limit of the type “${type}”.`);
  }
}

function bracketed(text: string): string {
  return /[ |,]/.test(text) && !text.startsWith('{') ? `(${text})` : text;
}
