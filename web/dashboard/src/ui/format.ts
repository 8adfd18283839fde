import {language, locale, t} from '../i18n';

const kMissing = '–';

/** A number as it is, without more digits than it has. */
export function plain(value: number): string {
  return new Intl.NumberFormat(locale.value).format(value);
}

function digitsFor(unit: string, value: number): number {
  switch (unit) {
    case 'degC':
    case 'K':
    case '%RH':
      return 1;
    case 'kW':
      return 2;
    case 'ms':
      return Math.abs(value) < 1 ? 3 : 1;
    case 'm3/h':
    case 'L/h':
    case 'rpm':
    case 'W':
    case 'V':
    case '%':
      return 0;
    default:
      return Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  }
}

// Making a formatter takes longer than a chart's frame may.
const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(digits: number): Intl.NumberFormat {
  const key = `${locale.value} ${digits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale.value, {minimumFractionDigits: digits, maximumFractionDigits: digits});
    formats.set(key, format);
  }
  return format;
}

/** A number as people read it; a dash where there is none. `digits`: after the point. */
export function number(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  return numberFormat(digits).format(Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value);
}

/** A value without its unit, with the digits that the unit deserves. */
export function quantity(value: number | null | undefined, unit: string, more = 0): string {
  return number(value, digitsFor(unit, value ?? 0) + more);
}

export function signed(value: number | null | undefined, unit: string, more = 1): string {
  const text = quantity(value, unit, more);
  return typeof value === 'number' && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

const kUnitText: Record<string, string> = {
  degC: '°C',
  'm3/h': 'm³/h',
  '%RH': '% RH',
  'm3/h/bar^0.5': 'm³/h·bar⁻½',
  '1': '',
};

export function unitText(unit: string): string {
  return kUnitText[unit] ?? unit;
}

export function age(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 120) return t('age.seconds', {n: s});
  if (s < 7200) return t('age.minutes', {n: Math.round(s / 60)});
  if (s < 172_800) return t('age.hours', {n: Math.round(s / 3600)});
  return t('age.days', {n: Math.round(s / 86_400)});
}

/** Local date and time of an ISO 8601 instant or milliseconds since 1970. */
export function dateTime(time: string | number | null | undefined): string {
  if (time === null || time === undefined || time === '') return kMissing;
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  return new Intl.DateTimeFormat(locale.value, {dateStyle: 'medium', timeStyle: 'medium'}).format(date);
}

export function clockTime(time: string | number): string {
  return new Intl.DateTimeFormat(locale.value, {timeStyle: 'medium'}).format(new Date(time));
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return kMissing;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let index = 0;
  while (Math.abs(size) >= 1000 && index < units.length - 1) {
    size /= 1000;
    index += 1;
  }
  return `${number(size, index === 0 ? 0 : 1)} ${units[index]}`;
}

/** What a person typed as a number, in either notation; NaN when it is none. */
export function parseNumber(text: string): number {
  const trimmed = text.trim();
  const plain = language.value === 'es' ? trimmed.replace(',', '.') : trimmed;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}

/** A number as it was typed, with the decimal sign of the page's language. */
export function typed(text: string): string {
  return language.value === 'es' ? text.replace('.', ',') : text;
}
