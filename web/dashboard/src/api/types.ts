/** Answers of the API (docs/api/openapi.yaml), as far as the dashboard reads them. */

export type Target = 'UCAOT' | 'UCWOT' | 'UCAF';
export const kTargets: readonly Target[] = ['UCAOT', 'UCWOT', 'UCAF'];

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  field?: string;
  value?: string;
  limit?: string;
  suggestion?: string;
}

export interface Health {
  status: string;
  model_type: string;
  models_loaded: string[];
  version: string;
  model_version?: string;
  model_origin?: string;
  model_created?: string;
  fault?: string;
}

export interface TargetView {
  predicted: number | null;
  low: number | null;
  high: number | null;
  physics: number | null;
  tracked: number | null;
  measured: number | null;
  residual: number | null;
}

export interface Finding {
  kind: string;
  tag: string;
  since: string;
  value: number;
  limit: number;
  message: string;
}

export interface AssetView {
  asset: string;
  time: string;
  regime: string;
  targets: Record<Target, TargetView>;
  Q_thermal: number | null;
  air_flow_m3_h: number | null;
  air_flow_is_virtual: boolean;
  domain_distance: number | null;
  heat_balance?: {air_kw: number; water_kw: number; uncertainty_kw: number; closes: boolean};
  health?: {index: number; trend_per_day: number; days_to_threshold: number | null};
  findings: Finding[];
  residual_parts?: Record<Target, Record<string, number>>;
  inputs: Record<string, number>;
  /** Per tag that is not good: what is wrong with it. */
  quality?: Record<string, string>;
  /** Seconds after which the program calls these data stale. */
  stale_after_s?: number;
  stale?: boolean;
  model_version: string;
}

export interface Contribution {
  feature: string;
  value: number | null;
  contribution: number;
}

export interface Explanation {
  baseline: number;
  expected: number;
  contributions: Contribution[];
  others: number;
  fallback: number;
}

export interface Prediction {
  UCAOT: number | null;
  UCWOT: number | null;
  UCAF: number | null;
  Q_thermal: number | null;
  intervals: Record<Target, {low: number | null; high: number | null}>;
  physics: Record<Target, number | null>;
  domain: {distance: number; inside: boolean; worst_feature: string | null};
  explanation?: Record<Target, Explanation>;
  regime: string;
  evidence: string;
  missing: string[];
  quality: Record<string, string>;
  model_version: string;
  model_type: string;
  model_origin: string;
  inference_time_ms: number;
}
