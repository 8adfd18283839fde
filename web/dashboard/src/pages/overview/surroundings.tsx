import {useResource} from '../../api/resource';
import {t, word} from '../../i18n';
import {openAlerts} from '../../state/fleet';
import {link} from '../../state/route';
import {Badge, Panel} from '../../ui/parts';

interface DriftHead {
  summary?: {overall_status?: string; critical_features?: number; warning_features?: number};
}

/** Alerts and drift in two lines, with the way to their pages. */
export function Surroundings({asset}: {asset: string}) {
  const drift = useResource<DriftHead>('/api/v1/drift', 60_000);
  const status = drift.data?.summary?.overall_status;
  const alerts = openAlerts.value;
  return (
    <Panel title={t('around.title')}>
      <dl class="pairs">
        <dt>
          <a href={link('alerts', {asset})}>{t('nav.alerts')}</a>
        </dt>
        <dd>
          {alerts === undefined && t('missing.short')}
          {alerts === 0 && t('around.noAlerts')}
          {!!alerts && <Badge level="warning">{t('around.alerts', {n: alerts})}</Badge>}
        </dd>
        <dt>
          <a href={link('drift', {asset})}>{t('nav.drift')}</a>
        </dt>
        <dd>
          {!status && t('missing.short')}
          {status && (status === 'warning' || status === 'critical') && (
            <Badge level={status}>{word('drift', status)}</Badge>
          )}
          {status && status !== 'warning' && status !== 'critical' && word('drift', status)}
        </dd>
      </dl>
    </Panel>
  );
}
