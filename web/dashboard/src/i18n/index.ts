import {computed, signal} from '@preact/signals';

import {en} from './en';

export type Key = keyof typeof en;
export type Dictionary = Record<Key, string>;
export type Language = 'en' | 'es';

const kSlot = 'hvac-twin.language';
const dictionary = signal<Dictionary>(en);
export const language = signal<Language>('en');
export const locale = computed(() => (language.value === 'es' ? 'es-ES' : 'en-GB'));

export async function setLanguage(wanted: Language): Promise<void> {
  dictionary.value = wanted === 'es' ? (await import('./es')).es : en;
  language.value = wanted;
  document.documentElement.lang = wanted;
  localStorage.setItem(kSlot, wanted);
}

/** The stored language, else the browser's, else English. */
export function startLanguage(): Promise<void> {
  const stored = localStorage.getItem(kSlot);
  const spanish = stored ? stored === 'es' : navigator.language.startsWith('es');
  return setLanguage(spanish ? 'es' : 'en');
}

/** The text of `key`, with `{name}` replaced by `values.name`; of one `n` that of `key.one` if there is one. */
export function t(key: Key, values?: Record<string, string | number>): string {
  if (!values) return dictionary.value[key];
  const text = (values.n === 1 ? dictionary.value[`${key}.one` as Key] : undefined) ?? dictionary.value[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Words that stand alone begin as sentences do. */
export function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase(locale.value) + text.slice(1);
}

/** Whether there is such a text; of keys made of what the program answered. */
export function known(key: string): key is Key {
  return key in dictionary.value;
}

/** The text of a word that the program answered with (`prefix.word`), or the word as it is. */
export function word(prefix: string, value: string): string {
  return dictionary.value[`${prefix}.${value}` as Key] ?? value.replaceAll('_', ' ');
}
