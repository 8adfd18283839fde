// The parts of the page that are functions of values, without a browser.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';

const dashboard = new URL('../../web/dashboard/', import.meta.url);
const esbuild = createRequire(new URL('package.json', dashboard))('esbuild');

async function load(path) {
  const { code } = esbuild.transformSync(readFileSync(new URL(`src/${path}`, dashboard), 'utf8'), { loader: 'ts' });
  return import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}

test('property: a stream is split into the same events however it is cut', async () => {
  const { EventParser } = await load('api/event_parser.ts');
  const text = ': heartbeat\n\nevent: outcome\nid: 7\ndata: {"a":1}\n\nid: 8\r\nevent: alert\r\ndata: x\r\ndata: y\r\n\r\ndata: z\n\n';
  const whole = new EventParser().push(text);
  assert.deepEqual(whole, [
    { id: '7', type: 'outcome', data: '{"a":1}' },
    { id: '8', type: 'alert', data: 'x\ny' },
    { id: '8', type: 'message', data: 'z' },
  ]);
  for (let cut = 1; cut < text.length; ++cut) {
    const parser = new EventParser();
    assert.deepEqual([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))], whole, `cut at ${cut}`);
  }
});

test('golden: moist air as in the ASHRAE tables', async () => {
  const air = await load('charts/moist_air.ts');
  assert.ok(Math.abs(air.saturationPressure(25) - 3169.7) < 1);
  assert.ok(Math.abs(air.humidityRatio(25, 0.5) - 0.00988) < 2e-5);
  assert.ok(Math.abs(air.dewPoint(air.humidityRatio(25, 0.5)) - 13.87) < 0.05);
});

test('property: the drawn outlet is never wetter than the inlet or than saturation', async () => {
  const air = await load('charts/moist_air.ts');
  for (let i = 0; i < 500; ++i) {
    const at = (low, high) => low + ((high - low) * ((i * 7919 + high * 104729) % 1000)) / 1000;
    const inlet = at(15, 40);
    const outlet = inlet - at(0, 12);
    const { inlet: a, outlet: b } = air.airProcess(inlet, at(20, 95), outlet, at(0, 900), at(4, 14), at(8, 20), at(0, 900));
    assert.ok(b.w <= a.w + 1e-9 && b.w <= air.humidityRatio(outlet, 1) + 1e-9 && b.w > 0, `case ${i}`);
  }
});

test('a sentence of the program is said in Spanish, with what is filled in', async () => {
  const { translate } = await load('i18n/phrases.ts');
  const { spanish } = await load('i18n/phrases_es.ts');
  for (const [said, wanted] of [
    ['PSI 16.043 is at least 0.2; mean 18.1 -> 24.99, standard deviation 1.217 -> 0.2633',
      'El PSI 16,043 llega a 0,2; media 18,1 → 24,99, desviación típica 1,217 → 0,2633'],
    ['the air outlet is warmer when the air inlet is: not so, by -0.10 K on average, the contrary at 60.0 % of 40 operating points (limit 5 %)',
      'la salida de aire es más cálida cuando lo es la entrada de aire: no es así, en -0,10 K de media; lo contrario en el 60,0 % de 40 puntos de trabajo (límite 5 %)'],
    ['UCAOT is 23.34, predicted 24.03 (23.54 to 24.50), on average 1.38 below; UCWOT is nothing believable, predicted 1.00 (0.10 to 2.00), on average 0.50 above',
      'UCAOT es 23,34; predicho 24,03 (23,54 a 24,50), de media 1,38 por debajo de lo predicho; UCWOT es nada creíble; predicho 1,00 (0,10 a 2,00), de media 0,50 por encima de lo predicho'],
    ['what nobody has translated', 'what nobody has translated'],
  ]) {
    assert.equal(translate(said, spanish), wanted);
  }
  assert.equal(translate('Nothing to do.', []), 'Nothing to do.', 'in English as it was said');
});

test('every sentence that has a Spanish one is one of the program\'s', async () => {
  const { spanish } = await load('i18n/phrases_es.ts');
  const filesBelow = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(new URL(`${entry.name}/`, folder)) : [new URL(entry.name, folder)]);
  const sources = filesBelow(new URL('../../src/', import.meta.url))
    .filter(({ pathname }) => pathname.endsWith('.cpp') && !pathname.endsWith('_test.cpp'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
    .replace(/"\s*"/g, '') // Literals that the compiler joins,
    .replace(/"\s*\+\s*[\w.:*()>-]+\s*\+\s*"/g, '{}') // and the program.
    .replace(/\{[^{}"]*\}/g, '{}');
  for (const [from] of spanish) {
    const found = [`"${from}"`, `"${from} "`, `"${from}; `, `"${from.replace(/\{\}$/, '')}" +`].some((text) => sources.includes(text));
    assert.ok(found, `"${from}" is nowhere in src`);
  }
});
