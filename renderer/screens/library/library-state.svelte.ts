// What the Library screen shows at the moment: view, search, order, and what is selected. Its place in the address has all of it but
// the selection, so that the way back from a backup leads to the same rows.

import type { App } from '../../app/app.svelte.ts';
import * as formats from '../../app/formats.ts';
import type { VerifyLevel } from '../../../shared/backup.ts';
import type { LibraryBackup } from '../../../shared/library.ts';
import type { TrashReport } from '../../../shared/window.ts';
import { t } from '../../messages/messages.ts';
import type { Sorting } from '../../widgets/table-columns.ts';
import { Selection } from '../../widgets/selection.svelte.ts';
import { chooseBackups, countViews, sortBackups, VIEWS, type SortColumn, type View } from './library-view.ts';

const NEWEST_FIRST: Sorting<SortColumn> = { column: 'date', direction: 'descending' };

export class LibraryState {
  readonly selection = new Selection();
  readonly #app: App;
  readonly #compareNames = formats.nameOrder();
  #view = $state<View>('all');
  #text = $state('');
  #keyId = $state<string | null>(null);
  #folderId = $state<number | null>(null);
  #sorting = $state.raw<Sorting<SortColumn>>(NEWEST_FIRST);
  /** The row to begin at. */
  readonly startAt: string | null;

  #counts = $derived.by(() => countViews(this.#app.library.backups, this.#app.library.staleBefore));
  #chosen = $derived.by(() =>
    chooseBackups(
      this.#app.library.backups,
      { view: this.#view, text: this.#text, keyId: this.#keyId, folderId: this.#folderId },
      this.#app.library.staleBefore,
    ),
  );
  #rows = $derived.by(() =>
    sortBackups(this.#chosen, this.#sorting.column, this.#sorting.direction, this.#compareNames, (backup) =>
      this.keyLabelOf(backup),
    ),
  );
  /** Those that are still there: a backup may have gone while it was selected. */
  #selected = $derived.by(() =>
    [...this.selection.keys].flatMap((identity) => this.#app.library.get(identity) ?? []),
  );

  constructor(app: App) {
    this.#app = app;
    const { query } = app.router.route;
    this.#view = VIEWS.find((view) => view === query['show']) ?? 'all';
    this.#text = query['find'] ?? '';
    this.#keyId = query['key'] ?? null;
    this.#folderId = query['folder'] === undefined ? null : Number(query['folder']);
    const [column, direction] = (query['sort'] ?? '').split('.');
    if (column !== undefined && (direction === 'ascending' || direction === 'descending'))
      this.#sorting = { column: column as SortColumn, direction };
    this.startAt = query['at'] ?? null;
  }

  get view(): View {
    return this.#view;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
  }

  get keyId(): string | null {
    return this.#keyId;
  }

  get folderId(): number | null {
    return this.#folderId;
  }

  get sorting(): Sorting<SortColumn> {
    return this.#sorting;
  }

  get counts(): Readonly<Record<View, number>> {
    return this.#counts;
  }

  get rows(): readonly LibraryBackup[] {
    return this.#rows;
  }

  get selected(): readonly LibraryBackup[] {
    return this.#selected;
  }

  get isNarrowed(): boolean {
    return (
      this.#view !== 'all' || this.#text.trim() !== '' || this.#keyId !== null || this.#folderId !== null
    );
  }

  keyLabelOf({ keyIds: [first] }: LibraryBackup): string {
    return first === undefined ? '' : (this.#app.keys.labelOf(first) ?? '');
  }

  show(view: View): void {
    this.#view = view === this.#view ? 'all' : view;
    this.#remember();
  }

  showKey(keyId: string | null): void {
    this.#keyId = keyId;
    this.#remember();
  }

  showFolder(folderId: number | null): void {
    this.#folderId = folderId;
    this.#remember();
  }

  showAll(): void {
    this.#view = 'all';
    this.#text = '';
    this.#keyId = this.#folderId = null;
    this.#remember();
  }

  sortBy(column: SortColumn): void {
    const isSame = this.#sorting.column === column;
    const first = column === 'name' || column === 'key' || column === 'format' ? 'ascending' : 'descending';
    const other = this.#sorting.direction === 'ascending' ? 'descending' : 'ascending';
    this.#sorting = { column, direction: isSame ? other : first };
    this.#remember();
  }

  open(backup: LibraryBackup): void {
    this.#remember(backup.identity);
    this.#app.router.go('library', { id: backup.identity });
  }

  /** Where the way back led has been shown: a reload begins at the top. */
  settle(): void {
    if (this.startAt !== null) this.#remember();
  }

  async scan(): Promise<void> {
    const { client, library, toasts } = this.#app;
    try {
      const { added, missing } = await client.call('library.scan', {});
      await library.load();
      toasts.say(t('library.scan.done', { added: added.length, missing: missing.length }), { tone: 'good' });
    } catch (error) {
      toasts.fail(error);
    }
  }

  /** @throws as verification.start */
  async verify(level: VerifyLevel, identities: string[]): Promise<void> {
    const job = await this.#app.client.call('verification.start', {
      which: { kind: 'backups', identities },
      level,
    });
    this.#app.jobs.take(job);
    this.selection.clear();
  }

  /** What could not be moved stays selected. @throws as library.trash */
  async trash(paths: string[]): Promise<TrashReport> {
    const report = await this.#app.client.call('library.trash', { paths });
    if (report.problems.length === 0) this.selection.clear();
    await this.#app.library.load();
    return report;
  }

  #remember(at: string | null = null): void {
    const { column, direction } = this.#sorting;
    const isUsual = column === NEWEST_FIRST.column && direction === NEWEST_FIRST.direction;
    this.#app.router.replace('library', {
      query: {
        ...(this.#view === 'all' ? {} : { show: this.#view }),
        ...(this.#text.trim() === '' ? {} : { find: this.#text.trim() }),
        ...(this.#keyId === null ? {} : { key: this.#keyId }),
        ...(this.#folderId === null ? {} : { folder: String(this.#folderId) }),
        ...(isUsual ? {} : { sort: `${column}.${direction}` }),
        ...(at === null ? {} : { at }),
      },
    });
  }
}
