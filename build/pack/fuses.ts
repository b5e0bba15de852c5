// The fuses of Electron: switches in its binary that no setting and no environment can turn back. Each has a value here; a fuse that a
// new Electron adds fails the packing until somebody has decided about it.

import { flipFuses, FuseState, FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';

export const FUSES: Record<FuseV1Options, boolean> = {
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false, // there is none
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  [FuseV1Options.WasmTrapHandlers]: true,
};

/**
 * Sets every fuse and reads them back.
 *
 * @param executable The program, or the .app of macOS.
 * @throws Error naming the fuses that are not as they should be.
 */
export async function flipAllFuses(
  executable: string,
  options: { readonly isAdHocSigned: boolean },
): Promise<void> {
  await flipFuses(executable, {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    resetAdHocDarwinSignature: options.isAdHocSigned && process.platform === 'darwin',
    ...FUSES,
  });
  const wire = await getCurrentFuseWire(executable);
  const states = new Map<string, unknown>(Object.entries(wire));
  const wrong = Object.entries(FUSES).filter(
    ([fuse, isOn]) => states.get(fuse) !== (isOn ? FuseState.ENABLE : FuseState.DISABLE),
  );
  if (wrong.length > 0) {
    const names = wrong.map(([fuse]) => FuseV1Options[Number(fuse)]).join(', ');
    throw new Error(`These fuses of ${executable} are not as they were set: ${names}.`);
  }
}
