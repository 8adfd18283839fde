import {useState} from 'preact/hooks';

import type {Explanation, Prediction, Target} from '../../api/types';
import {kTargets} from '../../api/types';
import {t, word} from '../../i18n';
import {meaning, unitOf} from '../../state/tags';
import {number, quantity, signed, unitText} from '../../ui/format';
import {IntervalBar} from '../../ui/interval_bar';
import {Badge, Choices, Panel} from '../../ui/parts';

interface CardProps {
  target: Target;
  prediction: Prediction;
  other: Prediction | undefined;
}

function TargetCard({target, prediction, other}: CardProps) {
  const unit = unitOf(target);
  const value = prediction[target];
  const {low, high} = prediction.intervals[target];
  const physics = prediction.physics[target];
  const difference = other && value !== null && other[target] !== null ? other[target] - value : undefined;
  return (
    <div class="result" data-target={target}>
      <h3>
        {meaning(target)} <span class="code">{target}</span>
      </h3>
      <p class="result-value">
        <output>{quantity(value, unit)}</output> <span class="unit">{unitText(unit)}</span>
      </p>
      <IntervalBar
        low={low}
        high={high}
        predicted={value}
        physics={physics}
        other={other?.[target]}
        label={t('predict.intervalSpoken', {low: quantity(low, unit), high: quantity(high, unit)})}
      />
      <dl class="pairs">
        <dt>{t('predict.interval')}</dt>
        <dd>
          {quantity(low, unit)} … {quantity(high, unit)}
        </dd>
        <dt>{t('predict.physics')}</dt>
        <dd>{quantity(physics, unit)}</dd>
        {difference !== undefined && (
          <>
            <dt>{t('predict.caseB')}</dt>
            <dd>
              {quantity(other?.[target], unit)} ({signed(difference, unit)})
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

function HeatCard({prediction, other}: Omit<CardProps, 'target'>) {
  const value = prediction.Q_thermal;
  const second = other?.Q_thermal;
  return (
    <div class="result" data-target="Q_thermal">
      <h3>
        {meaning('Q_thermal')} <span class="code">Q_thermal</span>
      </h3>
      <p class="result-value">
        <output>{quantity(value, 'kW')}</output> <span class="unit">kW</span>
      </p>
      <p class="hint">{t(value !== null && value < 0 ? 'predict.heats' : 'predict.cools')}</p>
      <dl class="pairs">
        <dt>{t('predict.regime')}</dt>
        <dd>{word('regime', prediction.regime)}</dd>
        <dt>{t('predict.evidence')}</dt>
        <dd>{word('evidence', prediction.evidence)}</dd>
        {typeof second === 'number' && typeof value === 'number' && (
          <>
            <dt>{t('predict.caseB')}</dt>
            <dd>
              {quantity(second, 'kW')} ({signed(second - value, 'kW', 0)})
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

export function Results({prediction, other}: Omit<CardProps, 'target'>) {
  return (
    <div class="results" aria-live="polite">
      {kTargets.map((target) => (
        <TargetCard key={target} target={target} prediction={prediction} other={other} />
      ))}
      <HeatCard prediction={prediction} other={other} />
    </div>
  );
}

/** How far the instant lies from what the model has seen. */
export function DomainGauge({prediction}: {prediction: Prediction}) {
  const {distance, inside, worst_feature} = prediction.domain;
  const kShownTo = 3;
  const share = Math.min(distance, kShownTo) / kShownTo;
  return (
    <div class="domain">
      <div class="domain-scale" role="img" aria-label={t('domain.spoken', {distance: number(distance, 2)})}>
        <div class="domain-inside" style={{width: `${100 / kShownTo}%`}} />
        <div class="domain-mark" style={{left: `${100 * share}%`}} />
      </div>
      <p>
        {inside ? (
          t('domain.inside', {distance: number(distance, 2)})
        ) : (
          <>
            <Badge level="warning">{t('domain.outsideWord')}</Badge>{' '}
            {t('domain.outside', {distance: number(distance, 2)})}
          </>
        )}
        {!inside && worst_feature && ` ${t('domain.worst', {feature: featureName(worst_feature)})}`}
      </p>
    </div>
  );
}

/** A feature in words: the tag that it is, or of whose last rows it is the mean; or its own name. */
function featureName(feature: string): string {
  const [, base = feature, rows] = /^(.*)_mean(\d+)$/.exec(feature) ?? [];
  const name = unitOf(base) ? meaning(base) : word('feature', base);
  return rows ? `${name} (${t('why.mean', {rows})})` : name;
}

function Bars({explanation, unit}: {explanation: Explanation; unit: string}) {
  const rows = [
    ...explanation.contributions.map((part) => ({
      name: featureName(part.feature),
      code: part.feature,
      value: part.value,
      amount: part.contribution,
    })),
    {name: t('why.others'), code: '', value: null, amount: explanation.others},
    ...(explanation.fallback !== 0
      ? [{name: t('why.fallback'), code: '', value: null, amount: explanation.fallback}]
      : []),
  ];
  const most = Math.max(...rows.map((row) => Math.abs(row.amount)), 1e-9);
  return (
    <table class="bars">
      <caption>
        {t('why.caption', {
          baseline: quantity(explanation.baseline, unit, 1),
          expected: signed(explanation.expected, unit),
          unit: unitText(unit),
        })}
      </caption>
      <thead class="hidden">
        <tr>
          <th scope="col">{t('why.feature')}</th>
          <th scope="col">{t('why.amount')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const width = `${(50 * Math.abs(row.amount)) / most}%`;
          return (
            <tr key={row.name + row.code}>
              <th scope="row" title={row.code}>
                {row.name}
                {row.code && <span class="bars-value">{row.value === null ? t('why.missing') : number(row.value, 1)}</span>}
              </th>
              <td>
                <div class="bars-track">
                  <div
                    class={row.amount < 0 ? 'bars-bar down' : 'bars-bar up'}
                    style={row.amount < 0 ? {right: '50%', width} : {left: '50%', width}}
                  />
                </div>
              </td>
              <td class="bars-amount">{signed(row.amount, unit, 2)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function Why({prediction}: {prediction: Prediction}) {
  const [target, setTarget] = useState<Target>('UCAOT');
  const explanation = prediction.explanation?.[target];
  return (
    <Panel
      title={t('why.title')}
      actions={
        <Choices
          label={t('why.target')}
          value={target}
          choices={kTargets.map((value) => ({value, label: value}))}
          onChange={setTarget}
        />
      }
    >
      {explanation && <Bars explanation={explanation} unit={unitOf(target)} />}
    </Panel>
  );
}
