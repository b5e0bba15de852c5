// What the engine tells without being asked. Events carry no secret, and nothing that only some windows may know.

import type { JobEvent } from '../jobs.ts';
import type { WatchEvent } from '../library.ts';
import type { Settings } from '../settings.ts';
import type { Command, Notice } from '../window.ts';

export type StrongroomEvent =
  | { readonly kind: 'job'; readonly event: JobEvent }
  /** null: it has ended. */
  | {
      readonly kind: 'scan';
      readonly progress: {
        readonly seen: number;
        readonly toInspect: number;
        readonly inspected: number;
      } | null;
    }
  | { readonly kind: 'match'; readonly progress: { readonly done: number; readonly total: number } | null }
  | { readonly kind: 'plan'; readonly progress: { readonly done: number; readonly total: number } | null }
  /** What is known of these contents has changed; null: of any. Merged to one a second. */
  | { readonly kind: 'library'; readonly identities: readonly string[] | null }
  | { readonly kind: 'vault'; readonly why: 'locked' | 'unlocked' | 'changed' }
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'watch'; readonly event: WatchEvent }
  | { readonly kind: 'watch-state' }
  | { readonly kind: 'notice'; readonly notice: Notice }
  /** Files that were opened with the program or given to it by a second start. */
  | { readonly kind: 'open'; readonly paths: readonly string[] }
  | { readonly kind: 'command'; readonly command: Command };

export const EVENT_KINDS: readonly StrongroomEvent['kind'][] = [
  'job',
  'scan',
  'match',
  'plan',
  'library',
  'vault',
  'settings',
  'watch',
  'watch-state',
  'notice',
  'open',
  'command',
];
