// The places of the interface and how they are written: “#/library/9f3c…?show=damaged”. Behind the hash, because then the page is
// one file for both shells, and a place never reaches a server. Pure.

export const SCREENS = ['library', 'keys', 'migrate', 'rotation', 'watched', 'activity', 'settings'] as const;
export type ScreenName = (typeof SCREENS)[number];

export interface Route {
  readonly screen: ScreenName;
  /** One thing of the screen: a backup's identity, a job's number, a tab. */
  readonly id: string | null;
  readonly query: Readonly<Record<string, string>>;
}

export const HOME: Route = { screen: 'library', id: null, query: {} };

/** With or without “#” and “/” in front; what is no place leads home. */
export function parseRoute(text: string): Route {
  const [path = '', query = ''] = text.replace(/^#?\/?/, '').split('?', 2);
  const [screen = '', ...rest] = path.split('/');
  const name = SCREENS.find((known) => known === screen);
  if (name === undefined) return HOME;
  const id = decoded(rest.join('/'));
  return { screen: name, id: id === '' ? null : id, query: Object.fromEntries(new URLSearchParams(query)) };
}

export function formatRoute({ screen, id, query }: Route): string {
  const words = new URLSearchParams(query).toString();
  return `#/${screen}${id === null ? '' : `/${encodeURIComponent(id)}`}${words === '' ? '' : `?${words}`}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}
