// Level deep, the texts: what Home Assistant would choke on is found, what it reads without complaint is not called
// broken, and nothing of a file's content is repeated.

import { describe, expect, test } from 'vitest';

import { HOME_ASSISTANT, check, metadata, write } from './crafted-backups.ts';
import { backupOf, deep, findings } from './deep-samples.ts';

describe('JSON in .storage', () => {
  test.each([
    ['cut off', '{"data": {"password": "hunter2"', 'It is not valid JSON.'],
    ['with something behind', '{"data":1} hunter2', 'It is not valid JSON.'],
    ['empty', '', 'It is empty.'],
    ['of zeros, as power cuts leave it', Buffer.alloc(300), 'It holds only zeros.'],
  ])('%s is found', async (_, content, message) => {
    const name = 'data/.storage/core.config_entries';
    const result = await deep({ 'data/.storage/auth': '{"a":1}', [name]: content });
    expect(result.members[0]?.deep).toEqual({
      jsonChecked: 2,
      sqliteChecked: 0,
      yamlChecked: 0,
      findings: [{ entry: name, kind: 'json', message }],
    });
    expect(result).toMatchObject({ status: 'damaged', error: { code: 'DAMAGED_PAYLOAD' } });
    expect(result.members[0]?.status).toBe('damaged');
    expect(result.error?.message).toBe(`“${name}” was already broken when the backup was made: ${message}`);
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('what is no JSON by its nature, or is set aside, is no damage', async () => {
    expect(
      await findings({
        'data/.storage/core.config_entries': '\uFEFF {"data": [1, 2.0, "ä"]}\n',
        'data/.storage/core.config.corrupt.2024-05-01T10:00:00+00:00': '{"half": ',
        'data/.storage/tmpab12cd_9': '{"half": ',
        'data/.storage/lovelace.bak': '{',
        'data/.storage/image.png': Buffer.from('89504e470d0a', 'hex'),
        'data/.storage/some.key': 'not json',
        'data/.storage/some.lock': '',
        'data/.storage/folder/deeper.json': '{"not": "a storage file"',
        'data/www/broken.json': '{',
      }),
    ).toEqual([]);
  });

  test('several findings are all in the result, and the error counts them', async () => {
    const result = await deep({ 'data/.storage/a': '{', 'data/.storage/b': '[', 'data/.storage/c': '{' });
    expect(result.members[0]?.deep?.findings).toHaveLength(3);
    expect(result.error?.message).toMatch(/^“data\/\.storage\/a” and 2 more was already broken/);
  });

  test('where no checksum vouches for the bytes, the blame is left open', async () => {
    const result = await deep({ 'data/.storage/a': '{' }, 'homeassistant.tar');
    expect(result.remarks.map(({ code }) => code)).toEqual(['NO_CHECKSUM']);
    expect(result.error?.message).toBe('“data/.storage/a” is broken: It is not valid JSON.');
    expect(result.error?.hint).toContain('or was damaged since');
  });
});

describe('YAML at the top', () => {
  test.each([
    ['a tab', 'homeassistant:\n\tname: hunter2\n', 'line 2, tab as indent'],
    ['a quote that is open', 'a: 1\nb: "hunter2\n', 'line 3, missing char'],
    ['a list in a mapping', 'a:\n  b: 1\n - hunter2\n', 'line 3,'],
    ['a template without quotes', 'a: {{ states("x") }}}\n', 'line 1,'],
  ])('%s is found, with its line', async (_, content, says) => {
    const [finding, ...others] = await findings({ 'data/configuration.yaml': content });
    expect(finding).toContain('data/configuration.yaml yaml: It is not valid YAML (');
    expect(finding).toContain(says);
    expect(finding).not.toContain('hunter2');
    expect(others).toEqual([]);
  });

  test('everything that Home Assistant reads is fine', async () => {
    const yaml = [
      'homeassistant: !include home.yaml',
      'group: !include_dir_merge_named groups/',
      'password: !secret x',
      'port: !env_var PORT 8123',
      'input: !input motion_entity',
      'list: [',
      '  1,',
      ']',
      'template: "{{ states(\'a\') }}"',
      'old: on',
      'twice: 1',
      'twice: 2',
      'text: |',
      '  {{ x }}',
      'anchor: &a {b: 1}',
      'merged:',
      '  <<: *a',
    ].join('\n');
    expect(
      await findings({
        'data/configuration.yaml': yaml,
        'data/empty.yaml': '',
        'data/only.yml': '# comment',
      }),
    ).toEqual([]);
    expect(await findings({ 'data/configuration.yaml': 'rows: [\n1,\n2\n]\nafter: 1\n' })).toEqual([]);
    const result = await deep({ 'data/configuration.yaml': yaml, 'data/packages/broken.yaml': '\t{' });
    expect(result.members[0]?.deep?.yamlChecked).toBe(1);
  });

  test('only Home Assistant’s own: other members may hold what they like', async () => {
    const result = await deep({ './broken.yaml': '\ta: {' }, 'share.tar.gz');
    expect(result).toMatchObject({ status: 'good', members: [{ deep: { yamlChecked: 0 } }] });
  });

  test('a file that nests without end is refused, not a crash', async () => {
    const result = await deep({
      'data/deep.yaml': '['.repeat(50_000),
      'data/.storage/deep': '['.repeat(50_000),
    });
    expect(result.members[0]?.deep?.findings).toHaveLength(2);
  });
});

test('the other levels look into no file', async () => {
  const path = await backupOf({ 'data/.storage/a': '{', 'data/configuration.yaml': '\t' });
  for (const level of ['quick', 'full'] as const) {
    const result = await check(path, level);
    expect(result).toMatchObject({ status: 'good', members: [{ deep: null }] });
  }
  expect((await check(await write([HOME_ASSISTANT, metadata()]), 'deep')).status).toBe('good');
});
