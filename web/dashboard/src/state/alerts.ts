import type {Alert} from '../api/types';

const kRank: Record<string, number> = {critical: 0, warning: 1};

/** Put aside by someone, or a consequence of another alert: asks for nobody. */
export function isAside({state}: Alert): boolean {
  return state === 'shelved' || state === 'suppressed';
}

/** For sorting: what still holds before what is over, the severe before the mild, the new before the old. */
export function byUrgency(a: Alert, b: Alert): number {
  const quiet = (alert: Alert) => Number(isAside(alert) || !alert.active);
  return (
    quiet(a) - quiet(b) ||
    (kRank[a.severity] ?? 2) - (kRank[b.severity] ?? 2) ||
    Date.parse(b.raised) - Date.parse(a.raised)
  );
}
