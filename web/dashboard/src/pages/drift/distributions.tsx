import {postJson, withQuery} from '../../api/client';
import {useResource} from '../../api/resource';
import type {Distribution, FeatureDrift} from '../../api/types';
import {t, word} from '../../i18n';
import {said} from '../../i18n/said';
import {meaning, unitOf} from '../../state/tags';
import {Action} from '../../ui/confirm';
import {number, unitText} from '../../ui/format';
import {Badge, Missing, Panel} from '../../ui/parts';
import {levelOf} from './drift';

const kWidth = 460;
const kHeight = 190;
const kBottom = 26;

/** Shares of the reference (bars) and of the current window (outlines) in each bin. */
function Histogram({mode, of, unit}: {mode: string; of: Distribution; unit: string}) {
  const {reference, current} = of;
  // Between two bins stands their bound; in the middle of a bin its value.
  const ticks = of.bounds ?? of.values ?? [];
  const shift = of.bounds ? 1 : 0.5;
  const bins = Math.max(reference.length, current.length);
  const top = Math.max(...reference, ...current, 0.05) * 1.08;
  const step = kWidth / Math.max(bins, 1);
  const y = (share: number) => (kHeight - kBottom) * (1 - share / top);
  const every = Math.ceil(ticks.length / 9);
  return (
    <figure class="histogram">
      <figcaption>{t('drift.counted', {mode: word('regime', mode), reference: of.reference_n, current: of.current_n})}</figcaption>
      <svg
        class="diagram"
        viewBox={`0 0 ${kWidth} ${kHeight}`}
        role="img"
        aria-label={t('drift.histogramSpoken', {mode: word('regime', mode), bins})}
      >
        {reference.map((share, i) => (
          <rect
            key={i}
            class="hist-reference"
            x={i * step + 1}
            width={Math.max(step - 2, 1)}
            y={y(share)}
            height={kHeight - kBottom - y(share)}
          />
        ))}
        <path
          class="hist-current"
          d={`M0 ${kHeight - kBottom} ${current.map((share, i) => `V${y(share)} H${(i + 1) * step}`).join(' ')} V${kHeight - kBottom}`}
        />
        <line class="grid" x1="0" x2={kWidth} y1={kHeight - kBottom} y2={kHeight - kBottom} />
        {!of.bounds && (
          <text class="tick" x={(ticks.length + 0.5) * step} y={kHeight - 9} text-anchor="middle">
            {t('drift.otherValues')}
          </text>
        )}
        {ticks.map(
          (tick, i) =>
            i % every === 0 && (
              <text key={i} class="tick" x={(i + shift) * step} y={kHeight - 9} text-anchor="middle">
                {number(tick, Math.abs(tick) < 100 ? 1 : 0)}
              </text>
            ),
        )}
      </svg>
      <p class="legend">
        <span class="key key-band" /> {t('drift.reference')} <span class="key hist-key" /> {t('drift.current')}{' '}
        {unit && `[${unitText(unit)}]`}
      </p>
    </figure>
  );
}

interface Props {
  tag: string;
  feature: FeatureDrift | undefined;
  onChange: () => void;
}

/** Why one tag has its status: its distributions, mode by mode. */
export function Distributions({tag, feature, onChange}: Props) {
  const answer = useResource<{modes: Record<string, Distribution>}>(
    withQuery('/api/v1/drift/distributions', {tag}),
  );
  const modes = answer.data?.modes;
  const excluded = feature?.status === 'excluded';
  return (
    <Panel
      title={`${meaning(tag)} (${tag})`}
      actions={
        <Action
          label={t(excluded ? 'drift.include' : 'drift.exclude')}
          role="admin"
          note="required"
          question={t(excluded ? 'drift.includeQuestion' : 'drift.excludeQuestion', {tag})}
          run={(note) => postJson('/api/v1/drift/exclude', {tag, exclude: !excluded, note})}
          done={t('drift.excludeDone')}
          onDone={onChange}
        />
      }
    >
      {feature && (
        <p class="row">
          <Badge level={levelOf(feature.status)}>{word('drift', feature.status)}</Badge>
          <span>{said(feature.reason ?? '') || t('drift.noReason')}</span>
          {feature.psi_limit !== undefined && (
            <span class="hint">
              {t('drift.usual', {
                psi: number(feature.psi, 3),
                expected: number(feature.psi_expected, 3),
                limit: number(feature.psi_limit, 3),
              })}
            </span>
          )}
        </p>
      )}
      {modes ? (
        <div class="histograms">
          {Object.entries(modes).map(([mode, of]) => (
            <Histogram key={mode} mode={mode} of={of} unit={unitOf(tag)} />
          ))}
        </div>
      ) : (
        <Missing error={answer.error} loading={answer.loading} />
      )}
    </Panel>
  );
}
