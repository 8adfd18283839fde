import {getJson, withQuery} from '../../api/client';
import type {Column, PlotData} from '../../charts/plot';

/** Of one series: t [ms since 1970], and of each point's width the mean, least and greatest. */
export interface SeriesHistory {
  unit: string;
  t: number[];
  mean: (number | null)[];
  min: (number | null)[];
  max: (number | null)[];
}

export interface History {
  asset: string;
  from: string;
  to: string;
  level: string;
  series: Record<string, SeriesHistory>;
}

/** Names of the series that an asset has in the store. */
const available = new Map<string, Promise<Set<string>>>();

function seriesOf(asset: string): Promise<Set<string>> {
  let known = available.get(asset);
  if (!known) {
    known = getJson<{series: {name: string}[]}>(`/api/v1/assets/${encodeURIComponent(asset)}/series`).then(
      ({series}) => new Set(series.map(({name}) => name)),
    );
    // What cannot be known now may be later.
    known.catch(() => available.delete(asset));
    available.set(asset, known);
  }
  return known;
}

/** History of those of `series` that the asset has, to its newest sample when `to` is undefined. */
export async function history(
  asset: string,
  series: readonly string[],
  from: number,
  to: number | undefined,
  points: number,
  abort?: AbortSignal,
): Promise<History> {
  const has = await seriesOf(asset);
  const path = withQuery(`/api/v1/assets/${encodeURIComponent(asset)}/history`, {
    series: series.filter((name) => has.has(name)).join(','),
    from: new Date(from).toISOString(),
    to: to === undefined ? undefined : new Date(to).toISOString(),
    points,
  });
  return getJson<History>(path, abort);
}

type Part = 'mean' | 'min' | 'max';

/** Columns of several series over the times of all of them [s]; null where one has no point. */
export function aligned(of: History, wanted: readonly [series: string, part: Part][]): PlotData {
  const times = [...new Set(wanted.flatMap(([name]) => of.series[name]?.t ?? []))].sort((a, b) => a - b);
  const index = new Map(times.map((time, i) => [time, i]));
  const columns = wanted.map(([name, part]) => {
    const column: Column = new Array<number | null>(times.length).fill(null);
    const series = of.series[name];
    series?.t.forEach((time, i) => (column[index.get(time)!] = series[part][i] ?? null));
    return column;
  });
  return [times.map((time) => time / 1000), ...columns];
}

/** Row by row: time [s since 1970] and the mean of each series that has one then. */
export function rowsOf(of: History): {time: number; values: Map<string, number | null>}[] {
  const names = Object.keys(of.series);
  const [times, ...columns] = aligned(
    of,
    names.map((name) => [name, 'mean']),
  );
  return times.map((time, i) => ({
    time,
    values: new Map(names.map((name, c) => [name, columns[c]?.[i] ?? null])),
  }));
}
