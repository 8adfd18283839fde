import type {ComponentChildren} from 'preact';

import {t, word} from '../../i18n';
import {driftStatus, openAlerts} from '../../state/fleet';
import {link} from '../../state/route';
import {Badge, Panel} from '../../ui/parts';

/** How many alerts of `asset` are open, with the colour of the worst. */
export function AlertCount({asset}: {asset: string}) {
  const alerts = openAlerts.value?.filter((alert) => alert.asset === asset);
  if (!alerts) return <>{t('missing.short')}</>;
  if (alerts.length === 0) return <>{t('around.noAlerts')}</>;
  const worst = alerts.find(({active}) => active)?.severity;
  const level = worst === 'critical' || worst === 'warning' ? worst : 'unknown';
  return <Badge level={level}>{t('around.alerts', {n: alerts.length})}</Badge>;
}

/** Whether the telemetry of `asset` still is what the model learned from. */
export function DriftStatus({asset}: {asset: string}) {
  const status = driftStatus.value?.[asset];
  if (!status) return <span title={t('around.noDrift')}>–</span>;
  if (status === 'warning' || status === 'critical') return <Badge level={status}>{word('drift', status)}</Badge>;
  return <>{word('drift', status)}</>;
}

function Line({page, asset, children}: {page: 'alerts' | 'drift'; asset: string; children: ComponentChildren}) {
  return (
    <>
      <dt>
        <a href={link(page, {asset})}>{t(`nav.${page}`)}</a>
      </dt>
      <dd>{children}</dd>
    </>
  );
}

/** Alerts and drift in two lines, with the way to their pages. */
export function Surroundings({asset}: {asset: string}) {
  return (
    <Panel title={t('around.title')}>
      <dl class="pairs">
        <Line page="alerts" asset={asset}>
          <AlertCount asset={asset} />
        </Line>
        <Line page="drift" asset={asset}>
          <DriftStatus asset={asset} />
        </Line>
      </dl>
    </Panel>
  );
}
