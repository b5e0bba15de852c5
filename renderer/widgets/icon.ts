// What an icon is to a widget: one of lucide's components, imported one by one: `import KeyRound from '@lucide/svelte/icons/key-round'`.

import type { LucideProps } from '@lucide/svelte';
import type { Component } from 'svelte';

export type IconComponent = Component<LucideProps>;

/** How a state looks; never without a word beside it. */
export type Tone = 'good' | 'warning' | 'bad' | 'info' | 'neutral' | 'busy';
