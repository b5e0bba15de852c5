// Which of the two themes the page is drawn in. 'system' leaves it to the system, which also tells when it changes.

import type { Theme } from '../../shared/settings.ts';

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
