import {signal} from '@preact/signals';

export const kPages = [
  'overview',
  'predict',
  'live',
  'history',
  'drift',
  'alerts',
  'models',
  'system',
] as const;
export type PageName = (typeof kPages)[number];

export interface Route {
  page: PageName;
  query: URLSearchParams;
}

function read(): Route {
  const [path = '', query = ''] = window.location.hash.replace(/^#\/?/, '').split('?');
  const page = kPages.find((name) => name === path) ?? 'overview';
  return {page, query: new URLSearchParams(query)};
}

export const route = signal<Route>(read());
window.addEventListener('hashchange', () => (route.value = read()));

export function link(page: PageName, query: Record<string, string> = {}): string {
  const text = new URLSearchParams(query).toString();
  return text ? `#/${page}?${text}` : `#/${page}`;
}

/** Changes one parameter of the page's address without a new entry in the browser's history. */
export function setQuery(name: string, value: string): void {
  const query = new URLSearchParams(route.value.query);
  if (value) query.set(name, value);
  else query.delete(name);
  const text = query.toString();
  window.history.replaceState(null, '', `#/${route.value.page}${text ? `?${text}` : ''}`);
  route.value = {page: route.value.page, query};
}
