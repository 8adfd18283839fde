// Lints a Dockerfile and prints its last stage as JSON: {"run": [commands], "env": {}, "user", "workdir",
// "entrypoint": [], "cmd": [], "health": []}. Usage: dockerfile_steps.mjs FILE
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { validate } = createRequire(import.meta.url)('dockerfile-utils');
const text = readFileSync(process.argv[2], 'utf8');
// Instructions of BuildKit (RUN --mount) are known to it.
const faults = validate(text).filter((fault) => fault.severity === 1);
assert.deepEqual(faults, []);
assert.notDeepEqual(validate('FRO debian\nRUNN x\n'), [], 'a wrong file goes unnoticed');

const lines = text.replace(/\\\n\s*/g, '').split('\n').filter((line) => line && !line.startsWith('#'));
const starts = lines.flatMap((line, i) => (line.startsWith('FROM ') ? [i] : []));
assert.equal(starts.length, 2, 'it is not of two stages');
for (const i of starts) assert.match(lines[i], /debian:bookworm-slim/);
const stage = { run: [], env: {} };
for (const line of lines.slice(starts.at(-1) + 1)) {
  const at = line.indexOf(' ');
  const [word, rest] = [line.slice(0, at), line.slice(at + 1)];
  if (word === 'RUN') stage.run.push(rest.replace(/^(--mount=\S+\s+)+/, ''));
  else if (word === 'ENV') stage.env[rest.split('=')[0]] = rest.slice(rest.indexOf('=') + 1);
  else if (word === 'USER') stage.user = rest;
  else if (word === 'WORKDIR') stage.workdir = rest;
  else if (word === 'ENTRYPOINT' || word === 'CMD') stage[word.toLowerCase()] = JSON.parse(rest);
  else if (word === 'HEALTHCHECK') stage.health = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4));
}
assert.match(stage.user, /^[1-9][0-9]*:[1-9][0-9]*$/, 'it does not run as a user by number');
assert.ok(stage.health && stage.entrypoint && stage.cmd, 'health check, entry point or command is missing');
console.log(JSON.stringify(stage));
