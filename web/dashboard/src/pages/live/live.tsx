import {useCallback, useEffect, useMemo, useState} from 'preact/hooks';

import {ChartFrame} from '../../charts/chart';
import type {Plot} from '../../charts/plot';
import {language, t} from '../../i18n';
import {asset} from '../../state/fleet';
import {number} from '../../ui/format';
import {Icon} from '../../ui/icons';
import {Badge, Choices, Empty} from '../../ui/parts';
import {type Feed, openFeed} from './feed';
import {Frames} from './frames';
import {type LivePanel, panels} from './panels';

const kWindows = [
  {value: '900', label: '15 min'},
  {value: '3600', label: '1 h'},
  {value: '21600', label: '6 h'},
] as const;

function LiveChart({panel, frames}: {panel: LivePanel; frames: Frames}) {
  const attach = useCallback(
    (plot: Plot, element: HTMLElement) => frames.add(plot, element, panel.series),
    [frames, panel],
  );
  return <ChartFrame title={panel.title} code={panel.code} spec={panel.spec} attach={attach} />;
}

function StreamState({feed}: {feed: Feed}) {
  const state = feed.stream.state.value;
  const resumed = feed.stream.resumed.value;
  return (
    <span class="row" role="status">
      {state === 'open' ? (
        <span class="state-ok">
          <Icon name="check" size={14} /> {t('stream.open', {rate: number(feed.rate.value, 1)})}
        </span>
      ) : (
        <Badge level={state === 'connecting' ? 'unknown' : 'warning'}>{t(`stream.${state}`)}</Badge>
      )}
      {resumed > 0 && <span class="hint">{t('stream.resumed', {n: resumed})}</span>}
    </span>
  );
}

function Charts({feed}: {feed: Feed}) {
  const [seconds, setSeconds] = useState<(typeof kWindows)[number]['value']>('3600');
  const [which, setWhich] = useState<'main' | 'all'>('main');
  const [fixed, setFixed] = useState<[number, number] | undefined>(undefined);
  const [held, setHeld] = useState(0);
  const frames = useMemo(() => new Frames(feed.buffer, {seconds: 3600, fixed: undefined}), [feed]);
  useEffect(() => () => frames.stop(), [frames]);
  frames.view.seconds = Number(seconds);
  frames.view.fixed = fixed;

  const pauseAt = useCallback(
    (range: [number, number]) => {
      setHeld(feed.buffer.received);
      setFixed(range);
    },
    [feed],
  );
  const resume = useCallback(() => setFixed(undefined), []);
  const shown = useMemo(
    () => panels(which, {onZoom: (from, to) => pauseAt([from, to]), onReset: resume}),
    [which, pauseAt, resume, language.value],
  );
  useEffect(() => {
    const timer = setInterval(() => feed.measureRate(), 1000);
    return () => clearInterval(timer);
  }, [feed]);
  // Counts what arrives while nothing moves.
  const waiting = feed.rate.value >= 0 && fixed ? feed.buffer.received - held : 0;
  return (
    <div class="stack">
      <div class="panel row toolbar">
        <button
          type="button"
          class={fixed ? 'button button-primary' : 'button'}
          onClick={() => (fixed ? resume() : pauseAt(frames.range))}
        >
          <Icon name={fixed ? 'play' : 'pause'} size={16} /> {t(fixed ? 'live.resume' : 'live.pause')}
        </button>
        <Choices label={t('live.window')} value={seconds} choices={kWindows} onChange={setSeconds} />
        <Choices
          label={t('live.which')}
          value={which}
          choices={[
            {value: 'main', label: t('live.main')},
            {value: 'all', label: t('live.all')},
          ]}
          onChange={setWhich}
        />
        <StreamState feed={feed} />
        <span class="hint">{fixed ? t('live.held', {n: waiting}) : t('live.hint')}</span>
      </div>
      <div class="charts">
        {shown.map((panel) => (
          <LiveChart key={panel.key} panel={panel} frames={frames} />
        ))}
      </div>
    </div>
  );
}

export function Page() {
  const name = asset.value?.asset;
  const [feed, setFeed] = useState<Feed | undefined>(undefined);
  useEffect(() => {
    if (!name) return undefined;
    let current: Feed | undefined;
    let gone = false;
    const newest = asset.peek()?.time ?? new Date().toISOString();
    void openFeed(name, newest, 3600).then((opened) => {
      current = opened;
      if (gone) opened.stream.close();
      else setFeed(opened);
    });
    return () => {
      gone = true;
      current?.stream.close();
    };
  }, [name]);
  if (!name) return <Empty title={t('fleet.none')}>{t('fleet.noneText')}</Empty>;
  if (!feed) return <Empty title={t('missing.loading')} />;
  if (feed.stream.state.value === 'absent') {
    return <Empty title={t('missing.notThere')}>{t('missing.notThereText')}</Empty>;
  }
  return <Charts key={name} feed={feed} />;
}
