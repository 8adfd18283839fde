import {useState} from 'preact/hooks';

import {useResource} from '../../api/resource';
import type {ModelDetail, Verdict} from '../../api/types';
import {kTargets} from '../../api/types';
import {t, word} from '../../i18n';
import {said} from '../../i18n/said';
import {unitOf} from '../../state/tags';
import {bytes, number, quantity, unitText} from '../../ui/format';
import {Badge, Choices, Facts, Missing, Panel} from '../../ui/parts';

const kProtocols = ['virtual', 'tracking', 'physics', 'persistence'];

function Accuracy({detail}: {detail: ModelDetail}) {
  const populations = detail.card?.populations ?? {};
  const names = Object.keys(populations).filter((name) => populations[name]);
  const [chosen, setChosen] = useState(names[0] ?? '');
  const population = populations[chosen];
  if (!population) return <p class="hint">{t('models.noCard')}</p>;
  return (
    <>
      <div class="row">
        <Choices
          label={t('models.population')}
          value={chosen}
          choices={names.map((value) => ({value, label: word('population', value)}))}
          onChange={setChosen}
        />
        <span class="hint">{t('models.cardNote')}</span>
      </div>
      <div class="scroll" tabIndex={0} role="group" aria-label={t('models.card')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('residual.target')}</th>
              <th scope="col">{t('models.protocol')}</th>
              <th scope="col" class="num">
                R²
              </th>
              <th scope="col" class="num">
                {t('models.mae')}
              </th>
              <th scope="col" class="num">
                {t('models.mape')}
              </th>
              <th scope="col" class="num">
                {t('models.p95')}
              </th>
              <th scope="col" class="num">
                {t('models.bias')}
              </th>
              <th scope="col" class="num">
                {t('models.coverage')}
              </th>
              <th scope="col" class="num">
                {t('models.rows')}
              </th>
            </tr>
          </thead>
          <tbody>
            {kTargets.flatMap((target) =>
              kProtocols
                .filter((protocol) => population[target]?.[protocol])
                .map((protocol, i) => {
                  const score = population[target][protocol]!;
                  const unit = unitOf(target) === 'degC' ? 'K' : unitOf(target);
                  return (
                    <tr key={target + protocol}>
                      <th scope="row">{i === 0 ? target : <span class="hidden">{target}</span>}</th>
                      <td>{word('protocol', protocol)}</td>
                      <td class="num strong">{number(score.r2, 4)}</td>
                      <td class="num">
                        {quantity(score.mae, unitOf(target), 1)} {unitText(unit)}
                      </td>
                      <td class="num">{number(score.mape === null ? null : 100 * score.mape, 1)} %</td>
                      <td class="num">{quantity(score.p95, unitOf(target), 1)}</td>
                      <td class="num">{quantity(score.bias, unitOf(target), 1)}</td>
                      <td class="num">
                        {score.coverage90 === null ? '–' : `${number(100 * score.coverage90, 0)} %`}
                      </td>
                      <td class="num">{number(score.n, 0)}</td>
                    </tr>
                  );
                }),
            )}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Gate({verdict}: {verdict: Verdict}) {
  return (
    <details class="more">
      <summary>
        {t(verdict.accepted ? 'models.gateAccepted' : 'models.gateRejected', {against: verdict.against ?? '–'})}
      </summary>
      <ul class="plain gate">
        {verdict.checks.map((check) => (
          <li key={check.name} class="row">
            <Badge level={check.passed ? 'normal' : 'warning'}>{t(check.passed ? 'models.passed' : 'models.failed')}</Badge>
            <span>{said(check.text)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What a version is, and how accurate it was on recordings it had not seen. */
export function Card({version}: {version: string}) {
  const detail = useResource<ModelDetail>(`/api/v1/models/${encodeURIComponent(version)}`);
  const model = detail.data;
  return (
    <Panel title={t('models.cardOf', {version})}>
      {model ? (
        <>
          <Facts
            list={[
              [t('models.type'), model.model?.model_type],
              [t('models.origin'), model.model && word('origin', model.model.origin)],
              [t('models.data'), model.data],
              [t('models.size'), bytes(model.bytes)],
              ...(model.lineage && model.lineage.length > 1
                ? [[t('models.lineage'), model.lineage.join(' ← ')] as const]
                : []),
            ]}
          />
          <Accuracy key={version} detail={model} />
          {model.verdict && <Gate verdict={model.verdict} />}
        </>
      ) : (
        <Missing error={detail.error} loading={detail.loading} />
      )}
    </Panel>
  );
}
