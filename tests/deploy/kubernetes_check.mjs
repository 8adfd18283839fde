// Checks Kubernetes manifests (a stream of YAML documents) against the schemas of the API: types and
// limits by kubernetes-models' validators, keys that there are not by the compiler on its types. And
// that they hold together and are hardened. Usage: kubernetes_check.mjs FILE
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

const here = dirname(fileURLToPath(import.meta.url));
const manifests = parseAllDocuments(readFileSync(process.argv[2], 'utf8'), { merge: true }).map((document) => {
  assert.deepEqual(document.errors, []);
  return document.toJS();
}).filter(Boolean);
assert.ok(manifests.length >= 10, `only ${manifests.length} manifests`);

const faults = async (list) => {
  const found = [];
  for (const manifest of list) {
    try {
      const { [manifest.kind]: model } = await import(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`);
      new model(manifest).validate();
    } catch (error) {
      found.push(`${manifest.kind} ${manifest.metadata.name}: ${error.message}`);
    }
  }
  // A literal of a type may have no key that the type does not have.
  const name = join(here, 'manifests.ts');
  const text = list.map((manifest, i) =>
    `import { I${manifest.kind} as T${i} } from 'kubernetes-models/${manifest.apiVersion}/${manifest.kind}';\n` +
    `export const m${i}: T${i} = ${JSON.stringify(manifest, null, 1)};\n`).join('');
  const options = { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022, types: [] };
  const host = ts.createCompilerHost(options);
  const original = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) => (file === name ? ts.createSourceFile(file, text, options.target) : original(file, ...rest));
  const exists = host.fileExists.bind(host);
  host.fileExists = (file) => file === name || exists(file);
  const program = ts.createProgram([name], options, host);
  for (const fault of ts.getPreEmitDiagnostics(program)) found.push(ts.flattenDiagnosticMessageText(fault.messageText, '\n'));
  return found;
};
assert.deepEqual(await faults(manifests), []);
const wrong = structuredClone(manifests.find((m) => m.kind === 'StatefulSet'));
wrong.spec.template.spec.containers[0].imagePullPolice = 'Always';
assert.notDeepEqual(await faults([wrong]), [], 'a key that there is not goes unnoticed');
delete wrong.spec.template.spec.containers[0].imagePullPolice;
wrong.spec.replicas = 'one';
assert.notDeepEqual(await faults([wrong]), [], 'a wrong type goes unnoticed');

const named = (kind, name) => manifests.find((m) => m.kind === kind && m.metadata.name === name);
for (const set of manifests.filter((m) => m.kind === 'StatefulSet')) {
  const pod = set.spec.template.spec;
  const volumes = new Set([...pod.volumes.map((v) => v.name), ...set.spec.volumeClaimTemplates.map((v) => v.metadata.name)]);
  for (const volume of pod.volumes) {
    if (volume.secret) assert.ok(named('Secret', volume.secret.secretName), `${volume.secret.secretName} is no secret`);
    for (const source of volume.projected?.sources ?? []) {
      if (source.configMap) assert.ok(named('ConfigMap', source.configMap.name), `${source.configMap.name} is no config map`);
      if (source.secret) assert.ok(named('Secret', source.secret.name), `${source.secret.name} is no secret`);
    }
  }
  assert.ok(named('Service', set.spec.serviceName), `${set.metadata.name} has no service`);
  // The pod security standard "restricted", and a file system that is not written to.
  assert.equal(pod.securityContext.runAsNonRoot, true);
  assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault');
  for (const container of pod.containers) {
    const what = `${set.metadata.name}/${container.name}`;
    for (const mount of container.volumeMounts) assert.ok(volumes.has(mount.name), `${what}: no volume ${mount.name}`);
    assert.equal(container.securityContext.allowPrivilegeEscalation, false, what);
    assert.equal(container.securityContext.readOnlyRootFilesystem, true, what);
    assert.deepEqual(container.securityContext.capabilities.drop, ['ALL'], what);
    assert.ok(container.resources.limits.memory, `${what} has no limit of memory`);
    assert.match(container.image, /:[0-9][^:]*$/, `${what} has no version`);
  }
}
const pods = manifests.filter((m) => m.kind === 'StatefulSet').map((m) => m.spec.template);
for (const service of manifests.filter((m) => m.kind === 'Service')) {
  const chosen = pods.filter((pod) => Object.entries(service.spec.selector).every(([key, value]) => pod.metadata.labels[key] === value));
  assert.equal(chosen.length, 1, `${service.metadata.name} selects ${chosen.length} pods`);
  const ports = new Set(chosen[0].spec.containers.flatMap((c) => c.ports ?? []).map((p) => p.name));
  for (const port of service.spec.ports) assert.ok(ports.has(port.targetPort), `${service.metadata.name}: no port ${port.targetPort}`);
}
console.error(`${manifests.length} manifests`);

// Commands of the program, one a line, for the test to ask the program itself about.
for (const container of named('StatefulSet', 'hvac-twin').spec.template.spec.containers) {
  if (container.args) console.log(JSON.stringify(container.args));
  const command = container.livenessProbe?.exec?.command;
  if (command) console.log(JSON.stringify(command.slice(1)));
}
