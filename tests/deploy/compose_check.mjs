// Checks deploy/compose.yaml against the Compose specification's schema, and that what it names exists
// and is as docs/deployment.md says. Usage: compose_check.mjs DEPLOY_FOLDER
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

const deploy = process.argv[2];
const require = createRequire(import.meta.url);
const schema = JSON.parse(readFileSync(join(dirname(require.resolve('dclint')), '../schemas/compose.schema.json'), 'utf8'));
delete schema.$schema;  // Draft 7, by a name that ajv does not know.
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addFormat('duration', /^([0-9.]+(h|m|s|ms|us))+$/u);
const validate = ajv.compile(schema);
const compose = parse(readFileSync(join(deploy, 'compose.yaml'), 'utf8'), { merge: true });
assert.ok(validate(compose), JSON.stringify(validate.errors, null, 2));
assert.ok(!validate({ ...compose, services: { x: { imagee: 'y' } } }), 'the schema allows anything');

const services = compose.services;
for (const name of ['hvac-api', 'hvac-dashboard', 'hvac-monitor', 'mosquitto', 'postgres', 'prometheus', 'grafana']) {
  assert.ok(services[name], `${name} is missing`);
}
for (const [name, service] of Object.entries(services)) {
  const say = (what) => `${name}: ${what}`;
  for (const mount of service.volumes ?? []) {
    const [source] = mount.split(':');
    if (!source.startsWith('.')) assert.ok(source in compose.volumes, say(`volume ${source} is not declared`));
    // Secrets are made by prepare.sh, which the test runs.
    else assert.ok(existsSync(join(deploy, source)), say(`${source} does not exist`));
  }
  for (const secret of service.secrets ?? []) {
    assert.ok(secret in compose.secrets, say(`secret ${secret} is not declared`));
  }
  for (const other of Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {})) {
    assert.ok(services[other], say(`waits for ${other}, which there is not`));
    if (service.depends_on[other]?.condition === 'service_healthy') assert.ok(services[other].healthcheck, say(`${other} has no health check`));
  }
  assert.ok(!/:latest$/.test(service.image) && service.image.includes(':'), say('its image has no version'));
  assert.equal(service.restart, 'unless-stopped', say('does not come back'));
}
for (const { file } of Object.values(compose.secrets)) assert.ok(existsSync(join(deploy, file)), `${file} is not made by prepare.sh`);
for (const name of ['hvac-api', 'hvac-dashboard', 'hvac-monitor']) {
  const service = services[name];
  const say = (what) => `${name}: ${what}`;
  assert.equal(service.read_only, true, say('writes to its file system'));
  assert.deepEqual(service.cap_drop, ['ALL'], say('has capabilities'));
  assert.ok(!/^(0|root)(:|$)/.test(service.user), say('runs as root'));
  assert.ok(service.healthcheck, say('has no health check'));
  assert.ok(existsSync(join(deploy, service.build.context, service.build.dockerfile)), say('has no Dockerfile'));
}
for (const name of ['hvac-api', 'hvac-dashboard', 'mosquitto']) {
  for (const port of services[name].ports) assert.match(port, /^\$\{HVAC_BIND:-127\.0\.0\.1\}:/, `${name} is published beyond loopback by default`);
}
for (const name of ['postgres', 'prometheus', 'grafana']) assert.ok(services[name].profiles.length, `${name} is not optional`);

// Commands of the program, one a line, for the test to ask the program itself about.
for (const service of Object.values(services)) {
  if (service.image !== services['hvac-api'].image) continue;
  if (!service.entrypoint) console.log(JSON.stringify(service.command));
  console.log(JSON.stringify(service.healthcheck.test.slice(2)));
}
