// How each obstacle looks, wherever it is shown; a word stands beside it in every place.

import CircleAlert from '@lucide/svelte/icons/circle-alert';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleDashed from '@lucide/svelte/icons/circle-dashed';
import CircleX from '@lucide/svelte/icons/circle-x';
import KeyRound from '@lucide/svelte/icons/key-round';
import Unplug from '@lucide/svelte/icons/unplug';

import type { IconComponent } from '../../widgets/icon.ts';
import type { Obstacle } from './candidates.ts';

export const OBSTACLE_LOOKS: Readonly<
  Record<Obstacle, { readonly tone: 'good' | 'warning' | 'bad' | 'neutral'; readonly icon: IconComponent }>
> = {
  ready: { tone: 'good', icon: CircleCheck },
  untried: { tone: 'neutral', icon: CircleDashed },
  'no-key': { tone: 'warning', icon: KeyRound },
  'part-key': { tone: 'warning', icon: CircleAlert },
  damaged: { tone: 'bad', icon: CircleX },
  unreachable: { tone: 'neutral', icon: Unplug },
};
