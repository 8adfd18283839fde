import 'uplot/dist/uPlot.min.css';

import uPlot from 'uplot';

import {locale, t} from '../i18n';
import {number, quantity} from '../ui/format';
import {type Color, palette} from './palette';

export interface Line {
  label: string;
  color: Color;
  width?: number;
  dash?: number[];
  /** As steps: states rather than measurements. */
  steps?: boolean;
  /** Only as the edge of a band: not drawn and not in the legend. */
  hidden?: boolean;
}

export interface Marker {
  time: number; // [s since 1970]
  label: string;
  color: Color;
}

export interface PlotSpec {
  unit: string;
  lines: Line[];
  /** Pairs of line indices (upper, lower) with the room between them filled. */
  bands?: [number, number][];
  height: number;
  /** Charts of one group share the cursor. */
  group?: string;
  /** At least this much is shown, so that noise does not fill the chart. */
  leastSpan?: number;
  onZoom?: (from: number, to: number) => void;
  onReset?: () => void;
}

export type Column = (number | null)[];
/** Times [s since 1970], then one column per line. */
export type PlotData = [number[], ...Column[]];

const kDay = 86_400;

const formats = new Map<string, Intl.DateTimeFormat>();

function timeFormat(step: number): Intl.DateTimeFormat {
  const kind = step >= kDay ? 'day' : step >= 60 ? 'minute' : 'second';
  const key = `${locale.value} ${kind}`;
  let format = formats.get(key);
  if (!format) {
    const clock = {hour: '2-digit', minute: '2-digit', hour12: false} as const;
    const options: Intl.DateTimeFormatOptions =
      kind === 'day' ? {day: 'numeric', month: 'short'} : kind === 'minute' ? clock : {...clock, second: '2-digit'};
    format = new Intl.DateTimeFormat(locale.value, options);
    formats.set(key, format);
  }
  return format;
}

function timeTexts(splits: number[], step: number): string[] {
  const format = timeFormat(step);
  return splits.map((second) => format.format(second * 1000));
}

function timeText(second: number | null): string {
  return second === null ? '' : timeFormat(1).format(second * 1000);
}

