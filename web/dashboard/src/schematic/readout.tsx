import type {AssetView, Target} from '../api/types';
import {t, word} from '../i18n';
import {meaning, unitOf} from '../state/tags';
import {quantity, unitText} from '../ui/format';

/** Quality of a tag of that sample: good, or what is wrong with it. */
export function qualityOf(view: AssetView, tag: string, value: number | null | undefined): string {
  const known = view.quality[tag];
  if (known) return known;
  return value === null || value === undefined ? 'missing' : 'good';
}

function QualityMark({x, y, quality}: {x: number; y: number; quality: string}) {
  if (quality === 'good') return null;
  return (
    <g class="quality" transform={`translate(${x} ${y})`}>
      <title>{word('quality', quality)}</title>
      <path d="M0 -11 L7 1 H-7 Z" />
      <text y="-1" text-anchor="middle">
        ?
      </text>
    </g>
  );
}

interface ReadoutProps {
  view: AssetView;
  tag: string;
  x: number;
  y: number;
  anchor?: 'start' | 'middle' | 'end';
}

/** A measured value beside its sensor. */
export function Readout({view, tag, x, y, anchor = 'start'}: ReadoutProps) {
  const value = view.inputs[tag];
  const unit = unitOf(tag);
  const quality = qualityOf(view, tag, value);
  const text = quantity(value, unit);
  const mark = anchor === 'end' ? x + 11 : x - 11;
  return (
    <g class={`readout${quality === 'good' ? '' : ' doubtful'}`}>
      <title>
        {meaning(tag)}: {text} {unitText(unit)}, {word('quality', quality)}
      </title>
      <text class="readout-code" x={x} y={y - 17} text-anchor={anchor}>
        {tag}
      </text>
      <text class="readout-value" x={x} y={y} text-anchor={anchor}>
        {text}
        <tspan class="readout-unit"> {unitText(unit)}</tspan>
      </text>
      <QualityMark x={mark} y={y - 2} quality={quality} />
    </g>
  );
}

const kCard = {width: 176, height: 92};

/** A target: measured, predicted, and where the measured value lies against the interval. */
export function TargetReadout({view, target, x, y}: {view: AssetView; target: Target; x: number; y: number}) {
  const {measured, predicted, low, high} = view.targets[target];
  const unit = unitOf(target);
  const quality = qualityOf(view, target, measured);
  const found = view.findings.some((finding) => finding.tag === target);
  const bar = kCard.width - 24;
  const span = low !== null && high !== null ? Math.max(high - low, 1e-6) : 0;
  // The band is the middle half of the bar; what is farther away than that sticks to its end.
  const at = (value: number) =>
    low === null ? 0 : Math.min(Math.max(((value - low) / span) * 0.5 + 0.25, 0.01), 0.99) * bar;
  return (
    <g class={`target${found ? ' target-found' : ''}`} transform={`translate(${x} ${y})`}>
      <title>
        {`${meaning(target)}: ${t('schematic.measured')} ${quantity(measured, unit)}, ${t('schematic.predicted')} ${quantity(predicted, unit)} (${quantity(low, unit)} … ${quantity(high, unit)}) ${unitText(unit)}; ${word('quality', quality)}`}
      </title>
      <rect class="target-card" width={kCard.width} height={kCard.height} rx="6" />
      <text class="readout-code" x="12" y="19">
        {target} [{unitText(unit)}]
      </text>
      <text class="target-value" x="12" y="45">
        {quantity(measured, unit)}
      </text>
      <text class="target-predicted" x={kCard.width - 12} y="45" text-anchor="end">
        {quantity(predicted, unit)}
      </text>
      <text class="readout-code" x={kCard.width - 12} y="19" text-anchor="end">
        {t('schematic.predicted')}
      </text>
      {span > 0 && predicted !== null && (
        <g transform="translate(12 66)">
          <line class="target-line" x1="0" x2={bar} y1="6" y2="6" />
          <rect class="target-band" x={bar * 0.25} width={bar * 0.5} y="1" height="10" rx="2" />
          <line class="target-mark" x1={at(predicted)} x2={at(predicted)} y1="-1" y2="13" />
          {measured !== null && (
            <path class="target-pointer" d={`M${at(measured)} 4 l6 12 h-12 z`} />
          )}
        </g>
      )}
      <QualityMark x={kCard.width - 14} y={kCard.height - 8} quality={quality} />
    </g>
  );
}
