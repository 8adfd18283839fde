import {useMemo} from 'preact/hooks';

import type {DriftReport} from '../../api/types';
import {t, word} from '../../i18n';
import {dateTime, number} from '../../ui/format';
import {Empty, Panel} from '../../ui/parts';

const kMostColumns = 60;
const kCell = {width: 16, height: 15};
const kLabel = 74;

/** A row per tag, a column per report; the newest at the right. */
export function HeatStrip({reports, onChoose}: {reports: DriftReport[]; onChoose: (tag: string) => void}) {
  const columns = useMemo(
    () =>
      [...reports]
        .filter((report) => report.feature_drift)
        .sort((a, b) => Date.parse(a.timestamp) - Date.parse(b.timestamp))
        .slice(-kMostColumns),
    [reports],
  );
  const tags = useMemo(
    () => [...new Set(columns.flatMap((report) => Object.keys(report.feature_drift)))].sort(),
    [columns],
  );
  if (columns.length === 0) return <Empty title={t('drift.noReports')} />;
  const width = kLabel + columns.length * kCell.width;
  const height = tags.length * kCell.height;
  const first = columns[0]!;
  const last = columns[columns.length - 1]!;
  return (
    <Panel
      title={t('drift.strip')}
      note={t('drift.stripNote', {n: columns.length, from: dateTime(first.timestamp), to: dateTime(last.timestamp)})}
    >
      <div class="scroll" tabIndex={0} role="group" aria-label={t('drift.strip')}>
        <svg class="heat-strip" width={width} height={height} role="img" aria-label={t('drift.strip')}>
          {tags.map((tag, row) => (
            <g key={tag} transform={`translate(0 ${row * kCell.height})`} onClick={() => onChoose(tag)}>
              <text x={kLabel - 8} y={kCell.height - 4} text-anchor="end">
                {tag}
              </text>
              {columns.map((report, column) => {
                const feature = report.feature_drift[tag];
                if (!feature) return null;
                const {status} = feature;
                return (
                  <rect
                    key={report.timestamp}
                    class={`heat heat-${status}`}
                    x={kLabel + column * kCell.width}
                    width={kCell.width - 2}
                    height={kCell.height - 2}
                    rx="2"
                  >
                    <title>
                      {tag} · {dateTime(report.timestamp)} · {word('drift', status)} · PSI {number(feature.psi, 3)}
                    </title>
                  </rect>
                );
              })}
            </g>
          ))}
        </svg>
      </div>
      <p class="legend">
        <span class="key heat-key-stable" /> {t('drift.stable')} <span class="key heat-key-warning" />{' '}
        {t('drift.warning')} <span class="key heat-key-critical" /> {t('drift.critical')}{' '}
        <span class="key heat-key-none" /> {t('drift.insufficient_data')}
      </p>
    </Panel>
  );
}
