// Work on many things, a fixed number at a time.

/** Takes items in their order whenever one is done with. The first error ends it, once everything begun has ended. */
export async function sideBySide<T>(
  count: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const takeTurns = async (): Promise<void> => {
    while (failures.length === 0) {
      const next = waiting.next();
      if (next.done === true) return;
      await work(next.value).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, count) }, takeTurns));
  if (failures.length > 0) throw failures[0];
}
