import {useState} from 'preact/hooks';

import {useResource} from '../../api/resource';
import {t} from '../../i18n';
import {Missing, Panel} from '../../ui/parts';

const kEveryMs = 5_000;
const kLines = 300;

function levelOf(line: string): string {
  if (/\b(ERROR|CRITICAL)\b/.test(line)) return 'log-error';
  return /\bWARN(ING)?\b/.test(line) ? 'log-warning' : '';
}

/** The last lines of the program's log. */
export function Logs() {
  const logs = useResource<{lines: string[]}>(`/api/v1/logs?lines=${kLines}`, kEveryMs);
  const [wanted, setWanted] = useState('');
  if (!logs.data) return <Missing error={logs.error} loading={logs.loading} />;
  const lines = logs.data.lines.filter((line) => line.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <Panel
      title={t('system.logs')}
      note={t('log.count', {n: lines.length})}
      actions={
        <label class="inline-field">
          {t('log.filter')}
          <input type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </label>
      }
    >
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
