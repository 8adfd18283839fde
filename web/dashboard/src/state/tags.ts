import type {Key} from '../i18n';
import {t} from '../i18n';

/** One tag of the built-in unit cooler: unit, believable range, and where people usually are. */
export interface Tag {
  name: string;
  unit: string;
  low: number;
  high: number;
  /** Range and step of the slider. */
  usual: readonly [number, number, number];
  group: 'air' | 'water' | 'valve' | 'pump' | 'fan' | 'heater';
}

function tag(
  name: string,
  unit: string,
  low: number,
  high: number,
  usual: Tag['usual'],
  group: Tag['group'],
): Tag {
  return {name, unit, low, high, usual, group};
}

/** As in src/telemetry/unit_cooler_profile.cpp, without the targets. */
export const kInputTags: readonly Tag[] = [
  tag('UCWIT', 'degC', 0.5, 70, [4, 25, 0.1], 'water'),
  tag('UCAIT', 'degC', 2, 60, [10, 45, 0.1], 'air'),
  tag('UCWF', 'L/h', -200, 5000, [0, 1200, 5], 'water'),
  tag('UCAIH', '%RH', 1, 100, [10, 100, 1], 'air'),
  tag('AMBT', 'degC', 2, 60, [5, 50, 0.1], 'air'),
  tag('UCTSP', 'degC', 0, 50, [15, 30, 0.5], 'air'),
  tag('UCSDP', 'mbar', -5, 100, [0, 10, 0.05], 'air'),
  tag('UCWDP', 'mbar', -20, 1000, [0, 500, 1], 'water'),
  tag('MVSO', '%', -5, 105, [0, 100, 1], 'valve'),
  tag('MVCV', 'm3/h/bar^0.5', -1, 25, [0, 3, 0.01], 'valve'),
  tag('MVDP', 'mbar', -100, 4000, [0, 1500, 5], 'valve'),
  tag('MVWF', 'L/h', -200, 5000, [0, 1200, 5], 'valve'),
  tag('CPSP', 'mbar(g)', -1000, 3000, [0, 500, 5], 'pump'),
  tag('CPDP', 'mbar(g)', -1000, 5000, [0, 1500, 5], 'pump'),
  tag('CPPR', 'mbar', -100, 4000, [0, 1500, 5], 'pump'),
  tag('CPCF', 'L/h', -200, 5000, [0, 1200, 5], 'pump'),
  tag('CPMMP', 'W', 0, 2000, [0, 300, 1], 'pump'),
  tag('CPMEP', 'W', 0, 2000, [0, 300, 1], 'pump'),
  tag('CPHP', 'W', -20, 500, [0, 60, 1], 'pump'),
  tag('CPHE', '%', 0, 100, [0, 60, 1], 'pump'),
  tag('CPMC', 'A', 0, 10, [0, 2, 0.01], 'pump'),
  tag('CPMV', 'V', 0, 500, [0, 450, 1], 'pump'),
  tag('UCFS', '1', 0, 2500, [0, 1500, 10], 'fan'),
  tag('UCFMS', 'rpm', 0, 4000, [0, 2200, 10], 'fan'),
  tag('UCFMC', 'A', 0, 10, [0, 4, 0.01], 'fan'),
  tag('UCFMV', 'V', 0, 500, [0, 420, 1], 'fan'),
  tag('UCOM', '1', 0, 1, [0, 1, 1], 'fan'),
  tag('UCHV', 'V', 0, 500, [0, 450, 1], 'heater'),
  tag('UCHC', 'A', 0, 20, [0, 8, 0.01], 'heater'),
];

export const kRequired = ['UCWIT', 'UCAIT', 'UCWF', 'UCAIH', 'AMBT', 'UCTSP'] as const;

const kUnits: Record<string, string> = {
  ...Object.fromEntries(kInputTags.map((entry) => [entry.name, entry.unit])),
  UCAOT: 'degC',
  UCWOT: 'degC',
  UCAF: 'm3/h',
  Q_thermal: 'kW',
  q_thermal: 'kW',
  health: '1',
};

export function unitOf(name: string): string {
  return kUnits[name] ?? '';
}

export function inputTag(name: string): Tag {
  const found = kInputTags.find((entry) => entry.name === name);
  if (!found) throw new Error(`no tag ${name}`);
  return found;
}

/** What a tag measures, in the language of the page; the name itself when it is not known. */
export function meaning(name: string): string {
  return name in kUnits ? t(`tag.${name === 'q_thermal' ? 'Q_thermal' : name}` as Key) : name;
}
