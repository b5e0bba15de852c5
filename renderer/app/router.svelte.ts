// Where the person is. Every place has an address, so that back, forward and a reload do what they do everywhere.

import { formatRoute, parseRoute, type Route, type ScreenName } from './routes.ts';

export interface Place {
  readonly id?: string | null;
  readonly query?: Readonly<Record<string, string>>;
}

export class Router {
  #route = $state.raw<Route>(parseRoute(location.hash));

  get route(): Route {
    return this.#route;
  }

  /** Follows the address until the answer is called. */
  start(): () => void {
    const follow = (): void => {
      this.#route = parseRoute(location.hash);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }

  go(screen: ScreenName, place: Place = {}): void {
    this.#go(routeOf(screen, place));
  }

  /** As a notice has it. */
  goTo(route: string): void {
    this.#go(parseRoute(route));
  }

  /** The same place in the history: for filters and what is typed into a search. */
  replace(screen: ScreenName, place: Place = {}): void {
    this.#route = routeOf(screen, place);
    history.replaceState(null, '', formatRoute(this.#route));
  }

  back(): void {
    history.back();
  }

  #go(route: Route): void {
    const address = formatRoute(route);
    this.#route = route;
    if (location.hash !== address) location.hash = address;
  }
}

/** For links: `<a href={hrefOf('keys')}>`. */
export function hrefOf(screen: ScreenName, place: Place = {}): string {
  return formatRoute(routeOf(screen, place));
}

function routeOf(screen: ScreenName, { id = null, query = {} }: Place): Route {
  return { screen, id, query };
}
