// Usage: node openapi_json.mjs IN.yaml OUT.json - the API's description as the program serves it.
import { readFileSync, writeFileSync } from 'node:fs';
import { load } from 'js-yaml';

const [source, target] = process.argv.slice(2);
writeFileSync(target, JSON.stringify(load(readFileSync(source, 'utf8'))) + '\n');
