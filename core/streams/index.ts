// Plumbing for streams of bytes as async generators.

export { Branch, MAIN_READER_LEFT, tee } from './tee.ts';
export { countBytes, drain } from './drain.ts';
