// Writes the bill of materials of the program (CycloneDX 1.6, JSON): the Debian packages of the
// libraries it loads and of the headers compiled into it, and the npm packages built into its pages.
// The same inputs give the same bytes.
// Usage: sbom.mjs --program FILE --target NAME --version V --build FOLDER --output FILE --lock FILE...
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    program: { type: 'string' }, target: { type: 'string' }, version: { type: 'string' },
    build: { type: 'string' }, output: { type: 'string' }, lock: { type: 'string', multiple: true },
  },
});

const run = (program, ...args) =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
const hash = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('hex');

// Libraries the program loads, with those that they load: by name, found where the linker of the
// program's own machine would look (it may be another one than this).
const folders = {
  'Advanced Micro Devices X86-64': 'x86_64-linux-gnu', AArch64: 'aarch64-linux-gnu',
};
function libraries(program) {
  const machine = run('readelf', '-h', program).match(/Machine:\s*(.*)/)[1].trim();
  const triplet = folders[machine];
  if (!triplet) throw new Error(`${program} is for ${machine}, whose libraries lie nobody knows where`);
  const places = ['/usr/lib/' + triplet, '/lib/' + triplet, '/usr/lib/' + triplet + '/blas',
    '/usr/lib/' + triplet + '/lapack', '/usr/lib/' + triplet + '/atlas', '/usr/lib', '/lib', '/lib64'];
  const found = new Map();
  const open = [program];
  while (open.length > 0) {
    for (const [, name] of run('readelf', '-d', open.pop()).matchAll(/\(NEEDED\).*\[(.*)\]/g)) {
      if (found.has(name)) continue;
      const path = places.map((place) => join(place, name)).find(existsSync);
      if (!path) throw new Error(`${name} is needed and is nowhere in ${places.join(', ')}`);
      found.set(name, path);
      open.push(realpathSync(path));
    }
  }
  return [...found.values()];
}

// Headers of the system that the program's objects were compiled from, as ninja noted them.
function headers(build, target) {
  const inputs = run('ninja', '-C', build, '-t', 'inputs', target).split('\n');
  const objects = inputs.map((line) => line.trim()).filter((line) => line.endsWith('.o'));
  const files = new Set();
  for (const line of run('ninja', '-C', build, '-t', 'deps', ...objects).split('\n')) {
    if (line.startsWith('    /usr/')) files.add(line.trim());
  }
  return [...files];
}

// The packages that own files, by dpkg. Files of no package (alternatives) go by what they point to.
function packages_of(files) {
  const names = new Set();
  const ask = (paths) => {
    const known = new Set();
    for (let i = 0; i < paths.length; i += 500) {
      let text = '';
      try {
        text = run('dpkg-query', '-S', ...paths.slice(i, i + 500));
      } catch (error) {  // Some are of no package: the others are on its output all the same.
        text = error.stdout ?? '';
      }
      for (const line of text.split('\n')) {
        const at = line.indexOf(': ');
        if (at < 0 || line.startsWith('diversion')) continue;
        for (const name of line.slice(0, at).split(', ')) names.add(name);
        known.add(line.slice(at + 2));
      }
    }
    return known;
  };
  const first = ask(files);
  // /lib is a link to /usr/lib, and dpkg knows one of the two names.
  const rest = files.filter((file) => !first.has(file)).map((file) => realpathSync(file));
  const second = ask(rest);
  ask(rest.filter((file) => !second.has(file)).map((file) => file.replace(/^\/usr/, '')));
  return names;
}

function debian_components(names, distribution) {
  const format = '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${binary:Package}\t${Depends}, ${Pre-Depends}\n';
  const own = new Map();
  for (const line of run('dpkg-query', '-W', '-f', format, ...names).split('\n').filter(Boolean)) {
    const [name, version, arch, source, , depends] = line.split('\t');
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}&distro=${distribution}`;
    own.set(name, {
      depends: depends.split(/[,|]/).map((d) => d.trim().split(/[ :(]/)[0]).filter(Boolean),
      component: {
        type: 'library', 'bom-ref': purl, name, version, scope: 'required', purl,
        properties: [{ name: 'debian:source', value: source }],
      },
    });
  }
  return own;
}

function npm_components(lock) {
  const { packages } = JSON.parse(readFileSync(lock, 'utf8'));
  const components = [];
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '' || entry.dev) continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const purl = `pkg:npm/${name.replace('@', '%40')}@${entry.version}`;
    const component = { type: 'library', 'bom-ref': purl, name, version: entry.version, scope: 'required', purl };
    if (entry.integrity?.startsWith('sha512-')) {
      const content = Buffer.from(entry.integrity.slice('sha512-'.length), 'base64').toString('hex');
      component.hashes = [{ alg: 'SHA-512', content }];
    }
    if (entry.license) component.licenses = [{ expression: entry.license }];
    components.push(component);
  }
  return components;
}

const os = Object.fromEntries(readFileSync('/etc/os-release', 'utf8').split('\n').filter((l) => l.includes('='))
  .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replaceAll('"', '')]));
const files = [...libraries(options.program), ...headers(options.build, options.target)];
const debian = debian_components(packages_of(files), `${os.ID}-${os.VERSION_ID}`);
const npm = new Map();
for (const lock of options.lock ?? []) for (const c of npm_components(lock)) npm.set(c.purl, c);

const root = `pkg:generic/hvac-twin@${options.version}`;
const components = [...[...debian.values()].map((p) => p.component), ...npm.values()]
  .sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
const dependencies = [
  { ref: root, dependsOn: components.map((c) => c['bom-ref']) },
  ...[...debian.values()].map(({ component, depends }) => ({
    ref: component['bom-ref'],
    dependsOn: [...new Set(depends.filter((d) => debian.has(d)).map((d) => debian.get(d).component['bom-ref']))].sort(),
  })).sort((a, b) => (a.ref < b.ref ? -1 : 1)),
];
const bom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
  bomFormat: 'CycloneDX', specVersion: '1.6', version: 1,
  metadata: {
    component: {
      type: 'application', 'bom-ref': root, name: 'hvac-twin', version: options.version,
      hashes: [{ alg: 'SHA-256', content: hash('sha256', readFileSync(options.program)) }],
    },
  },
  components, dependencies,
};
const digits = hash('sha256', JSON.stringify(bom));
bom.serialNumber = `urn:uuid:${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
writeFileSync(options.output, JSON.stringify(bom, null, 2) + '\n');
