import {effect, signal} from '@preact/signals';

import {language} from './index';

/** What one kind of alert is called, means and asks for. */
export interface AlarmText {
  title: string;
  meaning: string;
  action: string;
}

const translated = signal<Record<string, AlarmText>>({});

effect(() => {
  if (language.value === 'en') translated.value = {};
  else void import('./alarms_es').then(({alarms}) => (translated.value = alarms));
});

/** The texts of an alert in the language of the page; the program's own where there are no others. */
export function alarmText(alert: AlarmText & {kind: string}): AlarmText {
  return translated.value[alert.kind] ?? alert;
}
