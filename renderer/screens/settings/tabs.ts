// The tabs of the settings, which are places: #/settings/about. Pure.

export const TABS = ['general', 'backups', 'vault', 'data', 'about'] as const;
export type TabName = (typeof TABS)[number];

export function tabOf(id: string | null): TabName {
  return TABS.find((tab) => tab === id) ?? 'general';
}
