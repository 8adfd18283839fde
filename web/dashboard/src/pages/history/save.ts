import {request, withQuery} from '../../api/client';
import {styleColor} from '../../state/theme';
import type {Period} from './period';

/** A year of samples takes minutes to write. */
const kExportMs = 300_000;

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function fileName(asset: string, period: Period, extension: string): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 16).replaceAll(':', '');
  return `${asset}_${day(period.from)}_${day(period.to)}.${extension}`;
}

export async function saveCsv(asset: string, series: string[], period: Period): Promise<void> {
  const path = withQuery(`/api/v1/assets/${encodeURIComponent(asset)}/export`, {
    series: series.join(','),
    from: new Date(period.from).toISOString(),
    to: new Date(period.to).toISOString(),
  });
  const response = await request(path, {timeoutMs: kExportMs});
  download(await response.blob(), fileName(asset, period, 'csv'));
}

/** All charts below `root` under each other in one picture. */
export async function savePng(root: HTMLElement, asset: string, period: Period): Promise<void> {
  const charts = [...root.querySelectorAll<HTMLElement>('.chart')].flatMap((chart) => {
    const canvas = chart.querySelector('canvas');
    return canvas ? [{canvas, title: chart.querySelector('figcaption')?.textContent ?? ''}] : [];
  });
  const scale = devicePixelRatio;
  const head = 30 * scale;
  const sheet = document.createElement('canvas');
  sheet.width = Math.max(...charts.map(({canvas}) => canvas.width)) + 20 * scale;
  sheet.height = charts.reduce((sum, {canvas}) => sum + canvas.height + head, 10 * scale);
  const context = sheet.getContext('2d');
  if (!context) return;
  context.fillStyle = styleColor('--panel');
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.font = `600 ${14 * scale}px Inter, system-ui, sans-serif`;
  let y = 0;
  for (const {canvas, title} of charts) {
    context.fillStyle = styleColor('--ink');
    context.fillText(title, 14 * scale, y + 22 * scale);
    context.drawImage(canvas, 10 * scale, y + head);
    y += head + canvas.height;
  }
  const blob = await new Promise<Blob | null>((resolve) => sheet.toBlob(resolve, 'image/png'));
  if (blob) download(blob, fileName(asset, period, 'png'));
}
