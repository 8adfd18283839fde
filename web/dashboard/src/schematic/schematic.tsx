import type {AssetView} from '../api/types';
import {t} from '../i18n';
import {number} from '../ui/format';
import {Readout, TargetReadout} from './readout';

/** Seconds for one dash of a flow to pass; 0 stands. */
function pace(flow: number | null | undefined, usual: number): number {
  if (!flow || flow < 0.02 * usual) return 0;
  return Math.min(Math.max((1.2 * usual) / flow, 0.35), 6);
}

function Flow({d, seconds, kind}: {d: string; seconds: number; kind: 'air' | 'cold' | 'warm'}) {
  return (
    <path
      class={`flow flow-${kind}${seconds === 0 ? ' standing' : ''}`}
      d={d}
      style={seconds === 0 ? undefined : {animationDuration: `${seconds.toFixed(2)}s`}}
    />
  );
}

function Arrow({x, y, to}: {x: number; y: number; to: 'left' | 'right' | 'up' | 'down'}) {
  const turn = {right: 0, down: 90, left: 180, up: 270}[to];
  return <path class="arrow" transform={`translate(${x} ${y}) rotate(${turn})`} d="M-8 -7 L8 0 L-8 7 Z" />;
}

function Duct() {
  return (
    <g class="duct">
      <path d="M20 140 H980 M20 290 H980" />
      <path class="filter" d="M232 142 l16 18 l-16 18 l16 18 l-16 18 l16 18 l-16 18 l16 18 l-16 18" />
      <text class="part-name" x="240" y="132" text-anchor="middle">
        {t('schematic.filter')}
      </text>
    </g>
  );
}

/** Fins, and the tube that the water takes from the air's outlet to its inlet. */
function Coil({seconds}: {seconds: number}) {
  const fins = Array.from({length: 13}, (_, i) => 364 + i * 9.5);
  return (
    <g class="coil">
      <rect x="354" y="146" width="138" height="138" rx="3" />
      {fins.map((x) => (
        <line key={x} x1={x} x2={x} y1="150" y2="280" />
      ))}
      <path class="tube pipe-warm" d="M372 216 V190 H476 V164 H362 V330" />
      <path class="tube" d="M482 330 V268 H372 V242 H476 V216 H372" />
      <Flow kind="cold" d="M482 330 V268 H372 V242 H476 V216 H372" seconds={seconds} />
      <Flow kind="warm" d="M372 216 V190 H476 V164 H362 V330" seconds={seconds} />
      <text class="part-name" x="423" y="132" text-anchor="middle">
        {t('schematic.coil')}
      </text>
    </g>
  );
}

function Fan({rpm}: {rpm: number | undefined}) {
  const running = rpm !== undefined && rpm > 30;
  // Slower than in reality, so that the eye can follow.
  const seconds = running ? Math.min(Math.max(1500 / rpm, 0.5), 6) : 0;
  return (
    <g class="machine">
      <circle cx="640" cy="215" r="62" />
      <g transform="translate(640 215)">
        <g class={running ? 'rotor' : 'rotor standing'} style={running ? {animationDuration: `${seconds.toFixed(2)}s`} : undefined}>
          {[0, 60, 120, 180, 240, 300].map((angle) => (
            <path key={angle} class="blade" transform={`rotate(${angle})`} d="M0 -9 C10 -22 24 -40 6 -54 C-4 -44 -8 -24 0 -9 Z" />
          ))}
          <circle r="9" class="hub" />
        </g>
      </g>
      <text class="part-name" x="640" y="132" text-anchor="middle">
        {t('schematic.fan')}
      </text>
    </g>
  );
}

function Heater({on}: {on: boolean}) {
  return (
    <g class={on ? 'heater on' : 'heater'}>
      <path d="M768 160 h26 M768 160 l0 12 l26 10 l-26 14 l26 14 l-26 14 l26 14 l-26 14 l0 12 h26" />
      <text class="part-name" x="781" y="132" text-anchor="middle">
        {t('schematic.heater')}
      </text>
    </g>
  );
}

function Valve({opening}: {opening: number | undefined}) {
  const share = Math.min(Math.max((opening ?? 0) / 100, 0), 1);
  return (
    <g class="valve" transform="translate(228 420)">
      <path d="M-24 -16 V16 L0 0 Z M24 -16 V16 L0 0 Z" />
      <path class="stem" d="M0 0 V-26" />
      <rect class="actuator" x="-17" y="-46" width="34" height="20" rx="3" />
      <rect class="actuator-level" x="-15" y="-44" width={30 * share} height="16" rx="2" />
    </g>
  );
}

