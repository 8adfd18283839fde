import {useMemo} from 'preact/hooks';

import {kTargets} from '../../api/types';
import {StaticChart} from '../../charts/chart';
import type {Color} from '../../charts/palette';
import type {Marker, PlotData, PlotSpec} from '../../charts/plot';
import {language, t} from '../../i18n';
import {unitOf} from '../../state/tags';
import {aligned, type History} from './data';
import type {Period} from './period';
import {nameOf} from './selection';

type Part = 'mean' | 'min' | 'max';

/** One chart: its series of the store, and how they are drawn. */
interface Group {
  key: string;
  title: string;
  unit: string;
  series: readonly [string, Part][];
  lines: PlotSpec['lines'];
  bands: [number, number][];
}

const kColors: readonly Color[] = ['ink', 'predicted', 'warm', 'cold', 'metal-2'];
const kDashes: readonly (number[] | undefined)[] = [undefined, undefined, undefined, [6, 4], [2, 3]];

const isTarget = (name: string) => (kTargets as readonly string[]).includes(name);

function unitOfSeries(name: string, of: History | undefined): string {
  if (name.endsWith('.residual')) {
    const unit = unitOf(name.slice(0, -'.residual'.length));
    return unit === 'degC' ? 'K' : unit;
  }
  if (name === 'q_thermal_kw') return 'kW';
  return of?.series[name]?.unit || unitOf(name);
}

/** How a series is called in a legend. */
function codeOf(name: string): string {
  return name === 'health_index' ? t('health.short') : name === 'q_thermal_kw' ? 'Q_thermal' : name;
}

/** Names in the store that a choice needs. */
export function seriesFor(chosen: readonly string[]): string[] {
  return chosen.flatMap((name) =>
    isTarget(name) ? ['measured', 'predicted', 'low', 'high'].map((part) => `${name}.${part}`) : [name],
  );
}

function targetGroup(target: string): Group {
  return {
    key: target,
    title: nameOf(target),
    unit: unitOf(target),
    series: [
      [`${target}.high`, 'mean'],
      [`${target}.low`, 'mean'],
      [`${target}.predicted`, 'mean'],
      [`${target}.measured`, 'mean'],
    ],
    lines: [
      {label: t('chart.high'), color: 'band', hidden: true},
      {label: t('chart.low'), color: 'band', hidden: true},
      {label: t('schematic.predicted'), color: 'predicted', width: 2},
      {label: t('schematic.measured'), color: 'ink'},
    ],
    bands: [[0, 1]],
  };
}

/** Series of one unit over each other; a single one with the room between its extremes. */
function overlay(names: string[], unit: string, rolled: boolean): Group {
  const single = names.length === 1 && rolled;
  return {
    key: names.join('+'),
    title: names.map(nameOf).join(' · '),
    unit,
    series: single
      ? [
          [names[0]!, 'max'],
          [names[0]!, 'min'],
          [names[0]!, 'mean'],
        ]
      : names.map((name) => [name, 'mean'] as [string, Part]),
    lines: single
      ? [
          {label: t('chart.high'), color: 'band', hidden: true},
          {label: t('chart.low'), color: 'band', hidden: true},
          {label: codeOf(names[0]!), color: 'ink'},
        ]
      : names.map((name, i) => ({
          label: codeOf(name),
          color: kColors[i % kColors.length]!,
          ...(kDashes[i % kDashes.length] ? {dash: kDashes[i % kDashes.length]!} : {}),
        })),
    bands: single ? [[0, 1]] : [],
  };
}

function groupsOf(chosen: readonly string[], of: History | undefined): Group[] {
  const groups = chosen.filter(isTarget).map(targetGroup);
  const byUnit = new Map<string, string[]>();
  for (const name of chosen.filter((series) => !isTarget(series))) {
    const unit = unitOfSeries(name, of);
    byUnit.set(unit, [...(byUnit.get(unit) ?? []), name]);
  }
  for (const [unit, names] of byUnit) groups.push(overlay(names, unit, of?.level !== 'raw'));
  return groups;
}

interface Props {
  chosen: readonly string[];
  history: History;
  period: Period;
  markers: Marker[];
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

function GroupChart({group, history, period, markers, onZoom, onReset}: Props & {group: Group}) {
  const data: PlotData = useMemo(() => aligned(history, group.series), [history, group]);
  const spec: PlotSpec = useMemo(
    () => ({
      unit: group.unit,
      lines: group.lines,
      bands: group.bands,
      height: 210,
      group: 'history',
      onZoom,
      onReset,
    }),
    [group, onZoom, onReset],
  );
  const range = useMemo<[number, number]>(() => [period.from / 1000, period.to / 1000], [period]);
  return <StaticChart title={group.title} spec={spec} data={data} range={range} markers={markers} />;
}

export function HistoryCharts(props: Props) {
  const {chosen, history} = props;
  const groups = useMemo(() => groupsOf(chosen, history), [chosen, history, language.value]);
  return (
    <div class="charts charts-wide" id="history-charts">
      {groups.map((group) => (
        <GroupChart key={group.key} {...props} group={group} />
      ))}
    </div>
  );
}
