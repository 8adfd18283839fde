import {useState} from 'preact/hooks';

import {postJson} from '../../api/client';
import {useResource} from '../../api/resource';
import type {MaintenanceLog, MaintenanceState} from '../../api/types';
import {capital, t, word} from '../../i18n';
import {said} from '../../i18n/said';
import {me} from '../../state/session';
import {Action} from '../../ui/confirm';
import {dateTime} from '../../ui/format';
import {Icon, type IconName} from '../../ui/icons';
import {Badge, Missing, Panel} from '../../ui/parts';

const kLevels = ['daily', 'weekly', 'monthly', 'quarterly', 'annual'] as const;
type Level = (typeof kLevels)[number];

const kEveryMs = 5_000;
const kIcons: Record<string, IconName> = {ok: 'check', warning: 'warning', failed: 'critical', skipped: 'info'};

/** The checklist as it was filled in. */
function Checklist({log}: {log: MaintenanceLog}) {
  return (
    <>
      <ul class="plain checklist">
        {log.items.map((item) => (
          <li key={item.name} class={`check-${item.status}`}>
            <Icon name={kIcons[item.status] ?? 'info'} size={16} />
            <span>
              <strong>{said(item.title)}</strong> <span class="hidden">{word('check', item.status)}: </span>
              <span class="hint">{said(item.evidence)}</span>
              {item.status !== 'ok' && item.status !== 'skipped' && item.procedure && (
                <span class="procedure">{said(item.procedure)}</span>
              )}
            </span>
          </li>
        ))}
      </ul>
      <p class="hint">
        {t('maintenance.signed', {who: log.operator, time: dateTime(log.signed)})}
        {log.note && ` · ${log.note}`}
        {!log.signature_valid && <Badge level="critical">{t('maintenance.forged')}</Badge>}
      </p>
    </>
  );
}

function RunAndSign({level, busy, onDone}: {level: Level; busy: boolean; onDone: () => void}) {
  const [operator, setOperator] = useState(me.value?.name ?? '');
  return (
    <Action
      label={t('maintenance.run')}
      role="operator"
      question={t('maintenance.question', {level: t(`maintenance.${level}`)})}
      run={(note) => postJson(`/api/v1/maintenance/${level}`, {operator, note})}
      done={t('maintenance.begun')}
      onDone={onDone}
      disabled={busy}
    >
      <label class="field-block">
        <span>{t('maintenance.operator')}</span>
        <input required value={operator} onInput={(event) => setOperator(event.currentTarget.value)} />
      </label>
    </Action>
  );
}

function Earlier({logs}: {logs: MaintenanceLog[]}) {
  if (logs.length === 0) return null;
  return (
    <details class="more">
      <summary>{t('maintenance.earlier', {n: logs.length})}</summary>
      {logs.map((log) => (
        <Checklist key={log.signed} log={log} />
      ))}
    </details>
  );
}

/** The checklists of the maintenance manual: run, filled in by the program, signed by a person. */
export function Maintenance() {
  const answer = useResource<MaintenanceState>('/api/v1/maintenance', kEveryMs);
  if (!answer.data) return <Missing error={answer.error} loading={answer.loading} />;
  const {under_way: underWay, logs} = answer.data;
  return (
    <>
      {kLevels.map((level) => {
        const [last, ...earlier] = logs.filter((log) => log.level === level);
        return (
          <Panel
            key={level}
            title={capital(t(`maintenance.${level}`))}
            actions={
              <>
                {underWay === level && <Badge level="unknown">{t('action.working')}</Badge>}
                {last && !last.passed && <Badge level="warning">{t('models.failed')}</Badge>}
                <RunAndSign level={level} busy={underWay !== ''} onDone={answer.reload} />
              </>
            }
          >
            {last ? <Checklist log={last} /> : <p class="hint">{t('maintenance.never')}</p>}
            <Earlier logs={earlier} />
          </Panel>
        );
      })}
    </>
  );
}
