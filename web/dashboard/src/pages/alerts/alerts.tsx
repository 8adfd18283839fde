import {useState} from 'preact/hooks';

import {useResource} from '../../api/resource';
import type {Alert} from '../../api/types';
import {t, word} from '../../i18n';
import {alarmName} from '../../i18n/alarms';
import {byUrgency} from '../../state/alerts';
import {dateTime} from '../../ui/format';
import {Badge, Choices, Empty, type Level, Missing, Panel} from '../../ui/parts';
import {AlertCard} from './card';

const kEveryMs = 3_000;
const kJournalLines = 200;

export function levelOf(severity: string): Level {
  return severity === 'critical' || severity === 'warning' ? severity : 'unknown';
}

function Open() {
  const alerts = useResource<{alerts: Alert[]}>('/api/v1/alerts?state=open', kEveryMs);
  if (!alerts.data) return <Missing error={alerts.error} loading={alerts.loading} />;
  if (alerts.data.alerts.length === 0) return <Empty title={t('alerts.none')}>{t('alerts.noneText')}</Empty>;
  return (
    <ul class="alerts" aria-label={t('alerts.open')}>
      {[...alerts.data.alerts].sort(byUrgency).map((alert) => (
        <AlertCard key={alert.id} alert={alert} onChange={alerts.reload} />
      ))}
    </ul>
  );
}

/** Every change of every alert that is remembered, the latest first. */
function Journal() {
  const alerts = useResource<{alerts: Alert[]}>(`/api/v1/alerts?state=all&limit=${kJournalLines}`, 10 * kEveryMs);
  if (!alerts.data) return <Missing error={alerts.error} loading={alerts.loading} />;
  const lines = alerts.data.alerts
    .flatMap((alert) => alert.history.map((change) => ({alert, change})))
    .sort((a, b) => Date.parse(b.change.time) - Date.parse(a.change.time));
  if (lines.length === 0) return <Empty title={t('alerts.none')} />;
  return (
    <Panel title={t('alerts.journal')}>
      <div class="scroll" tabIndex={0} role="group" aria-label={t('alerts.journal')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('col.time')}</th>
              <th scope="col">{t('col.severity')}</th>
              <th scope="col">{t('col.asset')}</th>
              <th scope="col">{t('col.what')}</th>
              <th scope="col">{t('col.state')}</th>
              <th scope="col">{t('col.by')}</th>
              <th scope="col">{t('col.note')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({alert, change}, i) => (
              <tr key={i}>
                <td class="nowrap">{dateTime(change.time)}</td>
                <td>
                  <Badge level={levelOf(alert.severity)}>{word('severity', alert.severity)}</Badge>
                </td>
                <td>{alert.asset || t('alerts.program')}</td>
                <td>{alarmName(alert)}</td>
                <td>{word('alarm', change.state)}</td>
                <td>{change.by || t('alerts.byProgram')}</td>
                <td>{change.note}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

export function Page() {
  const [view, setView] = useState<'open' | 'journal'>('open');
  return (
    <div class="stack">
      <div class="row">
        <Choices
          label={t('alerts.view')}
          value={view}
          choices={[
            {value: 'open', label: t('alerts.open')},
            {value: 'journal', label: t('alerts.journal')},
          ]}
          onChange={setView}
        />
      </div>
      {view === 'open' ? <Open /> : <Journal />}
    </div>
  );
}
