import {effect, signal} from '@preact/signals';

import {language} from './index';
import {type Phrase, translate} from './phrases';

const phrases = signal<readonly Phrase[]>([]);

effect(() => {
  if (language.value === 'en') phrases.value = [];
  else {
    void import('./phrases_es').then(({spanish}) => {
      // The language may have been changed again meanwhile.
      if (language.peek() !== 'en') phrases.value = spanish;
    });
  }
});

/** A sentence of the program in the language of the page; as it was said where it is not known. */
export function said(text: string): string {
  return translate(text, phrases.value);
}
