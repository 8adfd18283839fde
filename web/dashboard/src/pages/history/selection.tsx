import {kTargets} from '../../api/types';
import {t} from '../../i18n';
import {kInputTags, meaning} from '../../state/tags';

/** What can be chosen: targets (with prediction and band), residuals, derived values, tags. */
export const kDefaultChoice = ['UCAOT', 'UCWOT', 'q_thermal_kw', 'UCWF', 'MVSO'];

export function nameOf(series: string): string {
  if (series.endsWith('.residual')) {
    return t('chart.residual', {what: meaning(series.slice(0, -'.residual'.length))});
  }
  if (series === 'q_thermal_kw') return meaning('Q_thermal');
  if (series === 'health_index') return meaning('health');
  return meaning(series);
}

function Chip({series, on, toggle}: {series: string; on: boolean; toggle: () => void}) {
  return (
    <button type="button" class="chip" aria-pressed={on} onClick={toggle} title={series}>
      {nameOf(series)}
    </button>
  );
}

interface Props {
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

export function Selection({chosen, onChange}: Props) {
  const toggle = (series: string) =>
    onChange(chosen.includes(series) ? chosen.filter((name) => name !== series) : [...chosen, series]);
  const chips = (names: readonly string[]) =>
    names.map((name) => (
      <Chip key={name} series={name} on={chosen.includes(name)} toggle={() => toggle(name)} />
    ));
  return (
    <details class="more selection">
      <summary>{t('history.choose', {n: chosen.length})}</summary>
      <div class="chips">
        {chips([...kTargets, ...kTargets.map((target) => `${target}.residual`), 'q_thermal_kw', 'health_index'])}
      </div>
      <div class="chips">{chips(kInputTags.map((tag) => tag.name))}</div>
    </details>
  );
}
