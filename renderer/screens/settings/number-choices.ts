// Numbers that are chosen from a list. Pure.

export interface ChoiceOfNumber {
  readonly value: string;
  readonly label: string;
}

/** Numbers as choices of a list; one that was set elsewhere and is none of them is put in its place among them. */
export function numberChoices(
  offered: readonly number[],
  current: number | null,
  inWords: (value: number) => string,
): readonly ChoiceOfNumber[] {
  const all = current === null || offered.includes(current) ? offered : [...offered, current];
  return [...all].sort((a, b) => a - b).map((value) => ({ value: String(value), label: inWords(value) }));
}
