import {useState} from 'preact/hooks';

import {clockSkewMs, postJson} from '../../api/client';
import type {Alert} from '../../api/types';
import {capital, t, word} from '../../i18n';
import {alarmText, kindName} from '../../i18n/alarms';
import {said} from '../../i18n/said';
import {now} from '../../state/fleet';
import {Action} from '../../ui/confirm';
import {age, dateTime, quantity, unitText} from '../../ui/format';
import {Badge} from '../../ui/parts';
import {levelOf} from './alerts';

const kShelveTimes = [30, 120, 480, 1440];

function withUnit(value: number, unit: string): string {
  return `${quantity(value, unit)} ${unitText(unit)}`.trim();
}

function pathOf(alert: Alert, act: string): string {
  return `/api/v1/alerts/${encodeURIComponent(alert.id)}/${act}`;
}

function Shelve({alert, onChange}: Props) {
  const [minutes, setMinutes] = useState(kShelveTimes[1]!);
  return (
    <Action
      label={t('alerts.shelve')}
      role="operator"
      question={t('alerts.shelveQuestion')}
      run={(note) => postJson(pathOf(alert, 'shelve'), {minutes, note})}
      done={t('alerts.shelved')}
      onDone={onChange}
    >
      <label class="field-block">
        <span>{t('alerts.shelveFor')}</span>
        <select value={minutes} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>
          {kShelveTimes.map((choice) => (
            <option key={choice} value={choice}>
              {age(60 * choice)}
            </option>
          ))}
        </select>
      </label>
    </Action>
  );
}

function Acts({alert, onChange}: Props) {
  return (
    <div class="alert-acts">
      {!alert.acknowledged && (
        <Action
          label={t('alerts.ack')}
          role="operator"
          question={t('alerts.ackQuestion')}
          run={(note) => postJson(pathOf(alert, 'ack'), {note})}
          done={t('alerts.acked')}
          onDone={onChange}
        />
      )}
      {alert.shelved_until ? (
        <Action
          label={t('alerts.unshelve')}
          role="operator"
          question={t('alerts.unshelveQuestion')}
          run={(note) => postJson(pathOf(alert, 'unshelve'), {note})}
          done={t('alerts.unshelved')}
          onDone={onChange}
        />
      ) : (
        <Shelve alert={alert} onChange={onChange} />
      )}
    </div>
  );
}

interface Props {
  alert: Alert;
  onChange: () => void;
}

/** One alert: what, since when, why, what to do. */
export function AlertCard({alert, onChange}: Props) {
  const seconds = Math.max(0, (now.value + clockSkewMs.value - Date.parse(alert.raised)) / 1000);
  const quiet = alert.state === 'shelved' || alert.state === 'suppressed' || !alert.active;
  const level = levelOf(alert.severity);
  const text = alarmText(alert);
  return (
    <li class={`panel alert alert-${quiet ? 'quiet' : level}`}>
      <div class="alert-main">
        <p class="row">
          <Badge level={quiet ? 'unknown' : level}>{word('severity', alert.severity)}</Badge>
          <strong>{capital(text.title)}</strong>
          {alert.subject && <span class="code">{word('cause', alert.subject)}</span>}
          <span class="hint">{alert.asset || t('alerts.program')}</span>
          <span class="badge">{word('alarm', alert.state)}</span>
          {alert.first_out && <span class="badge">{t('alerts.firstOut')}</span>}
        </p>
        {alert.value !== null && alert.limit !== null && (
          <p>
            {t(alert.kind === 'departure' ? 'alerts.valueOnAverage' : 'alerts.value', {
              value: withUnit(alert.value, alert.unit),
              limit: withUnit(alert.limit, alert.unit),
            })}
          </p>
        )}
        <p class="hint">
          {t('alerts.since', {time: dateTime(alert.raised), age: age(seconds)})}
          {alert.occurrences > 1 && ` · ${t('alerts.times', {n: alert.occurrences})}`}
          {alert.shelved_until && ` · ${t('alerts.shelvedUntil', {time: dateTime(alert.shelved_until)})}`}
          {alert.suppressed_by &&
            ` · ${t('alerts.suppressed', {cause: kindName(alert.suppressed_by)})}`}
        </p>
        <details>
          <summary>
            {t('alerts.meaning')} · {t('alerts.action')}
          </summary>
          <dl class="why">
            <dt>{t('alerts.meaning')}</dt>
            <dd>
              {text.meaning} {said(alert.detail)}
            </dd>
            <dt>{t('alerts.action')}</dt>
            <dd>{text.action}</dd>
            <dt>{t('alerts.history')}</dt>
            <dd>
              <ul class="plain">
                {alert.history.map((change, i) => (
                  <li key={i}>
                    {dateTime(change.time)} · {word('alarm', change.state)} · {change.by || t('alerts.byProgram')}
                    {change.note && ` · ${change.note}`}
                  </li>
                ))}
              </ul>
            </dd>
          </dl>
        </details>
      </div>
      <Acts alert={alert} onChange={onChange} />
    </li>
  );
}
