import {kTargets} from '../../api/types';
import type {PlotSpec} from '../../charts/plot';
import {t} from '../../i18n';
import {kInputTags, meaning, unitOf} from '../../state/tags';

/** One live chart: which series it shows, and how. */
export interface LivePanel {
  key: string;
  title: string;
  code: string;
  series: string[];
  spec: PlotSpec;
}

type Zoom = Pick<PlotSpec, 'onZoom' | 'onReset'>;

const kHeight = 190;
const kGroup = 'live';
const kLeastSpan: Record<string, number> = {degC: 1, K: 1, 'm3/h': 40, 'L/h': 20, kW: 0.1, '%': 5, rpm: 40, mbar: 1};

function targetPanel(target: string, zoom: Zoom): LivePanel {
  const unit = unitOf(target);
  return {
    key: target,
    title: meaning(target),
    code: target,
    series: [`${target}.high`, `${target}.low`, `${target}.predicted`, `${target}.measured`],
    spec: {
      unit,
      height: kHeight,
      group: kGroup,
      leastSpan: kLeastSpan[unit] ?? 0,
      bands: [[0, 1]],
      lines: [
        {label: t('chart.high'), color: 'band', hidden: true},
        {label: t('chart.low'), color: 'band', hidden: true},
        {label: t('schematic.predicted'), color: 'predicted', width: 2},
        {label: t('schematic.measured'), color: 'ink'},
      ],
      ...zoom,
    },
  };
}

function residualPanel(target: string, zoom: Zoom): LivePanel {
  const unit = unitOf(target) === 'degC' ? 'K' : unitOf(target);
  return {
    key: `${target}.residual`,
    title: t('chart.residual', {what: meaning(target)}),
    code: target,
    series: [`${target}.high_from_predicted`, `${target}.low_from_predicted`, `${target}.residual`],
    spec: {
      unit,
      height: 130,
      group: kGroup,
      leastSpan: kLeastSpan[unit] ?? 0,
      bands: [[0, 1]],
      lines: [
        {label: t('chart.high'), color: 'band', hidden: true},
        {label: t('chart.low'), color: 'band', hidden: true},
        {label: t('residual.difference'), color: 'ink'},
      ],
      ...zoom,
    },
  };
}

function simplePanel(series: string, tag: string, zoom: Zoom, steps = false): LivePanel {
  const unit = unitOf(tag);
  return {
    key: series,
    title: meaning(tag),
    code: tag,
    series: [series],
    spec: {
      unit,
      height: 130,
      group: kGroup,
      leastSpan: kLeastSpan[unit] ?? 0,
      // A width of one is drawn much faster than any other, and there are thirty of these.
      lines: [{label: tag, color: 'ink', width: 1, steps}],
      ...zoom,
    },
  };
}

const kMain = ['UCAIT', 'UCWIT', 'UCWF', 'MVSO', 'UCFMS'];
const kStates = ['MVSO', 'UCFMS', 'UCOM', 'UCTSP', 'UCFS'];

/** Series that the charts begin with from the store. */
export const kPrefilled = [
  ...kTargets.flatMap((target) => ['measured', 'predicted', 'low', 'high', 'residual'].map((part) => `${target}.${part}`)),
  'q_thermal_kw',
  'health_index',
  ...kMain,
];

/** `main`: what matters; `all`: every tag besides. */
export function panels(which: 'main' | 'all', zoom: Zoom): LivePanel[] {
  const tags = which === 'main' ? kMain : kInputTags.map((tag) => tag.name);
  return [
    ...kTargets.map((target) => targetPanel(target, zoom)),
    ...kTargets.map((target) => residualPanel(target, zoom)),
    simplePanel('q_thermal_kw', 'Q_thermal', zoom),
    ...tags.map((tag) => simplePanel(tag, tag, zoom, kStates.includes(tag))),
    ...(which === 'main' ? [] : [simplePanel('health_index', 'health', zoom)]),
  ];
}
