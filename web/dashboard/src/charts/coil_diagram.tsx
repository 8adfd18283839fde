import {t} from '../i18n';
import {number} from '../ui/format';

const kWidth = 380;
const kHeight = 260;
const kLeft = 40;
const kRight = 16;
const kTop = 16;
const kBottom = 34;

export interface CoilCase {
  name: string;
  airInlet: number;
  airOutlet: number;
  waterInlet: number;
  waterOutlet: number;
  dewPoint: number;
}

/**
 * Temperature of a stream along a counterflow exchanger between its two ends, 0 <= x <= 1. With
 * constant capacity rates the difference of the streams changes exponentially along it.
 */
function along(start: number, end: number, ratio: number, x: number): number {
  const steep = Math.log(Math.min(Math.max(ratio, 1e-3), 1e3));
  const share = Math.abs(steep) < 1e-3 ? x : (1 - Math.exp(-steep * x)) / (1 - Math.exp(-steep));
  return start + (end - start) * share;
}

/** Air and water temperatures from where the air enters (left) to where it leaves. */
export function CoilDiagram({cases}: {cases: CoilCase[]}) {
  const all = cases.flatMap((c) => [c.airInlet, c.airOutlet, c.waterInlet, c.waterOutlet]);
  const low = Math.floor((Math.min(...all) - 1) / 5) * 5;
  const high = Math.ceil((Math.max(...all) + 1) / 5) * 5;
  const x = (share: number) => kLeft + share * (kWidth - kLeft - kRight);
  const y = (temperature: number) =>
    kHeight - kBottom - ((temperature - low) / (high - low)) * (kHeight - kTop - kBottom);
  const ticks: number[] = [];
  const step = high - low > 30 ? 10 : 5;
  for (let tick = low; tick <= high; tick += step) ticks.push(tick);
  const line = (start: number, end: number, ratio: number) =>
    Array.from({length: 41}, (_, i) => {
      const share = i / 40;
      return `${x(share).toFixed(1)},${y(along(start, end, ratio, share)).toFixed(1)}`;
    }).join(' ');
  const first = cases[0];
  if (!first) return null;
  const spoken = t('coil.spoken', {
    a1: number(first.airInlet, 1),
    a2: number(first.airOutlet, 1),
    w1: number(first.waterInlet, 1),
    w2: number(first.waterOutlet, 1),
  });
  return (
    <svg class="diagram" viewBox={`0 0 ${kWidth} ${kHeight}`} role="img" aria-label={`${t('coil.title')}. ${spoken}`}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line class="grid" x1={kLeft} x2={kWidth - kRight} y1={y(tick)} y2={y(tick)} />
          <text class="tick" x={kLeft - 8} y={y(tick) + 4} text-anchor="end">
            {tick}
          </text>
        </g>
      ))}
      <text class="tick" x={kLeft} y={kHeight - 10}>
        {t('coil.airIn')}
      </text>
      <text class="tick" x={kWidth - kRight} y={kHeight - 10} text-anchor="end">
        {t('coil.airOut')}
      </text>
      {first.dewPoint > low && first.dewPoint < high && (
        <g>
          <line class="dew" x1={kLeft} x2={kWidth - kRight} y1={y(first.dewPoint)} y2={y(first.dewPoint)} />
          <text class="tick" x={x(0.42)} y={y(first.dewPoint) - 5} text-anchor="middle">
            {t('coil.dewPoint', {value: number(first.dewPoint, 1)})}
          </text>
        </g>
      )}
      {cases.map((c, i) => {
        // Towards the air's outlet the difference shrinks or grows by this ratio.
        const ratio = (c.airInlet - c.waterOutlet) / (c.airOutlet - c.waterInlet);
        const usable = Number.isFinite(ratio) && ratio > 0 ? ratio : 1;
        return (
          <g key={c.name} class={`case-${i}`}>
            <polyline class="air" points={line(c.airInlet, c.airOutlet, usable)} />
            <polyline class="water" points={line(c.waterOutlet, c.waterInlet, usable)} />
            {i === 0 && (
              <>
                <text class="mark" x={x(0.03)} y={y(c.airInlet) - 8}>
                  {t('coil.air')} {number(c.airInlet, 1)}
                </text>
                <text class="mark" x={x(0.98)} y={y(c.airOutlet) + 19} text-anchor="end">
                  {number(c.airOutlet, 1)}
                </text>
                <text class="mark" x={x(0.03)} y={y(c.waterOutlet) - 8}>
                  {t('coil.water')} {number(c.waterOutlet, 1)}
                </text>
                <text class="mark" x={x(0.98)} y={y(c.waterInlet) + 18} text-anchor="end">
                  {number(c.waterInlet, 1)}
                </text>
              </>
            )}
          </g>
        );
      })}
    </svg>
  );
}
