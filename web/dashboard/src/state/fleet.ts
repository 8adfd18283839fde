import {computed, effect, signal} from '@preact/signals';

import {ApiError, clockSkewMs, getJson} from '../api/client';
import type {Alert, AssetView, DriftReport, Health} from '../api/types';
import {byUrgency, isAside} from './alerts';
import {route, setQuery} from './route';

/** Every cooler as of its last sample; nothing until the first answer. */
export const fleet = signal<AssetView[] | undefined>(undefined);
export const health = signal<Health | undefined>(undefined);
/** Ticks every second, so that ages grow on the screen. */
export const now = signal(Date.now());
/** Open alerts that ask for somebody, the most urgent first; nothing where the program does not say. */
export const openAlerts = signal<Alert[] | undefined>(undefined);
/** Status of drift by cooler as of the newest report; nothing where there is none. */
export const driftStatus = signal<Record<string, string> | undefined>(undefined);

const kFleetEveryMs = 1_000;
/** A program that says nothing for this long is lost, even if it holds the line. */
const kLostAfterMs = 4_000;
const kHealthEveryMs = 5_000;
const kDriftEveryMs = 30_000;

export const asset = computed<AssetView | undefined>(() => {
  const wanted = route.value.query.get('asset');
  return fleet.value?.find((view) => view.asset === wanted) ?? fleet.value?.[0];
});

export function chooseAsset(name: string): void {
  setQuery('asset', name);
}

/** Time since the last sample came in [s], by the server's clock. */
export function ageSeconds(view: AssetView): number {
  return Math.max(0, (now.value + clockSkewMs.value - Date.parse(view.received)) / 1000);
}

export function isStale(view: AssetView): boolean {
  return ageSeconds(view) > view.stale_after_s;
}

async function repeat(everyMs: number, task: () => Promise<void>): Promise<void> {
  for (;;) {
    if (!document.hidden) {
      await task().catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
      });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

async function loadAlerts(): Promise<void> {
  try {
    const {alerts} = await getJson<{alerts: Alert[]}>('/api/v1/alerts?state=open');
    openAlerts.value = alerts.filter((alert) => !isAside(alert)).sort(byUrgency);
  } catch (error) {
    openAlerts.value = undefined;
    throw error;
  }
}

async function loadDrift(): Promise<void> {
  try {
    const report = await getJson<DriftReport>('/api/v1/drift');
    // One that somebody asked for is of one cooler.
    const all = report.assets ?? {[report.asset ?? '']: report.summary};
    driftStatus.value = Object.fromEntries(Object.entries(all).map(([name, of]) => [name, of.overall_status]));
  } catch (error) {
    driftStatus.value = undefined;
    throw error;
  }
}

/** Follows the program for as long as the page is open. */
export function followFleet(): void {
  setInterval(() => (now.value = Date.now()), 1000);
  void repeat(kFleetEveryMs, async () => {
    fleet.value = await getJson<AssetView[]>('/api/v1/assets', undefined, kLostAfterMs);
  });
  void repeat(kHealthEveryMs, async () => {
    health.value = await getJson<Health>('/health');
  });
  void repeat(kHealthEveryMs, loadAlerts);
  void repeat(kDriftEveryMs, loadDrift);
  effect(() => {
    document.title = openAlerts.value?.length ? `(${openAlerts.value.length}) hvac-twin` : 'hvac-twin';
  });
}