/** The last value of a series that there is. */
function newest(plot: uPlot, series: number): number | null {
  const column = plot.data[series] ?? [];
  for (let i = column.length - 1; i >= 0; --i) {
    const value = column[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** As many digits as tell neighbours apart. */
function valueTexts(splits: number[], step: number): string[] {
  let digits = 0;
  while (digits < 6 && Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6) digits += 1;
  return splits.map((value) => number(value, digits));
}

function spanAround(low: number | null, high: number | null, least: number): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const room = Math.max((least - (high - low)) / 2, 0.08 * (high - low), 1e-6);
  return [low - room, high + room];
}

/** How much larger than on a desk text is here: a canvas has no rem. */
function textScale(): number {
  const kDeskFontPx = 15;
  return Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / kDeskFontPx);
}

/**
 * A chart whose canvas hides what is behind it, so that the browser need not blend it: a sixth of
 * the work of thirty live charts. Who asks first for a canvas's context decides that, which is
 * uPlot, and it leaves no choice.
 */
function opaquePlot(options: uPlot.Options, data: uPlot.AlignedData, parent: HTMLElement): uPlot {
  const {prototype} = HTMLCanvasElement;
  const {getContext} = prototype;
  prototype.getContext = function opaque(this: HTMLCanvasElement) {
    return getContext.call(this, '2d', {alpha: false});
  } as typeof getContext;
  try {
    return new uPlot(options, data, parent);
  } finally {
    prototype.getContext = getContext;
  }
}

function drawPanel({ctx}: uPlot): void {
  ctx.fillStyle = palette.value.panel;
  ctx.fillRect(0, 0, ctx.canvas.width, ctx.canvas.height);
}

/** A chart on a canvas. Redraws with new data or colours; the owner destroys it. */
export class Plot {
  private readonly plot: uPlot;
  private readonly scale = textScale();
  private markers: Marker[] = [];

  constructor(
    private readonly parent: HTMLElement,
    readonly spec: PlotSpec,
  ) {
    this.plot = opaquePlot(this.options(), [[], ...spec.lines.map(() => [])], parent);
  }

  /** `range`: times to show [s]; all data without it. */
  setData(data: PlotData, range?: [number, number], markers: Marker[] = []): void {
    this.markers = markers;
    this.plot.batch(() => {
      this.plot.setData(data as uPlot.AlignedData, range === undefined);
      if (range) this.plot.setScale('x', {min: range[0], max: range[1]});
    });
  }

  /** Writes the newest values into the legend, unless the pointer reads others. */
  showNewest(): void {
    if (this.plot.cursor.idx == null) this.plot.setLegend({}, false);
  }

  resize(): void {
    const width = this.parent.clientWidth;
    if (width > 0 && width !== this.plot.width) this.plot.setSize({width, height: this.plot.height});
  }

  redraw(): void {
    this.plot.redraw(false);
  }

  destroy(): void {
    this.plot.destroy();
  }

  private options(): uPlot.Options {
    const {spec, scale} = this;
    const axis = {
      stroke: () => palette.value['ink-3'],
      grid: {stroke: () => palette.value.line, width: 1},
      ticks: {show: false},
      font: `${Math.round(11 * scale)}px Inter, system-ui, sans-serif`,
    };
    return {
      width: Math.max(this.parent.clientWidth, 120),
      height: Math.round(spec.height * scale),
      series: [
        {label: t('chart.time'), value: (plot, at) => timeText(at ?? newest(plot, 0))},
        ...spec.lines.map((line) => this.series(line)),
      ],
      bands: (spec.bands ?? []).map(([high, low]) => ({
        series: [high + 1, low + 1] as [number, number],
        fill: () => palette.value.band,
      })),
      axes: [
        {...axis, space: 70 * scale, size: 28 * scale, values: (_, splits, __, ___, step) => timeTexts(splits, step)},
        {...axis, size: 52 * scale, space: 28 * scale, values: (_, splits, __, ___, step) => valueTexts(splits, step)},
      ],
      scales: {
        x: {time: true},
        y: {range: (_, low, high) => spanAround(low, high, spec.leastSpan ?? 0)},
      },
      cursor: {
        ...(spec.group ? {sync: {key: spec.group}} : {}),
        drag: {x: true, y: false, setScale: false},
        points: {size: 6},
      },
      legend: {live: true, markers: {fill: (_, at) => palette.value[spec.lines[at - 1]?.color ?? 'ink']}},
      padding: [8, 18, 0, 0],
      hooks: {
        drawClear: [drawPanel],
        draw: [(plot) => this.drawMarkers(plot)],
        setSelect: [(plot) => this.selected(plot)],
        ready: [(plot) => plot.over.addEventListener('dblclick', () => spec.onReset?.())],
      },
    };
  }

  private series(line: Line): uPlot.Series {
    const steps = line.steps ? uPlot.paths.stepped?.({align: 1}) : undefined;
    return {
      label: line.label,
      stroke: () => (line.hidden ? 'transparent' : palette.value[line.color]),
      width: line.hidden ? 0 : (line.width ?? 1.5),
      points: {show: false},
      // Where nothing is pointed at: the newest there is.
      value: (plot, value, index) => quantity(plot.cursor.idx == null ? newest(plot, index) : value, this.spec.unit, 1),
      ...(line.dash ? {dash: line.dash} : {}),
      ...(steps ? {paths: steps} : {}),
      ...(line.hidden ? {class: 'u-hidden'} : {}),
    };
  }

  private selected(plot: uPlot): void {
    const {left, width} = plot.select;
    if (width < 4 || !this.spec.onZoom) return;
    this.spec.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
    plot.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
  }

  private drawMarkers(plot: uPlot): void {
    const {ctx, bbox} = plot;
    for (const marker of this.markers) {
      const x = Math.round(plot.valToPos(marker.time, 'x', true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.save();
      ctx.strokeStyle = palette.value[marker.color];
      ctx.fillStyle = palette.value[marker.color];
      ctx.lineWidth = devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.beginPath();
      ctx.moveTo(x - 5 * devicePixelRatio, bbox.top);
      ctx.lineTo(x + 5 * devicePixelRatio, bbox.top);
      ctx.lineTo(x, bbox.top + 7 * devicePixelRatio);
      ctx.fill();
      ctx.restore();
    }
  }
}
