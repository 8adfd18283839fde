import {useState} from 'preact/hooks';

import {useResource} from '../../api/resource';
import {t} from '../../i18n';
import {Choices, Missing, Panel} from '../../ui/parts';

const kEveryMs = 5_000;
const kLines = 300;

function levelOf(line: string): string {
  if (/\b(ERROR|CRITICAL)\b/.test(line)) return 'log-error';
  return /\bWARN(ING)?\b/.test(line) ? 'log-warning' : '';
}

/** The last lines of the program's log. */
export function Logs() {
  const [log, setLog] = useState<'api' | 'monitor'>('api');
  const logs = useResource<{lines: string[]}>(`/api/v1/logs?lines=${kLines}&log=${log}`, kEveryMs);
  const [wanted, setWanted] = useState('');
  const lines = (logs.data?.lines ?? []).filter((line) => line.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <Panel
      title={t('system.logs')}
      note={t('log.count', {n: lines.length})}
      actions={
        <>
          <Choices
            label={t('system.logs')}
            value={log}
            choices={[
              {value: 'api', label: 'api.log'},
              {value: 'monitor', label: 'monitor.log'},
            ]}
            onChange={setLog}
          />
          <label class="inline-field">
            {t('log.filter')}
            <input type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
          </label>
        </>
      }
    >
      {!logs.data && <Missing error={logs.error} loading={logs.loading} />}
      <pre class="log" tabIndex={0} role="log" aria-label={t('system.logs')}>
        {lines.map((line, i) => (
          <div key={i} class={levelOf(line)}>
            {line}
          </div>
        ))}
      </pre>
    </Panel>
  );
}
