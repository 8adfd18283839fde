import {signal} from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const kSlot = 'hvac-twin.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

export const theme = signal<Theme>('system');
/** What is shown now; what is drawn on a canvas follows it. */
export const dark = signal(system.matches);

export function setTheme(wanted: Theme): void {
  theme.value = wanted;
  localStorage.setItem(kSlot, wanted);
  dark.value = wanted === 'system' ? system.matches : wanted === 'dark';
  document.documentElement.dataset.theme = dark.value ? 'dark' : 'light';
}

export function startTheme(): void {
  const stored = localStorage.getItem(kSlot);
  setTheme(stored === 'light' || stored === 'dark' ? stored : 'system');
  system.addEventListener('change', () => setTheme(theme.value));
}

/** The value of a custom property of the style sheet, e.g. `--ink`. */
export function styleColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
