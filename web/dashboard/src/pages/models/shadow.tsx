import {postJson} from '../../api/client';
import {useResource} from '../../api/resource';
import type {Proposal, ShadowReport, ShadowScores} from '../../api/types';
import {kTargets} from '../../api/types';
import {t, word} from '../../i18n';
import {said} from '../../i18n/said';
import {unitOf} from '../../state/tags';
import {Action} from '../../ui/confirm';
import {dateTime, number, quantity} from '../../ui/format';
import {Badge, Missing, Panel} from '../../ui/parts';

const kEveryMs = 10_000;
const kPopulation = 'fan_on';

/** The better of two values is set in bold; `lower`: which direction is better. */
function Pair({champion, challenger, text, lower}: {
  champion: number | null;
  challenger: number | null;
  text: (value: number | null) => string;
  lower: boolean;
}) {
  const better = champion !== null && challenger !== null && champion !== challenger
    ? challenger < champion === lower
    : undefined;
  return (
    <>
      <td class={better === false ? 'num strong' : 'num'}>{text(champion)}</td>
      <td class={better === true ? 'num strong' : 'num'}>{text(challenger)}</td>
    </>
  );
}

function ScoreRow({target, scores}: {target: string; scores: ShadowScores}) {
  const [ratio, low, high] = scores.mae_ratio;
  return (
    <tr>
      <th scope="row">{target}</th>
      <Pair
        champion={scores.champion.r2}
        challenger={scores.challenger.r2}
        text={(value) => number(value, 4)}
        lower={false}
      />
      <Pair
        champion={scores.champion.mae}
        challenger={scores.challenger.mae}
        text={(value) => quantity(value, unitOf(target), 1)}
        lower
      />
      <td class="num">
        {number(ratio, 3)}{' '}
        {low !== null && high !== null && (
          <span class="hint">
            ({number(low, 3)} … {number(high, 3)})
          </span>
        )}
      </td>
      <td class="num">{number(scores.n, 0)}</td>
    </tr>
  );
}

/** Both versions side by side, target by target. */
function ScoreTable({report}: {report: ShadowReport}) {
  const targets = report.populations[kPopulation];
  if (!targets) return null;
  const versions = [report.champion, report.challenger];
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t('shadow.title')}>
      <table>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              {t('residual.target')}
            </th>
            <th scope="colgroup" colSpan={2} class="num">
              R²
            </th>
            <th scope="colgroup" colSpan={2} class="num">
              {t('models.mae')}
            </th>
            <th scope="col" rowSpan={2} class="num">
              {t('shadow.ratio')}
            </th>
            <th scope="col" rowSpan={2} class="num">
              {t('models.rows')}
            </th>
          </tr>
          <tr>
            {['r2', 'mae'].flatMap((figure) =>
              versions.map((version) => (
                <th key={figure + version} scope="col" class="num">
                  {version}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {kTargets.map((target) => (
            <ScoreRow key={target} target={target} scores={targets[target]} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Scores({report}: {report: ShadowReport}) {
  const {champion, challenger, worse} = report;
  return (
    <>
      <p>
        {t('shadow.text', {champion, challenger, n: number(report.samples, 0), time: dateTime(report.started)})}{' '}
        <span class="hint">
          {t('shadow.needed', {
            hours: number(report.hours, 1),
            least: number(report.required_hours, 0),
            samples: number(report.required_samples, 0),
          })}
        </span>
      </p>
      {worse && (
        <p>
          <Badge level="warning">{t('shadow.worse', {version: challenger})}</Badge> {said(worse)}
        </p>
      )}
      <ScoreTable report={report} />
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
            <span>{said(proposal.text)}</span>
            {proposal.waits_for && (
              <span class="hint">{t('proposal.waits', {what: said(proposal.waits_for)})}</span>
            )}
            <span class="hint">{dateTime(proposal.time)}</span>
            <span class="panel-actions">
              <Action
                label={t('proposal.accept')}
                role="admin"
                question={t(proposal.kind === 'retrain' ? 'proposal.acceptRetrainQuestion' : 'proposal.acceptQuestion', {
                  text: said(proposal.text),
                })}
                run={(note) => postJson(`/api/v1/proposals/${proposal.id}/accept`, {note})}
                done={t('proposal.accepted')}
                onDone={decided}
              />
              <Action
                label={t('proposal.reject')}
                role="admin"
                question={t('proposal.rejectQuestion', {text: said(proposal.text)})}
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
