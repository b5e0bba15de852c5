// How the interface is built, checked and tested: Svelte in runes mode, styles and scripts in files of their own. Nothing may be
// put into the page itself, because the Content-Security-Policy of both shells allows nothing inline.

import { join } from 'node:path';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

import { root } from './root.ts';

export default defineConfig({
  root: join(root, 'renderer'),
  base: '/',
  publicDir: false,
  clearScreen: false,
  logLevel: 'warn',
  plugins: [svelte({ configFile: false, emitCss: true, compilerOptions: { runes: true } })],
  build: {
    outDir: join(root, 'dist', 'window'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false }, // it would be a script inside the page
    reportCompressedSize: false,
    rolldownOptions: { checks: { bundlerTimings: false } },
    chunkSizeWarningLimit: 2048, // it comes from the same computer
  },
});
