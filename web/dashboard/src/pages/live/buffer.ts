import type {AssetView} from '../../api/types';
import {kTargets} from '../../api/types';
import type {Column} from '../../charts/plot';

/** Samples kept of one cooler. */
const kMost = 6_000;

/** What the stream said of one cooler: times [s since 1970] and a column per series. */
export class Buffer {
  readonly times: number[] = [];
  private readonly columns = new Map<string, Column>();
  /** Grows with every sample. */
  received = 0;

  column(series: string): Column {
    let column = this.columns.get(series);
    if (!column) {
      column = new Array<number | null>(this.times.length).fill(null);
      this.columns.set(series, column);
    }
    return column;
  }

  get last(): number {
    return this.times[this.times.length - 1] ?? Number.NEGATIVE_INFINITY;
  }

  /** Adds a sample; one that is not newer than the last is there already. */
  add(view: AssetView): void {
    this.addRow(Date.parse(view.time) / 1000, seriesOf(view));
  }

  addRow(time: number, values: Map<string, number | null>): void {
    if (!(time > this.last)) return;
    addIntervalOfResidual(values);
    for (const name of values.keys()) this.column(name);
    this.times.push(time);
    for (const [name, column] of this.columns) column.push(values.get(name) ?? null);
    this.received += 1;
    if (this.times.length > 1.25 * kMost) {
      const surplus = this.times.length - kMost;
      this.times.splice(0, surplus);
      for (const column of this.columns.values()) column.splice(0, surplus);
    }
  }

  /** Index of the first sample at or after `time`. */
  indexFrom(time: number): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The interval about a residual: from the predicted value to its bounds. */
function addIntervalOfResidual(values: Map<string, number | null>): void {
  for (const target of kTargets) {
    const predicted = values.get(`${target}.predicted`) ?? null;
    for (const bound of ['low', 'high']) {
      const value = values.get(`${target}.${bound}`) ?? null;
      values.set(`${target}.${bound}_from_predicted`, value === null || predicted === null ? null : value - predicted);
    }
  }
}

/** The series of a sample, named as the store names them. */
function seriesOf(view: AssetView): Map<string, number | null> {
  const series = new Map<string, number | null>(Object.entries(view.inputs));
  for (const target of kTargets) {
    const {measured, predicted, low, high, residual} = view.targets[target];
    series.set(`${target}.measured`, measured);
    series.set(`${target}.predicted`, predicted);
    series.set(`${target}.low`, low);
    series.set(`${target}.high`, high);
    series.set(`${target}.residual`, residual);
  }
  series.set('q_thermal_kw', view.Q_thermal);
  series.set('health_index', view.health?.index ?? null);
  return series;
}
