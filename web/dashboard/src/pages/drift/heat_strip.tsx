import {useMemo} from 'preact/hooks';

import type {KeptReport} from '../../api/types';
import {t, word} from '../../i18n';
import {dateTime, number} from '../../ui/format';
import {Empty, Panel} from '../../ui/parts';

const kMostColumns = 60;
const kCell = {width: 16, height: 15};
const kLabel = 74;

/** A row per tag, a column per report; the newest at the right. */
export function HeatStrip({reports, onChoose}: {reports: KeptReport[]; onChoose: (tag: string) => void}) {
  const columns = useMemo(
    () =>
      reports
        .flatMap(({time, summary}) => (summary?.tags ? [{time, tags: summary.tags}] : []))
        .sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
        .slice(-kMostColumns),
    [reports],
  );
  const tags = useMemo(() => [...new Set(columns.flatMap((column) => Object.keys(column.tags)))].sort(), [columns]);
  if (columns.length === 0) return <Empty title={t('drift.noReports')} />;
  const width = kLabel + columns.length * kCell.width;
  const height = tags.length * kCell.height;
  const first = columns[0]!;
  const last = columns[columns.length - 1]!;
  return (
    <Panel
      title={t('drift.strip')}
      note={t('drift.stripNote', {n: columns.length, from: dateTime(first.time), to: dateTime(last.time)})}
    >
      <div class="scroll" tabIndex={0} role="group" aria-label={t('drift.strip')}>
        <svg class="heat-strip" width={width} height={height} role="img" aria-label={t('drift.strip')}>
          {tags.map((tag, row) => (
            <g key={tag} transform={`translate(0 ${row * kCell.height})`} onClick={() => onChoose(tag)}>
              <text x={kLabel - 8} y={kCell.height - 4} text-anchor="end">
                {tag}
              </text>
              {columns.map((report, column) => {
                const found = report.tags[tag];
                if (!found) return null;
                const {status, psi} = found;
                return (
                  <rect
                    key={report.time}
                    class={`heat heat-${status}`}
                    x={kLabel + column * kCell.width}
                    width={kCell.width - 2}
                    height={kCell.height - 2}
                    rx="2"
                  >
                    <title>
                      {tag} · {dateTime(report.time)} · {word('drift', status)} · PSI {number(psi, 3)}
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
