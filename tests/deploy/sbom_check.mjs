// Checks a bill of materials against CycloneDX's schema, and that it names what it must.
// Usage: sbom_check.mjs BOM OWNERS (a file with a package name a line)
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [bomFile, ownersFile] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const library = dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json'));
const schema = (name) => JSON.parse(readFileSync(join(library, 'res/schema', name), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addFormat('idn-email', true);
ajv.addFormat('iri-reference', /^\S*$/u);
ajv.addSchema(schema('spdx.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json');
ajv.addSchema(schema('jsf-0.82.SNAPSHOT.schema.json'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json');
const validate = ajv.compile(schema('bom-1.6.SNAPSHOT.schema.json'));

const bom = JSON.parse(readFileSync(bomFile, 'utf8'));
assert.ok(validate(bom), JSON.stringify(validate.errors, null, 2));
assert.ok(!validate({ ...bom, components: [{ type: 'nothing', name: 3 }] }), 'the schema allows anything');

const names = new Set(bom.components.map((component) => component.name));
const owners = readFileSync(ownersFile, 'utf8').split('\n').filter(Boolean);
assert.ok(owners.length > 10, 'the program loads hardly any library');
for (const owner of owners) assert.ok(names.has(owner), `${owner} is loaded and not in the bill of materials`);
// Compiled in, so that no linker sees them; and built into the pages.
for (const name of ['libcli11-dev', 'libboost1.81-dev', 'swagger-ui-dist']) {
  assert.ok(names.has(name), `${name} is not in the bill of materials`);
}
const refs = new Set(bom.components.map((component) => component['bom-ref']));
assert.equal(refs.size, bom.components.length, 'two components have the same reference');
for (const { dependsOn } of bom.dependencies) for (const ref of dependsOn) assert.ok(refs.has(ref), ref);
console.log(`${bom.components.length} components, ${owners.length} libraries loaded, schema CycloneDX 1.6`);
