interface Props {
  low: number | null;
  high: number | null;
  predicted: number | null;
  physics?: number | null;
  measured?: number | null;
  other?: number | null;
  label: string;
}

/**
 * The interval of a prediction as a band on a line, with the predicted value, and where there are
 * any the measured one, first principles and another case.
 */
export function IntervalBar({low, high, predicted, physics, measured, other, label}: Props) {
  if (low === null || high === null || predicted === null) return null;
  const values = [low, high, predicted, physics, measured, other].filter(
    (value): value is number => typeof value === 'number' && Number.isFinite(value),
  );
  // Room of an interval's width at both sides, so that the band keeps its place while values move.
  const margin = Math.max(high - low, 1e-6);
  const start = Math.min(...values, low - margin);
  const end = Math.max(...values, high + margin);
  const at = (value: number) => `${(100 * (value - start)) / (end - start)}%`;
  const outside = typeof measured === 'number' && (measured < low || measured > high);
  return (
    <div class="interval" role="img" aria-label={label}>
      <div class="interval-band" style={{left: at(low), width: `${(100 * (high - low)) / (end - start)}%`}} />
      {typeof physics === 'number' && <div class="interval-physics" style={{left: at(physics)}} />}
      <div class="interval-predicted" style={{left: at(predicted)}} />
      {typeof other === 'number' && <div class="interval-other" style={{left: at(other)}} />}
      {typeof measured === 'number' && (
        <div class={`interval-measured${outside ? ' outside' : ''}`} style={{left: at(measured)}} />
      )}
    </div>
  );
}
