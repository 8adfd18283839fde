import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, twin, until } from './lib.mjs';

const kDayMs = 86_400_000;

let program;
before(async () => {
  const home = freshHome();
  // A cooler that only was: what a file tells is stored, and it sends nothing now.
  twin(home, 'ingest', 'replay', join(home, 'history.csv'), '--asset', 'rig', '--into', join(home, 'data', 'telemetry.db'));
  program = await Program.start(home, { args: ['--demo', '--speed', '4000'] });
  await until('24 h of history', async () => {
    const answer = await fetch(`${program.url}/api/v1/assets/demo-cooler/series`);
    if (!answer.ok) return false;
    const { from, to } = await answer.json();
    return Date.parse(to) - Date.parse(from) > kDayMs;
  }, 240_000);
});

async function charts(tab) {
  await until('charts are drawn', async () => (await tab.locator('#history-charts canvas').count()) >= 4);
}

test('24 h are shown by rollups, and zooming in comes to single samples', async () => {
  const tab = await open(program, 'history', { slower: 4 });
  await charts(tab);
  await tab.getByText(/Read from (minutes|single samples)/).waitFor();
  const asked = [];
  tab.on('request', (request) => {
    if (request.url().includes('/history?')) asked.push(new URL(request.url()).searchParams);
  });
  const over = await tab.locator('.chart .u-over').first().boundingBox();
  await tab.mouse.move(over.x + over.width * 0.50, over.y + 60);
  await tab.mouse.down();
  await tab.mouse.move(over.x + over.width * 0.53, over.y + 60, { steps: 5 });
  await tab.mouse.up();
  await tab.getByText('Read from single samples').waitFor();
  const span = Date.parse(asked.at(-1).get('to')) - Date.parse(asked.at(-1).get('from'));
  assert.ok(span > 0 && span < 0.06 * kDayMs, `${span} ms`);
  await tab.getByRole('button', { name: 'Back' }).click();
  await until('the whole day again', async () =>
    Date.parse(asked.at(-1).get('to')) - Date.parse(asked.at(-1).get('from')) > 0.9 * kDayMs);
  await close(tab);
});

test('a cooler that sends nothing now has its history, too', async () => {
  const tab = await open(program, 'history');
  await charts(tab);
  await tab.getByLabel('Cooler').selectOption('rig');
  await charts(tab);
  await until('its time, not the demo cooler\'s', async () => {
    const { to } = (await program.get('/api/v1/stored')).find(({ asset }) => asset === 'rig');
    const shown = await tab.locator('input[type="datetime-local"]').nth(1).inputValue();
    return Math.abs(Date.parse(`${shown}Z`) - Date.parse(to)) < 15 * 3_600_000;  // Whatever the browser's zone.
  });
  await close(tab);
});

test('series can be laid over each other', async () => {
  const tab = await open(program, 'history');
  await charts(tab);
  const before = await tab.locator('.chart').count();
  await tab.getByText(/Series \(5 chosen\)/).click();
  await tab.locator('.chip[title="CPCF"]').click();
  await tab.getByText('Series (6 chosen)').waitFor();
  await tab.getByText('Water flow · Pump circulation flow').waitFor();
  assert.equal(await tab.locator('.chart').count(), before, 'flows share a chart');
  await close(tab);
});

test('what is shown is exported as CSV and as a picture', async () => {
  const tab = await open(program, 'history');
  await charts(tab);
  const csv = tab.waitForEvent('download');
  await tab.getByRole('button', { name: 'CSV' }).click();
  const text = readFileSync(await (await csv).path(), 'utf8');
  const [head, ...rows] = text.trim().split(/\r?\n/);
  for (const name of ['UCAOT.measured', 'UCAOT.predicted', 'MVSO']) assert.ok(head.includes(name), head);
  assert.ok(rows.length > 1000, `${rows.length} rows`);
  const png = tab.waitForEvent('download');
  await tab.getByRole('button', { name: 'PNG' }).click();
  const bytes = readFileSync(await (await png).path());
  assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
  await close(tab);
});

test('the period is replayed in the picture of the cooler', async () => {
  const tab = await open(program, 'history');
  await charts(tab);
  await tab.getByRole('button', { name: 'Replay' }).click();
  const position = tab.getByRole('slider', { name: 'Position in the period' });
  await position.waitFor();
  const first = await position.getAttribute('aria-valuetext');
  await tab.getByRole('button', { name: 'Play', exact: true }).click();
  await until('time goes on', async () => (await position.getAttribute('aria-valuetext')) !== first);
  await until('with values', async () => /\d/.test(await tab.locator('.target-value').nth(1).textContent()));
  await close(tab);
});
