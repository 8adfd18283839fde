import {t} from '../i18n';
import {number} from '../ui/format';
import {type AirProcess, humidityRatio, relativeHumidity} from './moist_air';

const kWidth = 380;
const kHeight = 260;
const kLeft = 14;
const kRight = 46;
const kTop = 28;
const kBottom = 34;

export interface NamedProcess {
  name: string;
  process: AirProcess;
}

function scales(processes: NamedProcess[]) {
  const temperatures = processes.flatMap(({process}) => [process.inlet.t, process.outlet.t]);
  const low = Math.floor((Math.min(...temperatures, 10) - 3) / 5) * 5;
  const high = Math.ceil((Math.max(...temperatures, 30) + 3) / 5) * 5;
  const wettest = Math.max(...processes.flatMap(({process}) => [process.inlet.w, process.outlet.w]));
  const top = Math.max(0.016, Math.ceil((wettest * 1.2) / 0.004) * 0.004);
  return {
    low,
    high,
    top,
    x: (temperature: number) => kLeft + ((temperature - low) / (high - low)) * (kWidth - kLeft - kRight),
    y: (w: number) => kHeight - kBottom - (w / top) * (kHeight - kTop - kBottom),
  };
}

/** The air's process on a psychrometric chart at sea level. */
export function PsychroChart({processes}: {processes: NamedProcess[]}) {
  const {low, high, top, x, y} = scales(processes);
  const curve = (rh: number) => {
    const points: string[] = [];
    for (let temperature = low; temperature <= high; temperature += 0.5) {
      const w = humidityRatio(Math.max(temperature, 0.01), rh);
      if (w > top) break;
      points.push(`${x(temperature).toFixed(1)},${y(w).toFixed(1)}`);
    }
    return points.join(' ');
  };
  const temperatures = [];
  for (let temperature = low; temperature <= high; temperature += 5) temperatures.push(temperature);
  const ratios = [];
  for (let w = 0; w <= top + 1e-9; w += 0.004) ratios.push(w);
  const spoken = processes
    .map(({name, process}) =>
      t('psychro.spoken', {
        name,
        t1: number(process.inlet.t, 1),
        rh1: number(100 * relativeHumidity(process.inlet.t, process.inlet.w), 0),
        t2: number(process.outlet.t, 1),
        rh2: number(100 * relativeHumidity(process.outlet.t, process.outlet.w), 0),
      }),
    )
    .join(' ');
  return (
    <svg class="diagram" viewBox={`0 0 ${kWidth} ${kHeight}`} role="img" aria-label={`${t('psychro.title')}. ${spoken}`}>
      {temperatures.map((temperature) => (
        <g key={temperature}>
          <line class="grid" x1={x(temperature)} x2={x(temperature)} y1={kTop} y2={kHeight - kBottom} />
          <text class="tick" x={x(temperature)} y={kHeight - kBottom + 15} text-anchor="middle">
            {temperature}
          </text>
        </g>
      ))}
      {ratios.map((w) => (
        <g key={w}>
          <line class="grid" x1={kLeft} x2={kWidth - kRight} y1={y(w)} y2={y(w)} />
          <text class="tick" x={kWidth - kRight + 6} y={y(w) + 4}>
            {number(1000 * w, 0)}
          </text>
        </g>
      ))}
      {[0.2, 0.4, 0.6, 0.8].map((rh) => (
        <polyline key={rh} class="humidity" points={curve(rh)} />
      ))}
      <polyline class="saturation" points={curve(1)} />
      <text class="tick" x={kWidth - kRight} y={kHeight - 4} text-anchor="end">
        {t('psychro.temperature')}
      </text>
      <text class="tick" x={kWidth - kRight + 6} y={14}>
        g/kg
      </text>
      {processes.map(({name, process}, i) => (
        <g key={name} class={`process case-${i}`}>
          <line x1={x(process.inlet.t)} y1={y(process.inlet.w)} x2={x(process.outlet.t)} y2={y(process.outlet.w)} />
          <circle cx={x(process.inlet.t)} cy={y(process.inlet.w)} r="5" />
          <circle class="end" cx={x(process.outlet.t)} cy={y(process.outlet.w)} r="5" />
          {i === 0 && (
            <>
              <text class="mark" x={x(process.inlet.t) + 9} y={y(process.inlet.w) - 6}>
                {t('psychro.inlet')}
              </text>
              <text class="mark" x={x(process.outlet.t) - 9} y={y(process.outlet.w) + 17} text-anchor="end">
                {t('psychro.outlet')}
              </text>
            </>
          )}
        </g>
      ))}
    </svg>
  );
}
