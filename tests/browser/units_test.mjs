// The parts of the page that are functions of values, without a browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
