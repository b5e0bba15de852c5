// What is typed without being shown: editing keys, pasted text, stopping, and nothing left in memory.

import { describe, expect, it } from 'vitest';

import { readHiddenLine } from '../../cli/terminal/hidden-line.ts';
import { Keyboard } from './fake-host.ts';

const never = new AbortController().signal;

describe('hidden typing', () => {
  async function type(...chunks: (string | Buffer)[]): Promise<string> {
    const keyboard = new Keyboard();
    const line = readHiddenLine(keyboard, never);
    for (const chunk of chunks) keyboard.write(chunk);
    const typed = await line;
    expect(keyboard.rawModes).toEqual([true, false]);
    return typed.toString();
  }

  it.each([
    ['a line', ['secret\r'], 'secret'],
    ['characters one by one', ['s', 'e', 'c', 'ret', '\r'], 'secret'],
    ['backspace', ['secrx\u007fet\n'], 'secret'],
    ['backspace over two bytes', ['aé\u007fb\r'], 'ab'],
    ['Ctrl-U', ['wrong\u0015right\r'], 'right'],
    ['arrow keys', ['se\u001b[Dcret\r'], 'secret'],
    ['pasted text with its marks', ['\u001b[200~secret\u001b[201~\r'], 'secret'],
    ['nothing', ['\r'], ''],
    ['backspace on nothing', ['\u007f\u007f\r'], ''],
    ['a letter cut between two chunks', [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0d])], 'ä'],
  ])('%s', async (_, chunks, expected) => {
    expect(await type(...chunks)).toBe(expected);
  });

  it.each(['\u0003', '\u0004', 'half\u0003'])('stops on %j', async (typed) => {
    await expect(type(typed)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('stops on an aborted signal and gives the terminal back', async () => {
    const keyboard = new Keyboard();
    const controller = new AbortController();
    const line = readHiddenLine(keyboard, controller.signal);
    controller.abort();
    await expect(line).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(keyboard.rawModes).toEqual([true, false]);
  });

  it('leaves what was pasted behind the line for the next question', async () => {
    const keyboard = new Keyboard();
    const line = readHiddenLine(keyboard, never);
    keyboard.write('first\rsecond\r');
    expect((await line).toString()).toBe('first');
    expect((await readHiddenLine(keyboard, never)).toString()).toBe('second');
  });

  it('takes no more than a key can have', async () => {
    expect(await type('x'.repeat(5000), '\r')).toHaveLength(1024);
  });

  it('wipes what it was given', async () => {
    const keyboard = new Keyboard();
    const chunk = Buffer.from('secret\r');
    const line = readHiddenLine(keyboard, never);
    keyboard.write(chunk);
    await line;
    expect(chunk.every((byte) => byte === 0)).toBe(true);
  });
});
