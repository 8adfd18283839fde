import {effect, signal} from '@preact/signals';

import {capital, language, word} from './index';

/** What one kind of alert is called, means and asks for. */
export interface AlarmText {
  title: string;
  meaning: string;
  action: string;
}

const translated = signal<Record<string, AlarmText>>({});

effect(() => {
  if (language.value === 'en') translated.value = {};
  else {
    void import('./alarms_es').then(({alarms}) => {
      // The language may have been changed again meanwhile.
      if (language.peek() !== 'en') translated.value = alarms;
    });
  }
});

/** The texts of an alert in the language of the page; the program's own where there are no others. */
export function alarmText(alert: AlarmText & {kind: string}): AlarmText {
  return translated.value[alert.kind] ?? alert;
}

/** The same of an alert of which only that is known. */
export function kindName({kind, subject}: {kind: string; subject: string}): string {
  return alarmName({kind, subject, title: kind.replaceAll('_', ' '), meaning: '', action: ''});
}

/** An alert in a few words: what it is called, and what it is about. */
export function alarmName(alert: AlarmText & {kind: string; subject: string}): string {
  const name = capital(alarmText(alert).title);
  return alert.subject ? `${name}: ${word('cause', alert.subject)}` : name;
}
