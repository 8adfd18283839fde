import {computed} from '@preact/signals';

import {dark, styleColor} from '../state/theme';

const kNames = [
  'ink',
  'ink-2',
  'ink-3',
  'line',
  'line-strong',
  'panel',
  'predicted',
  'band',
  'warm',
  'cold',
  'metal-2',
  'warning',
  'critical',
] as const;
export type Color = (typeof kNames)[number];

/** The colours of the style sheet for what is drawn on a canvas. */
export const palette = computed<Record<Color, string>>(() => {
  // Read again when the theme changes.
  void dark.value;
  return Object.fromEntries(kNames.map((name) => [name, styleColor(`--${name}`)])) as Record<Color, string>;
});