function Pump({running, seconds}: {running: boolean; seconds: number}) {
  return (
    <g class="machine" transform="translate(690 420)">
      <circle r="30" />
      <path class={running ? 'impeller' : 'impeller standing'} d="M-24 0 L13 -21 M-24 0 L13 21" style={{animationDuration: `${seconds}s`}} />
    </g>
  );
}

/** The cooler as it is now: air from left to right, water from right to left. */
export function Schematic({view, stale}: {view: AssetView; stale: boolean}) {
  const {inputs} = view;
  const water = pace(inputs.UCWF, 600);
  const air = view.regime === 'fan_off' ? 0 : pace(view.air_flow_m3_h, 600);
  const pumping = (inputs.CPPR ?? 0) > 100 || (inputs.CPMMP ?? 0) > 50;
  return (
    <div class="schematic-scroll" tabIndex={0} role="group" aria-label={t('schematic.title')}>
      <svg class={`schematic${stale ? ' schematic-stale' : ''}`} viewBox="0 0 1000 500" role="img" aria-label={t('schematic.spoken')}>
        <Flow kind="air" d="M30 178 H348" seconds={air} />
        <Flow kind="air" d="M30 252 H348" seconds={air} />
        <Flow kind="air" d="M500 178 H970" seconds={air} />
        <Flow kind="air" d="M500 252 H970" seconds={air} />
        <Duct />
        <Arrow x={60} y={215} to="right" />
        <Arrow x={945} y={215} to="right" />
        <path class="pipe" d="M982 420 H482 V330" />
        <path class="pipe pipe-warm" d="M362 330 V420 H18" />
        <Flow kind="cold" d="M982 420 H482 V330" seconds={water} />
        <Flow kind="warm" d="M362 330 V420 H18" seconds={water} />
        <Coil seconds={water} />
        <Fan rpm={inputs.UCFMS} />
        <Heater on={(inputs.UCHC ?? 0) > 0.5} />
        <Valve opening={inputs.MVSO} />
        <Pump running={pumping} seconds={water} />
        <Arrow x={930} y={420} to="left" />
        <Arrow x={80} y={420} to="left" />

        <Readout view={view} tag="UCAIT" x={90} y={48} />
        <Readout view={view} tag="UCAIH" x={90} y={98} />
        <Readout view={view} tag="AMBT" x={196} y={48} />
        <Readout view={view} tag="UCTSP" x={196} y={98} />
        <text class="part-name" x="20" y="36">
          {t('schematic.airIn')}
        </text>
        <TargetReadout view={view} target="UCAF" x={552} y={14} />
        <TargetReadout view={view} target="UCAOT" x={804} y={14} />
        <Readout view={view} tag="UCSDP" x={300} y={48} />
        <Readout view={view} tag="UCFMS" x={640} y={322} anchor="middle" />
        <Readout view={view} tag="UCHC" x={781} y={322} anchor="middle" />
        <TargetReadout view={view} target="UCWOT" x={20} y={304} />
        <Readout view={view} tag="MVSO" x={228} y={478} anchor="middle" />
        <Readout view={view} tag="UCWDP" x={422} y={400} anchor="middle" />
        <Readout view={view} tag="UCWF" x={570} y={400} anchor="middle" />
        <Readout view={view} tag="CPPR" x={690} y={482} anchor="middle" />
        <Readout view={view} tag="UCWIT" x={840} y={400} anchor="middle" />
        <text class="part-name" x="980" y="448" text-anchor="end">
          {t('schematic.waterIn')}
        </text>
        <text class="part-name" x="20" y="448">
          {t('schematic.waterOut')}
        </text>
        <text class="part-name" x="725" y="462">
          {t('schematic.pump')}
        </text>
        <text class="part-name" x="262" y="462">
          {t('schematic.valve')}
        </text>
        <g class="heat" transform="translate(423 330)">
          <text class="readout-code" text-anchor="middle" y="-14">
            Q_thermal
          </text>
          <text class="target-value" text-anchor="middle" y="12">
            {number(view.Q_thermal, 2)}
            <tspan class="readout-unit"> kW</tspan>
          </text>
        </g>
      </svg>
    </div>
  );
}
