// The columns of a virtual table: what they are called, how wide they are, and which give way first when it gets narrow. Pure.

export interface Column<Id extends string = string> {
  readonly id: Id;
  readonly label: string;
  /** A track of a CSS grid: "120px", "minmax(200px, 2fr)". */
  readonly width: string;
  readonly align?: 'start' | 'end';
  readonly sortable?: boolean;
  /** Pixels of the table's width below which it is left out. */
  readonly hideBelow?: number;
}

export interface Sorting<Id extends string = string> {
  readonly column: Id;
  readonly direction: 'ascending' | 'descending';
}

export function fittingColumns<Id extends string>(
  columns: readonly Column<Id>[],
  widthPixels: number,
): readonly Column<Id>[] {
  return columns.filter(({ hideBelow }) => hideBelow === undefined || widthPixels >= hideBelow);
}

/** The rows to draw: those in sight and a few around them, so that a quick wheel meets no gap. */
export function drawnRows(
  scrollTop: number,
  heightPixels: number,
  rowPixels: number,
  rowCount: number,
): { readonly first: number; readonly end: number } {
  const around = 8;
  const first = Math.max(0, Math.min(rowCount, Math.floor(scrollTop / rowPixels) - around));
  const end = Math.min(rowCount, Math.ceil((scrollTop + heightPixels) / rowPixels) + around);
  return { first, end };
}

/** Where to scroll so that a row is in sight, below the header that covers the first pixels. */
export function scrollToShow(
  index: number,
  rowPixels: number,
  scrollTop: number,
  heightPixels: number,
  headerPixels: number,
): number {
  const top = index * rowPixels;
  if (top < scrollTop) return top;
  const bottom = top + rowPixels + headerPixels;
  return bottom > scrollTop + heightPixels ? bottom - heightPixels : scrollTop;
}
