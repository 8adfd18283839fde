import {t} from '../../i18n';
import {Choices} from '../../ui/parts';

export interface Period {
  from: number; // [ms since 1970]
  to: number;
}

const kHour = 3_600_000;
export const kPresets = [
  {value: '1', label: '1 h'},
  {value: '6', label: '6 h'},
  {value: '24', label: '24 h'},
  {value: '168', label: '7 d'},
  {value: '720', label: '30 d'},
] as const;

/** The last `hours` before `newest`. */
export function lastHours(hours: number, newest: number): Period {
  return {from: newest - hours * kHour, to: newest};
}

/** For an input of type datetime-local, which speaks local time. */
function localText(time: number): string {
  const date = new Date(time);
  return new Date(time - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface Props {
  period: Period;
  newest: number;
  onChange: (period: Period) => void;
}

export function PeriodChoice({period, newest, onChange}: Props) {
  const hours = (period.to - period.from) / kHour;
  const preset = Math.abs(period.to - newest) < 60_000 ? String(Math.round(1000 * hours) / 1000) : '';
  const change = (part: keyof Period, text: string) => {
    const time = new Date(text).getTime();
    if (Number.isNaN(time)) return;
    const next = {...period, [part]: time};
    if (next.from < next.to) onChange(next);
  };
  return (
    <>
      <Choices
        label={t('history.period')}
        value={preset}
        choices={kPresets}
        onChange={(value) => onChange(lastHours(Number(value), newest))}
      />
      <label class="inline-field">
        {t('history.from')}
        <input
          type="datetime-local"
          value={localText(period.from)}
          onChange={(event) => change('from', event.currentTarget.value)}
        />
      </label>
      <label class="inline-field">
        {t('history.to')}
        <input
          type="datetime-local"
          value={localText(period.to)}
          onChange={(event) => change('to', event.currentTarget.value)}
        />
      </label>
    </>
  );
}
