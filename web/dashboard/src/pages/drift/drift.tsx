import {useMemo, useState} from 'preact/hooks';

import {postJson} from '../../api/client';
import {useResource} from '../../api/resource';
import type {DriftReport, FeatureDrift, KeptReport} from '../../api/types';
import {t, word} from '../../i18n';
import {said} from '../../i18n/said';
import {meaning} from '../../state/tags';
import {Action} from '../../ui/confirm';
import {dateTime, number} from '../../ui/format';
import {Badge, Empty, type Level, Missing, Panel, WithCode} from '../../ui/parts';
import {Distributions} from './distributions';
import {HeatStrip} from './heat_strip';

const kEveryMs = 30_000;
const kRank: Record<string, number> = {critical: 0, warning: 1, stable: 2};

export function levelOf(status: string): Level {
  if (status === 'critical' || status === 'warning') return status;
  return status === 'stable' ? 'normal' : 'unknown';
}

function Summary({report, onChange}: {report: DriftReport; onChange: () => void}) {
  const {summary} = report;
  return (
    <Panel
      title={t('drift.title')}
      note={t('drift.asOf', {asset: report.asset ?? '', time: dateTime(report.timestamp)})}
      actions={
        <Action
          label={t('drift.rebaseline')}
          role="admin"
          note="required"
          question={t('drift.rebaselineQuestion')}
          run={(note) => postJson('/api/v1/drift/rebaseline', {note})}
          done={t('drift.rebaselined')}
          onDone={onChange}
        />
      }
    >
      <p class="row drift-summary">
        <Badge level={levelOf(summary.overall_status)}>{word('drift', summary.overall_status)}</Badge>
        <span>
          {t('drift.counts', {
            critical: summary.critical_features,
            warning: summary.warning_features,
            stable: summary.stable_features,
            all: summary.total_features,
          })}
        </span>
        <span class="hint">{t('drift.share', {share: number(summary.drift_percentage, 0)})}</span>
      </p>
      <p class="drift-summary">
        <WithCode text={said(summary.advice)} />
      </p>
    </Panel>
  );
}

/** PSI on a line with the limits of warning and critical. */
function PsiBar({feature, limits}: {feature: FeatureDrift; limits: DriftReport['thresholds']}) {
  const kShownTo = 2.5 * limits.psi_critical;
  const width = `${(100 * Math.min(feature.psi ?? 0, kShownTo)) / kShownTo}%`;
  const level = levelOf(feature.status);
  return (
    <div class="psi">
      <div class={`psi-fill psi-${level}`} style={{width}} />
      <div class="psi-limit" style={{left: `${(100 * limits.psi_warning) / kShownTo}%`}} />
      <div class="psi-limit" style={{left: `${(100 * limits.psi_critical) / kShownTo}%`}} />
    </div>
  );
}

function worstFirst(report: DriftReport): [string, FeatureDrift][] {
  return Object.entries(report.feature_drift).sort(
    ([, a], [, b]) => (kRank[a.status] ?? 3) - (kRank[b.status] ?? 3) || (b.psi ?? 0) - (a.psi ?? 0),
  );
}

interface TableProps {
  report: DriftReport;
  chosen: string | undefined;
  onChoose: (tag: string) => void;
}

function Table({report, chosen, onChoose}: TableProps) {
  const rows = useMemo(() => worstFirst(report), [report]);
  return (
    <Panel title={t('drift.tags')} note={t('drift.tagsNote')}>
      <div class="scroll tall-table" tabIndex={0} role="group" aria-label={t('drift.tags')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('drift.tag')}</th>
              <th scope="col">{t('col.state')}</th>
              <th scope="col" class="num">
                PSI
              </th>
              <th scope="col" class="wide">
                {t('drift.limits', {
                  warning: number(report.thresholds.psi_warning, 2),
                  critical: number(report.thresholds.psi_critical, 2),
                })}
              </th>
              <th scope="col" class="num">
                {t('drift.ks')}
              </th>
              <th scope="col" class="num">
                {t('drift.means')}
              </th>
              <th scope="col">{t('drift.reason')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([tag, feature]) => (
              <tr key={tag} class={tag === chosen ? 'chosen' : ''}>
                <th scope="row">
                  <button type="button" class="link" aria-pressed={tag === chosen} onClick={() => onChoose(tag)}>
                    {tag}
                  </button>{' '}
                  <span class="hint">{meaning(tag)}</span>
                </th>
                <td>
                  <Badge level={levelOf(feature.status)}>{word('drift', feature.status)}</Badge>
                </td>
                <td class="num strong">{number(feature.psi, 3)}</td>
                <td>
                  <PsiBar feature={feature} limits={report.thresholds} />
                </td>
                <td class="num">{number(feature.ks, 2)}</td>
                <td class="num">
                  {number(feature.mean_reference, 2)} → {number(feature.mean_current, 2)}
                </td>
                <td class="reason">{said(feature.reason ?? '')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

export function Page() {
  const report = useResource<DriftReport>('/api/v1/drift', kEveryMs);
  const reports = useResource<{reports: KeptReport[]}>('/api/v1/drift/reports', 2 * kEveryMs);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  if (!report.data && report.error?.status === 404 && !report.error.notThere) {
    return <Empty title={t('drift.noReports')}>{said(report.error.message)}</Empty>;
  }
  if (!report.data) return <Missing error={report.error} loading={report.loading} />;
  const features = report.data.feature_drift;
  const tag = chosen ?? worstFirst(report.data)[0]?.[0];
  return (
    <div class="stack">
      <Summary report={report.data} onChange={report.reload} />
      {tag && <Distributions tag={tag} feature={features[tag]} onChange={report.reload} />}
      <Table report={report.data} chosen={tag} onChoose={setChosen} />
      {reports.data ? (
        <HeatStrip reports={reports.data.reports} onChoose={setChosen} />
      ) : (
        <Missing error={reports.error} loading={reports.loading} />
      )}
    </div>
  );
}
