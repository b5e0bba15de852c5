// The layers rule: every wrong turn gets the message that says what to do instead; right turns pass.

import { join } from 'node:path';
import { RuleTester, type Rule } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, it } from 'vitest';

// @ts-expect-error -- a rule in plain JavaScript, for ESLint to load as it is
import layers from '../../build/lint/layers.js';

const ROOT = join(import.meta.dirname, '../..');
const rule = layers as Rule.RuleModule;

RuleTester.describe = describe;
RuleTester.it = it;

const tester = new RuleTester({
  languageOptions: { parser: tseslint.parser, ecmaVersion: 2024, sourceType: 'module' },
});
const at = (filename: string, code: string): { code: string; filename: string } => ({
  code,
  filename: join(ROOT, filename),
});
const wrong = (filename: string, code: string, messageId: string, data?: Record<string, string>) => ({
  ...at(filename, code),
  errors: [data === undefined ? { messageId } : { messageId, data }],
});

tester.run('layers', rule, {
  valid: [
    at('shared/backup.ts', "import type { PlainError } from './errors.ts';"),
    at('core/backup/verify.ts', "import { x } from '../../shared/errors.ts';"),
    at('core/backup/verify.ts', "import { x } from './layout.ts';"),
    at('core/backup/verify.ts', "import { x } from '../tar/index.ts';"),
    at('core/backup/verify.ts', "import { open } from 'node:fs/promises';"),
    at('core/strongroom.ts', "import { x } from './backup/index.ts'; import { y } from './jobs/index.ts';"),
    at('core/strongroom.ts', "import { x } from './worker.ts';"),
    at(
      'core/library/add-folder.ts',
      "import { x } from '../backup/index.ts'; import { y } from '../jobs/index.ts';",
    ),
    at(
      'core/service/service.ts',
      "import { x } from '../library/index.ts'; import type { y } from '../strongroom.ts'; import { z } from './background/index.ts';",
    ),
    at('build/reference.ts', "import { x } from '../shared/contract/index.ts';"),
    at(
      'cli/main.ts',
      "import { x } from '../core/strongroom.ts'; import { y } from '../core/backup/index.ts';",
    ),
    at('electron/main.ts', "import { app } from 'electron'; import { x } from '../core/strongroom.ts';"),
    at('renderer/app.ts', "import { x } from '../shared/contract.ts'; import { y } from 'svelte';"),
    at('test/anything.test.ts', "import { x } from '../core/backup/layout.ts'; import 'node:fs';"),
    at('eslint.config.js', "import layers from './build/lint/layers.js';"),
    at('shared/x.ts', 'export const electron = 1; export { electron as y };'),
    at('shared/x.ts', 'import(name);'),
  ],
  invalid: [
    // Upward and sideways between layers.
    wrong('shared/x.ts', "import { x } from '../core/strongroom.ts';", 'layer', {
      from: 'shared',
      to: 'core',
      allowed: 'it imports nothing of the others',
    }),
    wrong('core/backup/x.ts', "import { x } from '../../cli/main.ts';", 'layer', {
      from: 'core',
      to: 'cli',
      allowed: 'it may use shared',
    }),
    wrong('renderer/x.ts', "import { x } from '../core/strongroom.ts';", 'layer'),
    wrong('renderer/x.ts', "import { x } from '../electron/main.ts';", 'layer'),
    wrong('cli/x.ts', "import { x } from '../electron/main.ts';", 'layer', {
      from: 'cli',
      to: 'electron',
      allowed: 'it may use core, shared',
    }),
    wrong('core/x.ts', "import { x } from '../test/support/fixtures.ts';", 'layer'),
    // In every way of importing.
    wrong('shared/x.ts', "import type { X } from '../core/strongroom.ts';", 'layer'),
    wrong('shared/x.ts', "import '../core/strongroom.ts';", 'layer'),
    wrong('shared/x.ts', "export { x } from '../core/strongroom.ts';", 'layer'),
    wrong('shared/x.ts', "export * from '../core/strongroom.ts';", 'layer'),
    wrong('shared/x.ts', "void import('../core/strongroom.ts');", 'layer'),
    wrong('shared/x.ts', "type X = import('../core/strongroom.ts').X;", 'layer'),
    // Hosts.
    wrong('core/x.ts', "import { app } from 'electron';", 'electron'),
    wrong('renderer/x.ts', "import { ipcRenderer } from 'electron/renderer';", 'electron'),
    wrong('shared/x.ts', "import { readFile } from 'node:fs';", 'node', { from: 'shared', name: 'node:fs' }),
    wrong('shared/x.ts', "import { readFile } from 'fs';", 'node', { from: 'shared', name: 'fs' }),
    wrong('renderer/x.ts', "import { join } from 'node:path';", 'node'),
    // Rooms of core.
    wrong('core/securetar/x.ts', "import { x } from '../tar/index.ts';", 'room', {
      from: 'securetar',
      to: 'tar',
      allowed: 'it uses no other room',
    }),
    wrong('core/backup/x.ts', "import { x } from '../jobs/index.ts';", 'room', {
      from: 'backup',
      to: 'jobs',
      allowed: 'it may use securetar, gzip, tar, streams, files',
    }),
    wrong('core/tar/x.ts', "import { x } from '../backup/index.ts';", 'room'),
    wrong('core/backup/x.ts', "import { x } from '../strongroom.ts';", 'up', {
      from: 'backup',
      to: 'strongroom.ts',
    }),
    wrong('core/service/x.ts', "import { x } from '../backup/index.ts';", 'room', {
      from: 'service',
      to: 'backup',
      allowed: 'it may use library, vault, files, streams',
    }),
    wrong('core/library/x.ts', "import { x } from '../service/index.ts';", 'room'),
    wrong('core/vault/x.ts', "import { x } from '../service/index.ts';", 'room'),
    wrong('core/strongroom.ts', "import { x } from './service/index.ts';", 'room'),
    // Doors.
    wrong('electron/x.ts', "import { x } from '../core/service/log.ts';", 'door', { to: 'service' }),
    wrong('core/backup/x.ts', "import { x } from '../tar/pax.ts';", 'door', { to: 'tar' }),
    wrong('core/strongroom.ts', "import { x } from './backup/verify.ts';", 'door', { to: 'backup' }),
    wrong('cli/x.ts', "import { x } from '../core/backup/verify.ts';", 'door', { to: 'backup' }),
    wrong('core/library/x.ts', "import { x } from '../backup/verify.ts';", 'door', { to: 'backup' }),
  ],
});
