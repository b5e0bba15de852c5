// Inputs for every call, made from its schema: good ones, and each of them with one thing wrong.

import type * as v from 'valibot';

interface AnySchema {
  readonly type: string;
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
  readonly entries?: Readonly<Record<string, AnySchema>>;
  readonly options?: readonly (AnySchema | string)[];
  readonly item?: AnySchema;
  readonly wrapped?: AnySchema;
  readonly literal?: unknown;
}

export interface WrongInput {
  readonly why: string;
  readonly input: unknown;
}

/** Inputs that the call takes: with and without what may be left out, and one of each kind. */
export function goodInputs(schema: v.GenericSchema): unknown[] {
  return samples(schema);
}

/** Inputs that it must refuse. */
export function wrongInputs(schema: v.GenericSchema): WrongInput[] {
  return [...wrong(schema), ...NOT_EVEN_AN_OBJECT];
}

const NOT_EVEN_AN_OBJECT: readonly WrongInput[] = [
  ...[undefined, null, 0, '', 'text', true, [], [{}], new Map(), new Date(0)],
].map((input) => ({ why: `no object: ${Object.prototype.toString.call(input)}`, input }));

function samples(schema: AnySchema): unknown[] {
  const { type, entries, options = [], item, wrapped, literal } = schema;
  switch (type) {
    case 'strict_object':
      return objectSamples(entries ?? {});
    case 'array':
      return [[samples(item!)[0]]];
    case 'nullable':
      return [null, ...samples(wrapped!)];
    case 'picklist':
      return [...options];
    case 'variant':
      return options.flatMap((option) => samples(option as AnySchema));
    case 'literal':
      return [literal];
    case 'boolean':
      return [true, false];
    case 'number':
      return [limitOf(schema, 'min_value') ?? 1];
    case 'string':
      return [textSample(schema)];
    default:
      throw new Error(`no sample for ${type}`);
  }
}

function objectSamples(entries: Readonly<Record<string, AnySchema>>): unknown[] {
  const all = Object.entries(entries);
  const needed = all.filter(([, { type }]) => type !== 'exact_optional');
  const withSamples = all.map(([name, field]) => [name, samples(inner(field))] as const);
  const full = Object.fromEntries(withSamples.map(([name, [first]]) => [name, first]));
  const least = Object.fromEntries(needed.map(([name]) => [name, full[name]]));
  const others = withSamples.flatMap(([name, values]) =>
    values.slice(1).map((value) => ({ ...full, [name]: value })),
  );
  return [full, least, ...others];
}

function textSample(schema: AnySchema): string {
  const kinds = (schema.pipe ?? []).map(({ type }) => type);
  if (kinds.includes('regex')) return 'abcdef0123456789';
  if (kinds.includes('uuid')) return '00000000-0000-4000-8000-000000000000';
  if (kinds.includes('iso_timestamp')) return '2026-01-01T00:00:00.000Z';
  return kinds.includes('check') ? '/nowhere/at/all' : 'x';
}

function wrong(schema: AnySchema): WrongInput[] {
  const { type, entries = {}, options = [], item, wrapped } = schema;
  switch (type) {
    case 'strict_object':
      return wrongObjects(schema, entries);
    case 'variant':
      return options.flatMap((option) => wrong(option as AnySchema));
    case 'nullable':
    case 'exact_optional':
      return wrong(wrapped!).filter(({ input }) => input !== null);
    case 'array':
      return [
        ...wrongTypes('list'),
        ...(limitOf(schema, 'min_length') === 1 ? [{ why: 'an empty list', input: [] }] : []),
        ...wrong(item!).map(({ why, input }) => ({ why: `in a list: ${why}`, input: [input] })),
      ];
    case 'picklist':
    case 'literal':
      return [...wrongTypes('choice'), { why: 'no such choice', input: 'no-such-choice' }];
    case 'boolean':
      return wrongTypes('boolean');
    case 'number':
      return [...wrongTypes('number'), ...wrongNumbers(schema)];
    case 'string':
      return [...wrongTypes('string'), ...wrongTexts(schema)];
    default:
      throw new Error(`nothing wrong known for ${type}`);
  }
}

function wrongObjects(schema: AnySchema, entries: Readonly<Record<string, AnySchema>>): WrongInput[] {
  const good = samples(schema)[0] as Record<string, unknown>;
  const foreign = ['unknown', '__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];
  const fields = Object.entries(entries).flatMap(([name, field]) => [
    ...wrong(field).map(({ why, input }) => ({ why: `${name}: ${why}`, input: { ...good, [name]: input } })),
    { why: `${name}: undefined`, input: { ...good, [name]: undefined } },
    ...(field.type === 'exact_optional' ? [] : [{ why: `without ${name}`, input: without(good, name) }]),
  ]);
  return [
    ...foreign.map((name) => ({ why: `with a field “${name}”`, input: withOwn(good, name) })),
    { why: 'an object of a class', input: Object.assign(Object.create({ inherited: 1 }) as object, good) },
    ...fields,
  ];
}

function wrongTypes(own: 'list' | 'choice' | 'boolean' | 'number' | 'string'): WrongInput[] {
  const values: readonly unknown[] = [null, 0.5, true, 'no such text', {}, [], ['x'], [[]]];
  const isOwn = (value: unknown): boolean =>
    own === 'list' ? Array.isArray(value) : typeof value === (own === 'choice' ? 'none' : own);
  return values
    .filter((value) => !isOwn(value))
    .filter((value) => !(own === 'choice' && value === true)) // the one literal there is
    .map((input) => ({ why: `${JSON.stringify(input)} for a ${own}`, input }));
}

function wrongNumbers(schema: AnySchema): WrongInput[] {
  const least = limitOf(schema, 'min_value');
  const most = limitOf(schema, 'max_value');
  const values = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    ...(least === null ? [] : [least - 1, least + 0.5]),
    ...(most === null ? [] : [most + 1]),
  ];
  return values.map((input) => ({ why: `the number ${input}`, input }));
}

function wrongTexts(schema: AnySchema): WrongInput[] {
  const kinds = (schema.pipe ?? []).map(({ type }) => type);
  const most = limitOf(schema, 'max_length');
  const good = textSample(schema);
  return [
    ...(limitOf(schema, 'min_length') === null ? [] : [{ why: 'an empty text', input: '' }]),
    ...(most === null ? [] : [{ why: 'a text that is too long', input: good.padEnd(most + 1, 'x') }]),
    ...(kinds.includes('check')
      ? [
          { why: 'a relative path', input: '../up' },
          { why: 'a path with NUL', input: '/a\0b' },
        ]
      : []),
    ...(kinds.some((kind) => ['regex', 'uuid', 'iso_timestamp'].includes(kind))
      ? [{ why: 'another form', input: 'not-of-that-form!' }]
      : []),
  ];
}

function limitOf({ pipe = [] }: AnySchema, type: string): number | null {
  const found = pipe.find((part) => part.type === type)?.requirement;
  return typeof found === 'number' ? found : null;
}

function inner(field: AnySchema): AnySchema {
  return field.type === 'exact_optional' ? field.wrapped! : field;
}

function without(object: Record<string, unknown>, name: string): unknown {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}

/** An own property whatever its name, as a parser of JSON makes it. */
function withOwn(object: Record<string, unknown>, name: string): unknown {
  const copy = { ...object };
  Object.defineProperty(copy, name, { value: {}, enumerable: true, configurable: true, writable: true });
  return copy;
}
