// A log in memory, with what must never be in one.

import { describeFailure, type Log } from '../../core/service/log.ts';

export class MemoryLog implements Log {
  readonly path = '/nowhere/strongroom.log';
  readonly lines: string[] = [];

  info(area: string, message: string): void {
    this.lines.push(`info ${area} ${message}`);
  }

  warn(area: string, message: string): void {
    this.lines.push(`warn ${area} ${message}`);
  }

  error(area: string, message: string): void {
    this.lines.push(`error ${area} ${message}`);
  }

  failure(area: string, what: string, thrown: unknown): void {
    this.lines.push(`error ${area} ${what}: ${describeFailure(thrown)}`);
  }

  tail(): string {
    return this.lines.join('\n');
  }

  close(): void {
    this.lines.push('closed');
  }

  /** What a call gave that the contract does not declare. */
  undeclared(): string[] {
    return this.lines
      .filter((line) => line.includes('does not declare'))
      .map((line) => line.replace(/^error call /, ''));
  }
}
