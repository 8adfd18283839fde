import {computed, signal} from '@preact/signals';

import {getJson} from '../api/client';
import {asset} from './fleet';
import {route} from './route';

/** A cooler that telemetry is stored of, and the time it spans. */
export interface StoredAsset {
  asset: string;
  from: string;
  to: string;
}

/** Those there are, also when they send nothing now; nothing until the first answer. */
export const stored = signal<StoredAsset[] | undefined>(undefined);

/** The one that is looked at. */
export const storedAsset = computed<StoredAsset | undefined>(() => {
  const wanted = route.value.query.get('asset') ?? asset.value?.asset;
  return stored.value?.find((each) => each.asset === wanted) ?? stored.value?.[0];
});

export async function loadStored(): Promise<void> {
  stored.value = await getJson<StoredAsset[]>('/api/v1/stored');
}
