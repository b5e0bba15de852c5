// Packages for Windows and macOS, around distributions that cannot run: each processor gets its own native modules and no others, and
// what the system starts lies beside the archive. Not what only those systems can do: signing, and editing the Windows executable.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FUSES } from '../../build/pack/fuses.ts';
import { newFolder } from '../support/fixtures.ts';
import { makeStubForMac, makeStubForWindows } from './stub-electron.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const built = join(root, 'dist', 'electron');
const KEYCHAINS = ['win32-x64-msvc', 'win32-arm64-msvc', 'darwin-x64', 'darwin-arm64'];
const PROCESSORS = ['x64', 'arm64'];
const isLinux = process.platform === 'linux';

describe.skipIf(!isLinux)('packages for other systems', () => {
  let folder = '';
  let app = '';

  beforeAll(async () => {
    if (!existsSync(join(built, 'main.js'))) await run(process.execPath, [join(root, 'build', 'bundle.ts')]);
    folder = await newFolder();
    app = join(folder, 'app');
    await cp(built, app, { recursive: true });
    for (const name of KEYCHAINS) {
      const module = join(app, 'node_modules', '@napi-rs', `keyring-${name}`);
      await mkdir(module, { recursive: true });
      await writeFile(join(module, `keyring.${name}.node`), 'of another system');
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const pack = async (system: 'win' | 'mac', makeStub: (into: string) => Promise<void>): Promise<string> => {
    const electron = join(folder, `electron-${system}`);
    const output = join(folder, system);
    await makeStub(electron);
    await run(
      process.execPath,
      [
        join(root, 'node_modules', 'electron-builder', 'cli.js'),
        ...[`--${system}`, 'dir', ...PROCESSORS.map((each) => `--${each}`), '--publish', 'never'],
        ...[`-c.electronDist=${electron}`, `-c.directories.output=${output}`, `-c.directories.app=${app}`],
        // The stub is no executable that could be edited.
        ...(system === 'win' ? ['-c.win.signAndEditExecutable=false', '-c.disableAsarIntegrity=true'] : []),
      ],
      { cwd: root },
    );
    return output;
  };
  const nativeOf = (resources: string): string[] =>
    listPackage(join(resources, 'app.asar'), { isPack: false })
      .filter((path) => path.endsWith('.node'))
      .map((path) => path.slice(path.lastIndexOf('/node_modules/') + '/node_modules/'.length))
      .sort();
  const expectFuses = async (program: string): Promise<void> => {
    const wire = new Map<string, unknown>(Object.entries(await getCurrentFuseWire(program)));
    for (const [fuse, isOn] of Object.entries(FUSES))
      expect(wire.get(fuse), FuseV1Options[Number(fuse)]).toBe(isOn ? FuseState.ENABLE : FuseState.DISABLE);
  };
  const expectBeside = async (resources: string, trash: string): Promise<void> => {
    const beside = (await readdir(join(resources, 'app.asar.unpacked'))).filter(
      (name) => !name.startsWith('worker-'),
    );
    expect(beside.sort()).toEqual(
      ['keychain-worker.js', 'node_modules', 'package.json', 'worker.js', trash].sort(),
    );
  };

  it('for Windows', async () => {
    const output = await pack('win', makeStubForWindows);
    for (const [processor, name] of [
      ['x64', 'win-unpacked'],
      ['arm64', 'win-arm64-unpacked'],
    ] as const) {
      const resources = join(output, name, 'resources');
      const keychain = `win32-${processor}-msvc`;
      expect(nativeOf(resources)).toEqual([
        `@napi-rs/keyring-${keychain}/keyring.${keychain}.node`,
        `sodium-native/prebuilds/win32-${processor}/sodium-native.node`,
      ]);
      await expectBeside(resources, 'windows-trash.exe');
      await expectFuses(join(output, name, 'Strongroom.exe'));
    }
  });

  it('for macOS', async () => {
    const output = await pack('mac', makeStubForMac);
    for (const [processor, name] of [
      ['x64', 'mac'],
      ['arm64', 'mac-arm64'],
    ] as const) {
      const program = join(output, name, 'Strongroom.app');
      const resources = join(program, 'Contents', 'Resources');
      expect(nativeOf(resources)).toEqual([
        `@napi-rs/keyring-darwin-${processor}/keyring.darwin-${processor}.node`,
        `sodium-native/prebuilds/darwin-${processor}/sodium-native.node`,
      ]);
      await expectBeside(resources, 'macos-trash');
      expect((await stat(join(resources, 'app.asar.unpacked', 'macos-trash'))).mode & 0o111).not.toBe(0);
      await expectFuses(program);
      // Without this the fuse that checks the archive would end the program at its start.
      expect(await readFile(join(program, 'Contents', 'Info.plist'), 'utf8')).toContain(
        'ElectronAsarIntegrity',
      );
    }
  });
});
