import {useCallback, useEffect, useMemo, useState} from 'preact/hooks';

import {ApiError} from '../../api/client';
import {t, word} from '../../i18n';
import {asset} from '../../state/fleet';
import {loadStored, stored, storedAsset} from '../../state/stored';
import {Icon} from '../../ui/icons';
import {Empty, Missing} from '../../ui/parts';
import {say} from '../../ui/toast';
import {HistoryCharts, seriesFor} from './charts';
import {history, type History} from './data';
import {Happenings, markersOf, useHappenings} from './events';
import {lastHours, type Period, PeriodChoice} from './period';
import {Replay} from './replay';
import {savePng, saveCsv} from './save';
import {kDefaultChoice, Selection} from './selection';

const kPoints = 1_000;

/** What the store has of `chosen` in that period; the last answer stays while the next is awaited. */
function useHistory(name: string, chosen: readonly string[], period: Period) {
  const [answer, setAnswer] = useState<History | undefined>(undefined);
  const [error, setError] = useState<ApiError | undefined>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    history(name, seriesFor(chosen), period.from, period.to, kPoints, abort.signal).then(
      (got) => (setAnswer(got), setError(undefined)),
      (failure: unknown) => {
        if (!abort.signal.aborted && failure instanceof ApiError) setError(failure);
      },
    );
    return () => abort.abort();
  }, [name, chosen, period]);
  return {answer, error};
}

function complain(failure: unknown): void {
  say(failure instanceof Error ? failure.message : String(failure), 'critical');
}

function HistoryOf({name, newest}: {name: string; newest: number}) {
  const [period, setPeriod] = useState<Period>(() => lastHours(24, newest));
  const [before, setBefore] = useState<Period[]>([]);
  const [chosen, setChosen] = useState<string[]>(kDefaultChoice);
  const [replay, setReplay] = useState(false);
  const {answer, error} = useHistory(name, chosen, period);
  const happenings = useHappenings(name, period);
  const markers = useMemo(() => markersOf(happenings), [happenings]);
  const zoom = useCallback(
    (from: number, to: number) => {
      setBefore((list) => [...list, period]);
      setPeriod({from: 1000 * from, to: 1000 * to});
    },
    [period],
  );
  const back = useCallback(() => {
    setBefore((list) => {
      const last = list[list.length - 1];
      if (last) setPeriod(last);
      return list.slice(0, -1);
    });
  }, []);
  const look = (time: number) => zoom(time / 1000 - 1800, time / 1000 + 1800);
  const charts = () => document.getElementById('history-charts');
  return (
    <div class="stack">
      <div class="panel row toolbar">
        <PeriodChoice period={period} newest={newest} onChange={(next) => (setBefore([]), setPeriod(next))} />
        <button type="button" class="button" disabled={before.length === 0} onClick={back}>
          <Icon name="reset" size={16} /> {t('history.back')}
        </button>
        <button type="button" class="button" aria-pressed={replay} onClick={() => setReplay(!replay)}>
          <Icon name="play" size={16} /> {t('history.replay')}
        </button>
        <button
          type="button"
          class="button"
          onClick={() => void saveCsv(name, seriesFor(chosen), period).catch(complain)}
        >
          <Icon name="download" size={16} /> CSV
        </button>
        <button
          type="button"
          class="button"
          disabled={!answer || !!error}
          onClick={() => void savePng(charts()!, name, period).catch(complain)}
        >
          <Icon name="download" size={16} /> PNG
        </button>
        {answer && <span class="hint">{t('history.level', {level: word('level.store', answer.level)})}</span>}
      </div>
      <div class="panel">
        <Selection chosen={chosen} onChange={setChosen} />
      </div>
      {replay && <Replay asset={name} period={period} />}
      {error && <Missing error={error} loading={false} />}
      {!error && answer && (
        <HistoryCharts
          chosen={chosen}
          history={answer}
          period={period}
          markers={markers}
          onZoom={zoom}
          onReset={back}
        />
      )}
      {!error && !answer && <Missing error={undefined} loading />}
      {chosen.length === 0 && <Empty title={t('history.chooseSome')} />}
      <Happenings list={happenings} onLook={look} />
    </div>
  );
}

export function Page() {
  const [error, setError] = useState<ApiError | undefined>(undefined);
  const load = () =>
    void loadStored().catch((failure: unknown) => failure instanceof ApiError && setError(failure));
  const live = asset.value?.asset;
  const unknown = live !== undefined && stored.value?.every((each) => each.asset !== live);
  useEffect(load, [unknown === true]);
  if (error || !stored.value) return <Missing error={error} loading={!error} />;
  const of = storedAsset.value;
  if (!of) return <Empty title={t('fleet.none')}>{t('fleet.noneText')}</Empty>;
  // The period ends with the newest sample there was when the page was opened.
  return <HistoryOf key={of.asset + of.to} name={of.asset} newest={Date.parse(of.to)} />;
}
