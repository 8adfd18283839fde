import {useEffect, useMemo, useState} from 'preact/hooks';

import type {AssetView, Target, TargetView} from '../../api/types';
import {kTargets} from '../../api/types';
import {t} from '../../i18n';
import {Schematic} from '../../schematic/schematic';
import {kInputTags} from '../../state/tags';
import {dateTime} from '../../ui/format';
import {Icon} from '../../ui/icons';
import {Choices, Empty, Panel} from '../../ui/parts';
import {history, rowsOf} from './data';
import type {Period} from './period';

const kParts = ['measured', 'predicted', 'low', 'high', 'physics', 'residual'] as const;
const kSeries = [
  ...kTargets.flatMap((target) => kParts.map((part) => `${target}.${part}`)),
  ...kInputTags.map((tag) => tag.name),
  'q_thermal_kw',
  'air_flow_m3_h',
  'regime',
];
const kPoints = 400;
const kSpeeds = [
  {value: '1', label: '1×'},
  {value: '4', label: '4×'},
  {value: '16', label: '16×'},
] as const;

type Row = ReturnType<typeof rowsOf>[number];

/** The cooler as the store remembers it at one instant. */
function viewOf(asset: string, {time, values}: Row): AssetView {
  const target = (name: Target): TargetView => {
    const part = (of: string) => values.get(`${name}.${of}`) ?? null;
    return {
      measured: part('measured'),
      predicted: part('predicted'),
      low: part('low'),
      high: part('high'),
      physics: part('physics'),
      residual: part('residual'),
      tracked: null,
    };
  };
  const inputs: Record<string, number> = {};
  for (const {name} of kInputTags) {
    const value = values.get(name);
    if (typeof value === 'number') inputs[name] = value;
  }
  return {
    asset,
    time: new Date(1000 * time).toISOString(),
    regime: values.get('regime') === 1 ? 'fan_off' : 'fan_on',
    targets: {UCAOT: target('UCAOT'), UCWOT: target('UCWOT'), UCAF: target('UCAF')},
    Q_thermal: values.get('q_thermal_kw') ?? null,
    air_flow_m3_h: values.get('air_flow_m3_h') ?? null,
    air_flow_is_virtual: false,
    domain_distance: null,
    findings: [],
    inputs,
    quality: {},
    received: '',
    stale_after_s: Number.POSITIVE_INFINITY,
    model_version: '',
  };
}

/** The period once more, in the picture of the cooler. */
export function Replay({asset, period}: {asset: string; period: Period}) {
  const [rows, setRows] = useState<Row[] | undefined>(undefined);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<(typeof kSpeeds)[number]['value']>('4');
  useEffect(() => {
    const abort = new AbortController();
    setPlaying(false);
    history(asset, kSeries, period.from, period.to, kPoints, abort.signal).then(
      (answer) => (setRows(rowsOf(answer)), setAt(0)),
      () => abort.signal.aborted || setRows([]),
    );
    return () => abort.abort();
  }, [asset, period]);
  const last = (rows?.length ?? 1) - 1;
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => setAt((now) => Math.min(now + 1, last)), 1000 / (2 * Number(speed)));
    return () => clearInterval(timer);
  }, [playing, speed, last]);
  useEffect(() => {
    if (at >= last) setPlaying(false);
  }, [at, last]);
  const row = rows?.[at];
  const view = useMemo(() => row && viewOf(asset, row), [asset, row]);
  if (!rows) return <Empty title={t('missing.loading')} />;
  if (!row || !view) return <Empty title={t('history.nothing')} />;
  return (
    <Panel title={t('history.replay')} note={dateTime(1000 * row.time)}>
      <div class="row replay">
        <button
          type="button"
          class="button"
          onClick={() => {
            if (at >= last) setAt(0);
            setPlaying(!playing);
          }}
        >
          <Icon name={playing ? 'pause' : 'play'} size={16} /> {t(playing ? 'live.pause' : 'history.play')}
        </button>
        <Choices label={t('history.speed')} value={speed} choices={kSpeeds} onChange={setSpeed} />
        <input
          class="slider"
          type="range"
          min={0}
          max={last}
          value={at}
          aria-label={t('history.position')}
          aria-valuetext={dateTime(1000 * row.time)}
          onInput={(event) => setAt(Number(event.currentTarget.value))}
        />
      </div>
      <Schematic view={view} stale={false} />
    </Panel>
  );
}
