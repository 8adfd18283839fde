import {postJson} from '../../api/client';
import {useResource} from '../../api/resource';
import type {Proposal, Score, ShadowReport} from '../../api/types';
import {kTargets} from '../../api/types';
import {t, word} from '../../i18n';
import {unitOf} from '../../state/tags';
import {Action} from '../../ui/confirm';
import {dateTime, number, quantity} from '../../ui/format';
import {Badge, Missing, Panel} from '../../ui/parts';

const kEveryMs = 10_000;
const kPopulation = 'fan_on';

function Cells({score, target}: {score: Score; target: string}) {
  return (
    <>
      <td class="num">{number(score.r2, 4)}</td>
      <td class="num">{quantity(score.mae, unitOf(target), 1)}</td>
    </>
  );
}

function Scores({report}: {report: ShadowReport}) {
  const targets = report.populations[kPopulation];
  return (
    <>
      <p class="row">
        <span>
          {t('shadow.text', {
            champion: report.champion,
            challenger: report.challenger,
            n: report.samples,
            time: dateTime(report.started),
          })}
        </span>
        {report.worse && <Badge level="warning">{report.worse}</Badge>}
      </p>
      {targets && (
        <div class="scroll" tabIndex={0} role="group" aria-label={t('shadow.title')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('residual.target')}</th>
                <th scope="col" class="num">
                  {t('shadow.r2Of', {version: report.champion})}
                </th>
                <th scope="col" class="num">
                  {t('shadow.maeOf', {version: report.champion})}
                </th>
                <th scope="col" class="num">
                  {t('shadow.r2Of', {version: report.challenger})}
                </th>
                <th scope="col" class="num">
                  {t('shadow.maeOf', {version: report.challenger})}
                </th>
                <th scope="col" class="num">
                  {t('shadow.ratio')}
                </th>
                <th scope="col" class="num">
                  {t('models.rows')}
                </th>
              </tr>
            </thead>
            <tbody>
              {kTargets.map((target) => {
                const scores = targets[target];
                const {value, low, high} = scores.mae_ratio;
                return (
                  <tr key={target}>
                    <th scope="row">{target}</th>
                    <Cells score={scores.champion} target={target} />
                    <Cells score={scores.challenger} target={target} />
                    <td class="num">
                      {number(value, 2)}{' '}
                      {low !== null && high !== null && (
                        <span class="hint">
                          ({number(low, 2)} … {number(high, 2)})
                        </span>
                      )}
                    </td>
                    <td class="num">{number(scores.n, 0)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

/** Champion against challenger on live data. */
export function Shadow() {
  const answer = useResource<ShadowReport | {running: false}>('/api/v1/shadow', kEveryMs);
  const report = answer.data;
  return (
    <Panel title={t('shadow.title')}>
      {!report && <Missing error={answer.error} loading={answer.loading} />}
      {report && ('challenger' in report ? <Scores report={report} /> : <p class="hint">{t('shadow.none')}</p>)}
    </Panel>
  );
}

/** What the program proposes to do with models, for a person to decide. */
export function Proposals({onChange}: {onChange: () => void}) {
  const answer = useResource<{proposals: Proposal[]}>('/api/v1/proposals', kEveryMs);
  const open = answer.data?.proposals.filter((proposal) => proposal.state === 'open') ?? [];
  if (open.length === 0) return null;
  const decided = () => {
    answer.reload();
    onChange();
  };
  return (
    <Panel title={t('proposal.title')}>
      <ul class="alerts">
        {open.map((proposal) => (
          <li key={proposal.id} class="row proposal">
            <span class="badge">{word('proposal', proposal.kind)}</span>
            <span>{proposal.text}</span>
            <span class="hint">{dateTime(proposal.time)}</span>
            <span class="panel-actions">
              <Action
                label={t('proposal.accept')}
                role="admin"
                question={t('proposal.acceptQuestion', {text: proposal.text})}
                run={(note) => postJson(`/api/v1/proposals/${proposal.id}/accept`, {note})}
                done={t('proposal.accepted')}
                onDone={decided}
              />
              <Action
                label={t('proposal.reject')}
                role="admin"
                question={t('proposal.rejectQuestion', {text: proposal.text})}
                run={(note) => postJson(`/api/v1/proposals/${proposal.id}/reject`, {note})}
                done={t('proposal.rejected')}
                onDone={decided}
              />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
