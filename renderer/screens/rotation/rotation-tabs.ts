// The tabs of the Rotation screen, which are places: #/rotation/scheme. Pure.

export const ROTATION_TABS = ['keys', 'scheme', 'places'] as const;
export type RotationTab = (typeof ROTATION_TABS)[number];

export function rotationTabOf(id: string | null): RotationTab {
  return ROTATION_TABS.find((tab) => tab === id) ?? 'keys';
}
