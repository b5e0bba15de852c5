// The front door of the web shell: what the command around it needs. Loaded only by that command.

export { newDemo, type Demo } from './demo/make-demo.ts';
export { readExposure, type Exposure } from './exposure.ts';
export { canOpenBrowser, openBrowser } from './open-browser.ts';
export { openWebShell, type WebShell } from './web-shell.ts';
