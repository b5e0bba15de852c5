// How places, and what is to be said of where a backup is, look. Pure.

import CircleCheck from '@lucide/svelte/icons/circle-check';
import Cloud from '@lucide/svelte/icons/cloud';
import HardDrive from '@lucide/svelte/icons/hard-drive';
import Laptop from '@lucide/svelte/icons/laptop';
import Network from '@lucide/svelte/icons/network';
import Square from '@lucide/svelte/icons/square';

import type { PlaceFinding, PlaceKind } from '../../../shared/places.ts';
import type { IconComponent } from '../../widgets/icon.ts';

export const PLACE_ICONS: Readonly<Record<PlaceKind, IconComponent>> = {
  'this-disk': Laptop,
  'other-drive': HardDrive,
  network: Network,
  cloud: Cloud,
};

export const FINDING_LOOKS: Readonly<
  Record<
    PlaceFinding | 'good',
    { readonly tone: 'good' | 'warning' | 'bad' | 'neutral'; readonly icon: IconComponent }
  >
> = {
  good: { tone: 'good', icon: CircleCheck },
  'one-place': { tone: 'warning', icon: Square },
  'this-disk-only': { tone: 'warning', icon: Laptop },
  'cloud-only': { tone: 'warning', icon: Cloud },
};
