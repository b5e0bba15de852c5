// The disk as the tests of the vault see it: every call is looked at first, and may be refused.
// In a test file: vi.mock('node:fs/promises', async (original) => (await import('./watched-disk.ts')).watch(await original()))

type Look = (call: string, path: string) => void | Promise<void>;

/** Set `before` to look at, to hold up, or to refuse what is done to the disk; the path is '' for an open file. */
export const disk: { before: Look | null } = { before: null };

const CALLS = ['open', 'rename', 'mkdir', 'writeFile', 'rm', 'readFile'] as const;

export function watch(real: object): object {
  const watched = CALLS.map((name) => {
    const call = Reflect.get(real, name) as (...args: unknown[]) => Promise<unknown>;
    const replaced = async (...args: unknown[]): Promise<unknown> => {
      await disk.before?.(name, typeof args[0] === 'string' ? args[0] : '');
      return call(...args);
    };
    return [name, replaced];
  });
  return Object.assign({ ...real }, Object.fromEntries(watched) as object);
}

/** What the operating system throws. */
export function failure(code: string): Error {
  return Object.assign(new Error(`${code}: refused`), { code, syscall: 'test' });
}
