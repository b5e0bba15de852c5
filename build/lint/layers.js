// The layers of ARCHITECTURE.md as a lint rule: the place of a file says what it may import. The messages say
// what to do instead, because whoever meets one is about to take a wrong turn.

import { isBuiltin } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Folder → layers it may import from, besides itself. */
const MAY_IMPORT = {
  shared: [],
  core: ['shared'],
  electron: ['core', 'shared'],
  cli: ['core', 'shared'],
  renderer: ['shared'],
  build: ['shared'],
};

/** Where the rooms of core meet: it may use all that are named below. */
const MEETING_ROOM = 'library';

/** What windows see of the engine: above the meeting room and core/strongroom.ts; no room may use it. */
const TOP_ROOM = 'service';
const TOP_MAY_USE = ['library', 'vault', 'files', 'streams'];

/** Rooms of core and the rooms each may use; every other pair meets in core/library or core/strongroom.ts. */
const ROOMS = {
  securetar: [],
  gzip: [],
  tar: [],
  streams: [],
  files: [],
  jobs: [],
  watching: ['streams'],
  backup: ['securetar', 'gzip', 'tar', 'streams', 'files'],
  vault: ['securetar', 'files'],
  catalog: [],
};

/** @param room null for the files of core/ that are in none */
function allowedRooms(room) {
  if (room === null) return [...Object.keys(ROOMS), MEETING_ROOM];
  if (room === TOP_ROOM) return TOP_MAY_USE;
  return room === MEETING_ROOM ? Object.keys(ROOMS) : (ROOMS[room] ?? []);
}

const NODE_FREE = new Set(['shared', 'renderer']);

/** @type {import('eslint').Rule.RuleModule} */
export default {
  meta: {
    type: 'problem',
    messages: {
      layer:
        '{{from}}/ may not import from {{to}}/. Arrows point one way: {{allowed}}. Move what both need into shared/, or hand it in as an argument.',
      node: '{{from}}/ is pure TypeScript and runs in browsers too: it may not import “{{name}}”. Do that part in core/.',
      electron:
        'Only electron/ imports “electron”. Give core what it needs of its host through an interface.',
      room: 'core/{{from}}/ may not use core/{{to}}/ ({{allowed}}). Rooms meet in core/library or core/strongroom.ts.',
      up: 'core/{{from}}/ is a room and may not use core/{{to}}, which is built from rooms. Hand it in as an argument.',
      door: 'Import core/{{to}}/index.ts, the front door, not a file behind it; export what you need there.',
    },
    schema: [],
  },
  create(context) {
    const from = relative(root, context.filename).split(/[/\\]/);
    const layer = from[0] ?? '';
    if (!(layer in MAY_IMPORT)) return {};
    const check = (node) => {
      const name = (node.source ?? node.argument?.literal)?.value;
      if (typeof name !== 'string') return;
      if (name === 'electron' || name.startsWith('electron/')) {
        if (layer !== 'electron') context.report({ node, messageId: 'electron' });
        return;
      }
      if (!name.startsWith('.')) {
        if (NODE_FREE.has(layer) && isBuiltin(name))
          context.report({ node, messageId: 'node', data: { from: layer, name } });
        return;
      }
      const to = relative(root, resolve(dirname(context.filename), name)).split(/[/\\]/);
      const target = to[0] ?? '';
      if (target !== layer && !MAY_IMPORT[layer].includes(target)) {
        const allowed =
          MAY_IMPORT[layer].length === 0
            ? 'it imports nothing of the others'
            : `it may use ${MAY_IMPORT[layer].join(', ')}`;
        context.report({ node, messageId: 'layer', data: { from: layer, to: target, allowed } });
        return;
      }
      if (target === 'core') checkRoom(node, from, to);
    };
    const checkRoom = (node, source, to) => {
      const targetRoom = to.length > 2 ? to[1] : null;
      const ownRoom = source[0] === 'core' && source.length > 2 ? source[1] : null;
      if (targetRoom === null) {
        if (ownRoom !== null && ownRoom !== TOP_ROOM)
          context.report({ node, messageId: 'up', data: { from: ownRoom, to: to.at(-1) } });
        return;
      }
      if (targetRoom === ownRoom) return;
      if (source[0] === 'core' && !allowedRooms(ownRoom).includes(targetRoom)) {
        const mayUse = allowedRooms(ownRoom);
        const allowed = mayUse.length === 0 ? 'it uses no other room' : `it may use ${mayUse.join(', ')}`;
        const room = ownRoom ?? source.at(-1);
        context.report({ node, messageId: 'room', data: { from: room, to: targetRoom, allowed } });
        return;
      }
      if (to.length !== 3 || to[2] !== 'index.ts')
        context.report({ node, messageId: 'door', data: { to: targetRoom } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};
