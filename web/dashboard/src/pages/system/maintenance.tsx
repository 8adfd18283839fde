import {useState} from 'preact/hooks';

import {postJson} from '../../api/client';
import {useResource} from '../../api/resource';
import type {MaintenanceLevel, MaintenanceRun} from '../../api/types';
import {t, word} from '../../i18n';
import {me} from '../../state/session';
import {Action} from '../../ui/confirm';
import {dateTime} from '../../ui/format';
import {Icon} from '../../ui/icons';
import {Badge, Missing, Panel} from '../../ui/parts';

const kEveryMs = 15_000;

/** The checklist as it was filled in. */
function Checklist({run}: {run: MaintenanceRun}) {
  return (
    <>
      <ul class="plain checklist">
        {run.checks.map((check) => (
          <li key={check.name} class={check.passed ? '' : 'check-failed'}>
            <Icon name={check.passed ? 'check' : 'warning'} size={16} />
            <span>
              <strong>{word('check', check.name)}</strong> <span class="hint">{check.text}</span>
              {!check.passed && <span class="hidden"> {t('models.failed')}</span>}
            </span>
          </li>
        ))}
      </ul>
      <p class="hint">
        {t('maintenance.signed', {who: run.operator, time: dateTime(run.time)})}
        {run.note && ` · ${run.note}`}
      </p>
    </>
  );
}

function RunAndSign({level, onDone}: {level: string; onDone: () => void}) {
  const [operator, setOperator] = useState(me.value?.name ?? '');
  return (
    <Action
      label={t('maintenance.run')}
      role="operator"
      question={t('maintenance.question', {level: word('maintenance', level)})}
      run={(note) => postJson(`/api/v1/maintenance/${level}`, {operator, note})}
      done={t('maintenance.done')}
      onDone={onDone}
    >
      <label class="field-block">
        <span>{t('maintenance.operator')}</span>
        <input required value={operator} onInput={(event) => setOperator(event.currentTarget.value)} />
      </label>
    </Action>
  );
}

function Level({level, onDone}: {level: MaintenanceLevel; onDone: () => void}) {
  const {last} = level;
  return (
    <Panel
      title={word('maintenance', level.level)}
      note={level.due ? t('maintenance.due', {time: dateTime(level.due)}) : ''}
      actions={
        <>
          {level.overdue && <Badge level="warning">{t('maintenance.overdue')}</Badge>}
          {last && !last.passed && <Badge level="warning">{t('models.failed')}</Badge>}
          <RunAndSign level={level.level} onDone={onDone} />
        </>
      }
    >
      {last ? <Checklist run={last} /> : <p class="hint">{t('maintenance.never')}</p>}
    </Panel>
  );
}

/** The checklists of the maintenance manual: run, filled in by the program, signed by a person. */
export function Maintenance() {
  const answer = useResource<{levels: MaintenanceLevel[]}>('/api/v1/maintenance', kEveryMs);
  if (!answer.data) return <Missing error={answer.error} loading={answer.loading} />;
  return (
    <>
      {answer.data.levels.map((level) => (
        <Level key={level.level} level={level} onDone={answer.reload} />
      ))}
    </>
  );
}
