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

/** As the store keeps it: its numbers apart. */
export interface StoredFinding extends Omit<Finding, 'value' | 'limit'> {
  data: {value: number; limit: number};
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
  health?: {index: number; trend_per_day: number | null; days_to_threshold: number | null};
  findings: Finding[];
  residual_parts?: Record<Target, Record<string, number>>;
  inputs: Record<string, number>;
  /** Per tag that is not good: what is wrong with it. */
  quality: Record<string, string>;
  /** When the sample came in, by the server's clock; and after how long without a new one it is stale. */
  received: string;
  stale_after_s: number;
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

export interface Alert {
  id: string;
  asset: string;
  kind: string;
  subject: string;
  severity: string;
  state: string;
  title: string;
  text: string;
  raised: string;
  since: string;
  changed: string;
  value: number | null;
  limit: number | null;
  unit: string;
  detail: string;
  meaning: string;
  action: string;
  active: boolean;
  acknowledged: boolean;
  first_out: boolean;
  occurrences: number;
  shelved_until: string | null;
  suppressed_by: {asset: string; kind: string; subject: string} | null;
  closed: boolean;
  history: {time: string; state: string; by: string; note: string}[];
}

export interface ModelEvent {
  time: string;
  change: string;
  version: string;
  previous?: string | null;
  by?: string;
  reason?: string;
}

export interface DriftMode {
  status: string;
  psi: number | null;
  psi_expected?: number;
  psi_limit?: number;
  significant?: boolean;
  ks?: number;
  wasserstein?: number;
  mean_reference?: number;
  mean_current?: number;
  std_reference?: number;
  std_current?: number;
  reference_n?: number;
  current_n?: number;
  reason?: string;
}

export interface FeatureDrift extends DriftMode {
  /** That decides. */
  mode?: string;
  retrain: boolean;
  modes: Record<string, DriftMode>;
}

export interface DriftReport {
  timestamp: string;
  asset?: string;
  /** Of a scheduled report: every cooler's. */
  assets?: Record<string, {overall_status: string}>;
  summary: {
    overall_status: string;
    total_features: number;
    critical_features: number;
    warning_features: number;
    stable_features: number;
    drift_percentage: number;
    advice: string;
  };
  thresholds: {psi_warning: number; psi_critical: number};
  feature_drift: Record<string, FeatureDrift>;
}

/** One report of those that are kept. */
export interface KeptReport {
  time: string;
  status: string;
  summary: {tags?: Record<string, {status: string; psi: number | null}>} | null;
}

/** Shares per bin. Bin i reaches to bounds[i], the outer ones are open; or holds values[i]. */
export interface Distribution {
  bounds?: number[];
  values?: number[];
  reference_n: number;
  current_n: number;
  reference: number[];
  current: number[];
}

export interface ModelEntry {
  version: string;
  current: boolean;
  created: string;
  by: string;
  reason: string;
  data?: string;
  bytes?: number;
  fault?: string;
  pinned?: boolean;
  challenger?: boolean;
  archived?: boolean;
}

export interface Score {
  n: number;
  r2: number | null;
  mae: number | null;
  mape: number | null;
  rmse: number | null;
  p95: number | null;
  bias: number | null;
  coverage90: number | null;
}

export interface ModelDetail extends ModelEntry {
  files?: Record<string, number>;
  model?: {model_type: string; origin: string};
  card?: {
    rows?: number;
    populations?: Record<string, Record<Target, Record<string, Score>>>;
  };
  lineage?: string[];
  verdict?: Verdict | null;
}

/** What the gate said of a version. */
export interface Verdict {
  accepted: boolean;
  against: string | null;
  checks: {name: string; passed: boolean; text: string}[];
}

/** Value, and the bounds between which it lies with the gate's confidence. */
export type Estimate = [value: number | null, low: number | null, high: number | null];

export interface ShadowScores {
  n: number;
  champion: Score;
  challenger: Score;
  r2_change: Estimate;
  mae_ratio: Estimate;
}

export interface ShadowReport {
  challenger: string;
  champion: string;
  started: string;
  samples: number;
  /** How long it runs, and what it needs before it may be promoted by itself. */
  hours: number;
  required_hours: number;
  required_samples: number;
  worse: string | null;
  populations: Record<string, Record<Target, ShadowScores>>;
}

export interface Proposal {
  id: string | number;
  time: string;
  kind: string;
  trigger: string;
  text: string;
  version: string | null;
  by: string;
  state: string;
  since?: string;
  waits_for?: string;
  closed_by?: string;
  note?: string;
}

export interface Kpi {
  name: string;
  label: string;
  unit: string;
  value: number | null;
  target: number;
  warning: number;
  critical: number;
  status: string;
}

/** What runs, and how its parts fare. */
export interface SystemState {
  program_version: string;
  time: string;
  host: string;
  profile: string;
  started: string;
  home: string;
  demo: boolean;
  roles: string[];
  store: {place: string; failure: string};
  assets?: number;
  samples_stored?: number;
  outcomes_stored?: number;
  mqtt?: {incoming?: {connected: boolean; subscribed: boolean; last_error: string}};
  process: {resident_bytes: number; cpu_seconds: number; open_files: number; threads: number};
  disk?: {free_bytes: number; all_bytes: number; free_percent: number};
}

export interface AuditEntry {
  number: number;
  time: string;
  actor: string;
  action: string;
  detail: string;
}

export interface Backup {
  id: string;
  kind: string;
  created: string;
  size: number;
  encrypted: boolean;
  /** Empty when it is sound. */
  fault: string;
}

/** A restore that was tried beside the running program. */
export interface Drill {
  time: string;
  backup: string;
  passed: boolean;
  fault: string;
  rto_s: number;
  rpo_s: number;
  by: string;
}

export interface BackupState {
  backups: Backup[];
  /** Until when everything is in a backup. */
  covered_until: string | null;
  drill: Drill | null;
}

/** A filled and signed checklist. */
export interface MaintenanceLog {
  level: string;
  begun: string;
  signed: string;
  operator: string;
  passed: boolean;
  items: {name: string; title: string; status: string; evidence: string; procedure: string}[];
  note: string;
  signature: string;
  signature_valid: boolean;
}

export interface MaintenanceState {
  /** The level that is being run; empty when none is. */
  under_way: string;
  logs: MaintenanceLog[];
}
