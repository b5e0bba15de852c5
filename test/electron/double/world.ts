// What the double is told of the world around it by the test, and what it tells the test besides its answers.

export interface WorldFacts {
  /** The browser that the windows are pages of. */
  readonly browserEndpoint: string;
  /** As app.getAppPath() has it: the folder with the built program. */
  readonly appPath: string;
  readonly isPackaged: boolean;
  readonly isDarkSystem: boolean;
  readonly isOnBattery: boolean;
  readonly isOpenedAtLogin: boolean;
  /** Screens, the main one first: x, y, width, height without bars. */
  readonly workAreas: readonly (readonly [number, number, number, number])[];
}

export type ToDouble =
  | { readonly kind: 'evaluate'; readonly id: number; readonly source: string; readonly argument: unknown }
  | { readonly kind: 'know-files'; readonly id: number; readonly paths: readonly string[] };

export type FromDouble =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  /** The program did what real Electron would not have let pass. */
  | { readonly kind: 'complaint'; readonly message: string };

export const world = JSON.parse(process.env['STRONGROOM_DOUBLE'] ?? '{}') as WorldFacts;

export function tell(message: FromDouble): void {
  process.send?.(message);
}

export function complain(message: string): void {
  tell({ kind: 'complaint', message });
}
