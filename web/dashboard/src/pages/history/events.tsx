import {useMemo} from 'preact/hooks';

import {withQuery} from '../../api/client';
import {useResource} from '../../api/resource';
import type {Alert, ModelEvent, StoredFinding} from '../../api/types';
import type {Marker} from '../../charts/plot';
import {language, t, word} from '../../i18n';
import {alarmName} from '../../i18n/alarms';
import {sentence} from '../../schematic/verdict';
import {dateTime} from '../../ui/format';
import {Badge, Empty, type Level, Panel} from '../../ui/parts';
import type {Period} from './period';

/** Something that happened, as a marker in the charts and a line of the list. */
export interface Happening {
  time: number; // [ms since 1970]
  kind: 'alert' | 'finding' | 'model';
  level: Level;
  text: string;
}

const kMost = 200;

function levelOfSeverity(severity: string): Level {
  return severity === 'critical' || severity === 'warning' ? severity : 'unknown';
}

/** Alerts, findings and model changes of the period, the latest first. */
export function useHappenings(asset: string, period: Period): Happening[] {
  const range = {from: new Date(period.from).toISOString(), to: new Date(period.to).toISOString()};
  const findings = useResource<StoredFinding[]>(withQuery('/api/v1/findings', {asset, ...range, limit: kMost}));
  const alerts = useResource<{alerts: Alert[]}>(withQuery('/api/v1/alerts', {state: 'all', limit: kMost}));
  const models = useResource<{events: ModelEvent[]}>('/api/v1/models/history');
  return useMemo(() => {
    const all: Happening[] = [
      ...(findings.data ?? []).map((finding) => ({
        time: Date.parse(finding.since),
        kind: 'finding' as const,
        level: 'unknown' as const,
        text: sentence({...finding, ...finding.data}),
      })),
      ...(alerts.data?.alerts ?? [])
        .filter((alert) => alert.asset === '' || alert.asset === asset)
        .map((alert) => ({
          time: Date.parse(alert.since),
          kind: 'alert' as const,
          level: levelOfSeverity(alert.severity),
          text: alarmName(alert),
        })),
      ...(models.data?.events ?? []).map((event) => ({
        time: Date.parse(event.time),
        kind: 'model' as const,
        level: 'normal' as const,
        text: t('history.model', {change: word('change', event.change), version: event.version}),
      })),
    ];
    return all
      .filter((event) => event.time >= period.from && event.time <= period.to)
      .sort((a, b) => b.time - a.time);
  }, [findings.data, alerts.data, models.data, period, asset, language.value]);
}

export function markersOf(happenings: Happening[]): Marker[] {
  return happenings.map(({time, text, level}) => ({
    time: time / 1000,
    label: text,
    color: level === 'critical' ? 'critical' : level === 'warning' ? 'warning' : 'metal-2',
  }));
}

export function Happenings({list, onLook}: {list: Happening[]; onLook: (time: number) => void}) {
  return (
    <Panel title={t('history.events')} note={t('history.eventsNote', {n: list.length})}>
      {list.length === 0 ? (
        <Empty title={t('history.noEvents')} />
      ) : (
        <div class="scroll tall" tabIndex={0} role="group" aria-label={t('history.events')}>
          <table>
            <tbody>
              {list.map((event, i) => (
                <tr key={i}>
                  <td class="nowrap">
                    <button type="button" class="button button-small" onClick={() => onLook(event.time)}>
                      {dateTime(event.time)}
                    </button>
                  </td>
                  <td>
                    <Badge level={event.level}>{t(`history.${event.kind}Word`)}</Badge>
                  </td>
                  <td>{event.text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
