// Checks that every series named by the alert rules, their tests and the Grafana dashboard is one that
// the running program has, and that the dashboard and its provisioning hold together.
// Usage: metrics_check.mjs DEPLOY_FOLDER METRICS_TEXT_FILE...
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const [deploy, ...texts] = process.argv.slice(2);
const types = new Map();
for (const text of texts) {
  for (const [, name, type] of readFileSync(text, 'utf8').matchAll(/^# TYPE (\S+) (\S+)$/gm)) types.set(name, type);
}
const exposed = new Set();
for (const [name, type] of types) {
  if (type === 'histogram') for (const part of ['_bucket', '_sum', '_count']) exposed.add(name + part);
  else exposed.add(name);
}
assert.ok(exposed.size > 20, 'the program shows hardly any series');

const read = (path) => readFileSync(join(deploy, path), 'utf8');
const rules = parse(read('prometheus/rules/hvac-twin.rules.yml'));
const all = rules.groups.flatMap((group) => group.rules);
const recorded = new Set(all.filter((rule) => rule.record).map((rule) => rule.record));
const used = new Map();
const look = (where, expression) => {
  // Words of label matchers and strings are no series.
  const bare = expression.replace(/"[^"]*"/g, '""').replace(/\{[^}]*\}/g, '{}');
  for (const [name] of bare.matchAll(/\b(hvac_\w+|process_\w+|hvac:[\w:]+)/g)) used.set(name, where);
};
for (const rule of all) look(rule.alert ?? rule.record, rule.expr);

const board = JSON.parse(read('grafana/dashboards/hvac-twin.json'));
const ids = new Set();
for (const panel of board.panels) {
  assert.ok(!ids.has(panel.id), `two panels have the id ${panel.id}`);
  ids.add(panel.id);
  assert.ok(panel.gridPos.x + panel.gridPos.w <= 24, `${panel.title} is wider than the page`);
  if (panel.type !== 'row') assert.ok(panel.targets.length > 0, `${panel.title} shows nothing`);
  for (const target of panel.targets ?? []) look(panel.title, target.expr);
}
for (const note of board.annotations.list) look(note.name, note.expr);
for (const { definition } of board.templating.list) if (definition) look('variable', definition);

const missing = [...used].filter(([name]) => !exposed.has(name) && !recorded.has(name));
assert.deepEqual(missing, [], `named, but not of the program: ${missing.map(([name, where]) => `${name} (${where})`).join(', ')}`);

// Every alert says what to do, and is tested.
const tests = read('prometheus/rules/hvac-twin.test.yml');
for (const rule of all.filter((r) => r.alert)) {
  for (const key of ['summary', 'description', 'action']) assert.ok(rule.annotations[key], `${rule.alert} has no ${key}`);
  assert.ok(['warning', 'critical'].includes(rule.labels.severity), `${rule.alert} has no severity`);
  assert.ok(tests.includes(`alertname="${rule.alert}"`), `${rule.alert} is not tested`);
}

// The KPI table of the maintenance guide, in base units.
const limits = {
  api_response_time: ['> 0.1', '> 0.5'], model_inference_p95: ['> 0.001', '> 0.01'], memory_usage: ['> 1e9', '> 1.5e9'],
  cpu_usage: ['> 75', '> 90'], disk_free: ['< 0.15', '< 0.10'], drift_psi: ['> 0.1', '> 0.2'],
};
for (const [kpi, [warning, critical]] of Object.entries(limits)) {
  const [warn, crit] = ['warning', 'critical'].map((s) => all.find((r) => r.labels?.kpi === kpi && r.labels.severity === s));
  assert.ok(warn.expr.includes(`${warning} and`), `${kpi}: the warning limit is not ${warning}`);
  assert.ok(crit.expr.endsWith(critical), `${kpi}: the critical limit is not ${critical}`);
}

// Provisioning: the dashboard finds its source, and Grafana finds the dashboard.
const source = parse(read('grafana/provisioning/datasources/prometheus.yaml')).datasources[0];
const compose = parse(read('compose.yaml'), { merge: true }).services;
assert.equal(board.templating.list[0].current.value, source.uid);
assert.ok(compose[new URL(source.url).hostname], `${source.url} is no service`);
const provider = parse(read('grafana/provisioning/dashboards/hvac-twin.yaml')).providers[0];
assert.ok(compose.grafana.volumes.some((v) => v.startsWith('./grafana/dashboards:' + provider.options.path)));
console.log(`${used.size} series are named, all of the program's; ${all.length} rules`);
