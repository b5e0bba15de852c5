// Plumbing for streams of bytes as async generators.

export { Branch, tee } from './tee.ts';
