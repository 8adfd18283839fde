import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, until } from './lib.mjs';

let home;
let program;
before(async () => {
  home = freshHome();
  program = await Program.start(home);
});

/** How much is drawn in a chart: pixels that are not empty. */
const drawn = (tab, chart) => tab.locator('.chart canvas').nth(chart).evaluate((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 3; i < data.length; i += 4) sum += data[i] > 0 ? 1 : 0;
  return sum;
});
const picture = (tab, chart) => tab.locator('.chart canvas').nth(chart).evaluate((canvas) => canvas.toDataURL());

async function streaming(tab) {
  await until('samples come in', async () => /Streaming, (?!0\.0)/.test(await tab.locator('.toolbar').textContent()));
}

test('charts of predicted against measured follow the stream', async () => {
  const tab = await open(program, 'live');
  await streaming(tab);
  assert.ok((await tab.locator('.chart').count()) >= 12);
  await until('something is drawn', async () => (await drawn(tab, 0)) > 2000);
  const before = await picture(tab, 0);
  await until('it moves', async () => (await picture(tab, 0)) !== before);
  await tab.getByRole('button', { name: 'All tags' }).click();
  await until('a chart for every tag', async () => (await tab.locator('.chart').count()) >= 30);
  await close(tab);
});

test('the charts begin with the last hour of the store, and no sample is missing in between', async () => {
  const { to } = await until('an hour of history', async () => {
    const answer = await fetch(`${program.url}/api/v1/assets/demo-cooler/series`);
    const span = answer.ok ? await answer.json() : {};
    return Date.parse(span.to) - Date.parse(span.from) > 3_600_000 ? span : false;
  }, 60_000);
  const tab = await open(program, 'live');
  const asked = tab.waitForRequest(/\/history\?/);
  const streamed = tab.waitForRequest(/\/stream/);
  await streamed;
  const query = new URL((await asked).url()).searchParams;
  assert.ok(Date.parse(query.get('from')) >= Date.parse(to) - 3_700_000);
  assert.equal(query.get('to'), null, 'to the newest sample, asked when the stream was open');
  await until('the hour is drawn', async () => (await drawn(tab, 0)) > 5000);
  await close(tab);
});

test('a pause holds the charts and says what came meanwhile; going on shows it', async () => {
  const tab = await open(program, 'live');
  await streaming(tab);
  await until('something is drawn', async () => (await drawn(tab, 0)) > 2000);
  await tab.getByRole('button', { name: 'Pause' }).click();
  await tab.waitForTimeout(300);
  const held = await picture(tab, 0);
  await tab.getByText(/Paused; [1-9]\d* samples have arrived since/).waitFor();
  assert.equal(await picture(tab, 0), held);
  await tab.getByRole('button', { name: 'Resume' }).click();
  await until('it moves again', async () => (await picture(tab, 0)) !== held);
  await close(tab);
});

test('dragging zooms and holds, a double click goes on, the pointer reads values', async () => {
  const tab = await open(program, 'live');
  await streaming(tab);
  await until('something is drawn', async () => (await drawn(tab, 0)) > 2000);
  const over = await tab.locator('.chart .u-over').first().boundingBox();
  await tab.mouse.move(over.x + over.width * 0.9, over.y + 40);
  await until('a value is read', async () => /\d/.test(await tab.locator('.u-legend .u-value').nth(4).textContent()));
  await tab.mouse.move(over.x + over.width * 0.5, over.y + 40);
  await tab.mouse.down();
  await tab.mouse.move(over.x + over.width * 0.9, over.y + 40, { steps: 5 });
  await tab.mouse.up();
  await tab.getByText(/Paused; \d+ samples/).waitFor();
  await tab.mouse.dblclick(over.x + over.width * 0.5, over.y + 40);
  await tab.getByRole('button', { name: 'Pause' }).waitFor();
  await close(tab);
});

test('a dropped stream goes on after the last event that came, and no sample is missing', async () => {
  const tab = await open(program, 'live');
  // Samples of the stream pass through here, and nothing else does.
  await tab.addInitScript(() => {
    const parse = JSON.parse;
    globalThis.streamed = [];
    JSON.parse = (text, ...more) => {
      const value = parse(text, ...more);
      if (value?.targets) globalThis.streamed.push(Date.parse(value.time));
      return value;
    };
  });
  await tab.reload();
  const resumes = [];
  tab.on('request', (request) => {
    if (request.url().includes('/api/v1/stream')) resumes.push(request.headers()['last-event-id']);
  });
  await streaming(tab);
  await program.stop('SIGKILL');
  await tab.getByText('Stream lost; trying again').waitFor();
  program = await Program.start(home, { ports: program.ports });
  await tab.getByText('Resumed once where it broke off').waitFor();
  await streaming(tab);
  assert.match(resumes.at(-1), /^\d+$/, 'it asked for what came after an event');
  const streamed = new Set(await tab.evaluate(() => globalThis.streamed));
  const iso = (time) => new Date(time).toISOString();
  const { level, series } = await program.get('/api/v1/assets/demo-cooler/history?series=UCAOT.measured&points=5000'
    + `&from=${iso(Math.min(...streamed))}&to=${iso(Math.max(...streamed))}`);
  assert.equal(level, 'raw');
  const missing = series['UCAOT.measured'].t.filter((time) => !streamed.has(time));
  assert.deepEqual(missing.map(iso), [], `of ${series['UCAOT.measured'].t.length} samples`);
  await close(tab);
});
