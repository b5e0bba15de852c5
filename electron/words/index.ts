// The words of the program. English is complete; each other language gets a file beside it, and is chosen here by the setting.

export { en as words, type Words } from './en.ts';
