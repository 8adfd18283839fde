import type {AssetView} from '../../api/types';
import {kTargets} from '../../api/types';
import {capital, t, word} from '../../i18n';
import {levelOf, sentence} from '../../schematic/verdict';
import {meaning, unitOf} from '../../state/tags';
import {dateTime, number, quantity, signed, unitText} from '../../ui/format';
import {IntervalBar} from '../../ui/interval_bar';
import {Badge, Panel} from '../../ui/parts';

/** The coil is due for cleaning below this (twin/health.h). */
const kCleanAt = 0.7;

export function Gauge({index}: {index: number}) {
  const share = Math.min(Math.max(index, 0), 1.2) / 1.2;
  return (
    <div class="gauge" role="img" aria-label={t('health.spoken', {index: number(100 * index, 0)})}>
      <div class={index < kCleanAt ? 'gauge-fill low' : 'gauge-fill'} style={{width: `${100 * share}%`}} />
      <div class="gauge-limit" style={{left: `${(100 * kCleanAt) / 1.2}%`}} />
    </div>
  );
}

export function CoilHealth({view}: {view: AssetView}) {
  const {health, heat_balance: balance} = view;
  return (
    <Panel title={t('health.title')} class="of-sample">
      {health ? (
        <>
          <p class="result-value">
            <output>{number(100 * health.index, 0)}</output> <span class="unit">%</span>
          </p>
          <Gauge index={health.index} />
          <p class="hint">
            {health.trend_per_day === null
              ? t('health.no_trend')
              : t('health.trend', {trend: number(100 * health.trend_per_day, 2)})}
            {health.days_to_threshold !== null &&
              ` ${t('health.days', {days: number(health.days_to_threshold, 0), limit: number(100 * kCleanAt, 0)})}`}
          </p>
        </>
      ) : (
        <p class="hint">{t('health.none')}</p>
      )}
      <dl class="pairs">
        <dt>{meaning('Q_thermal')}</dt>
        <dd>{number(view.Q_thermal, 2)} kW</dd>
        <dt>{t('balance.title')}</dt>
        <dd>
          {balance
            ? t('balance.text', {air: number(balance.air_kw, 2), water: number(balance.water_kw, 2)})
            : t('balance.none')}
          {balance && !balance.closes && <Badge level="warning">{t('balance.open')}</Badge>}
        </dd>
        <dt>{t('predict.regime')}</dt>
        <dd>{word('regime', view.regime)}</dd>
        <dt>{t('domain.title')}</dt>
        <dd>{number(view.domain_distance, 2)}</dd>
      </dl>
    </Panel>
  );
}

export function Residuals({view}: {view: AssetView}) {
  return (
    <Panel title={t('residual.title')} class="of-sample residuals">
      <div class="scroll" tabIndex={0} role="group" aria-label={t('residual.title')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('residual.target')}</th>
              <th scope="col" class="num">
                {capital(t('schematic.measured'))}
              </th>
              <th scope="col" class="num">
                {capital(t('schematic.predicted'))}
              </th>
              <th scope="col" class="num">
                {t('residual.difference')}
              </th>
              <th scope="col" class="wide">
                {t('predict.interval')}
              </th>
            </tr>
          </thead>
          <tbody>
            {kTargets.map((target) => {
              const {measured, predicted, low, high, physics, residual} = view.targets[target];
              const unit = unitOf(target);
              return (
                <tr key={target}>
                  <th scope="row">
                    {target} <span class="unit">{unitText(unit)}</span>
                  </th>
                  <td class="num strong">{quantity(measured, unit)}</td>
                  <td class="num">{quantity(predicted, unit)}</td>
                  <td class="num">{signed(residual, unit)}</td>
                  <td>
                    <IntervalBar
                      low={low}
                      high={high}
                      predicted={predicted}
                      physics={physics}
                      measured={measured}
                      label={t('predict.intervalSpoken', {low: quantity(low, unit), high: quantity(high, unit)})}
                    />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="legend">
        <span class="key key-band" /> {t('legend.interval')} <span class="key key-predicted" /> {t('schematic.predicted')}{' '}
        <span class="key key-physics" /> {t('predict.physics')} <span class="key key-measured" /> {t('schematic.measured')}
      </p>
    </Panel>
  );
}

const kCauses = ['coil', 'water_flow', 'fan', 'sensor'] as const;

/** Where the air outlet's departure from first principles comes from. */
export function Causes({view}: {view: AssetView}) {
  const parts = view.residual_parts?.UCAOT;
  return (
    <Panel title={t('cause.title')} class="of-sample">
      {parts ? (
        <table class="bars">
          <tbody>
            {kCauses.map((cause) => {
              const amount = parts[cause] ?? 0;
              const width = `${Math.min(50, 25 * Math.abs(amount))}%`;
              return (
                <tr key={cause}>
                  <th scope="row">{t(`cause.${cause}`)}</th>
                  <td>
                    <div class="bars-track">
                      <div
                        class={amount < 0 ? 'bars-bar down' : 'bars-bar up'}
                        style={amount < 0 ? {right: '50%', width} : {left: '50%', width}}
                      />
                    </div>
                  </td>
                  <td class="bars-amount">{signed(amount, 'K')} K</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      ) : (
        <p class="hint">{t('cause.none')}</p>
      )}
    </Panel>
  );
}

export function Findings({view}: {view: AssetView}) {
  return (
    <Panel title={t('findings.title')} class="of-sample">
      {view.findings.length === 0 ? (
        <p class="hint">{t('findings.none')}</p>
      ) : (
        <ul class="findings">
          {view.findings.map((finding) => (
            <li key={finding.kind + finding.tag}>
              <Badge level={levelOf(finding)}>{word('kind', finding.kind)}</Badge>
              <p>{sentence(finding)}</p>
              <p class="hint">{t('findings.since', {time: dateTime(finding.since)})}</p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
