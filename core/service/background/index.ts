// Work that goes on by itself while the program runs, and the book of all jobs in hand.

export { Background, type BackgroundOptions } from './background.ts';
