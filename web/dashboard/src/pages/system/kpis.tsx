import {useResource} from '../../api/resource';
import type {Kpi} from '../../api/types';
import {capital, known, t, word} from '../../i18n';
import {plain, quantity, unitText} from '../../ui/format';
import {Badge, type Level, Missing, Panel} from '../../ui/parts';

const kEveryMs = 5_000;

export function levelOf(status: string): Level {
  if (status === 'critical' || status === 'warning') return status;
  return status === 'unknown' ? 'unknown' : 'normal';
}

/** A limit with its sign: lower is better, but for those whose target is above what is critical. */
function limit(kpi: Kpi, value: number, side: 'within' | 'beyond'): string {
  const below = kpi.target < kpi.critical === (side === 'within');
  return `${below ? '<' : '>'} ${plain(value)} ${unitText(kpi.unit)}`;
}

/** The table of the maintenance guide, section 6, as it is now. */
export function Kpis() {
  const kpis = useResource<{status: string; kpis: Kpi[]}>('/api/v1/kpis', kEveryMs);
  if (!kpis.data) return <Missing error={kpis.error} loading={kpis.loading} />;
  return (
    <Panel
      title={t('system.kpis')}
      actions={<Badge level={levelOf(kpis.data.status)}>{word('kpi', kpis.data.status)}</Badge>}
    >
      <div class="scroll" tabIndex={0} role="group" aria-label={t('system.kpis')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('kpi.metric')}</th>
              <th scope="col" class="num">
                {t('kpi.now')}
              </th>
              <th scope="col">{t('col.state')}</th>
              <th scope="col" class="num">
                {t('kpi.target')}
              </th>
              <th scope="col" class="num">
                {capital(t('level.warning'))}
              </th>
              <th scope="col" class="num">
                {capital(t('level.critical'))}
              </th>
            </tr>
          </thead>
          <tbody>
            {kpis.data.kpis.map((kpi) => (
              <tr key={kpi.name}>
                <th scope="row">{known(`kpi.${kpi.name}`) ? t(`kpi.${kpi.name}` as 'kpi.memory_usage') : kpi.label}</th>
                <td class="num strong">
                  {quantity(kpi.value, kpi.unit === 'MB' ? 'W' : kpi.unit)} <span class="unit">{unitText(kpi.unit)}</span>
                </td>
                <td>
                  <Badge level={levelOf(kpi.status)}>{word('kpi', kpi.status)}</Badge>
                </td>
                <td class="num">{limit(kpi, kpi.target, 'within')}</td>
                <td class="num">{limit(kpi, kpi.warning, 'beyond')}</td>
                <td class="num">{limit(kpi, kpi.critical, 'beyond')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
