import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, until } from './lib.mjs';

let program;
before(async () => {
  program = await Program.start(freshHome());
});

test('the overview shows the cooler as the API knows it', async () => {
  const tab = await open(program, 'overview');
  await tab.getByText('API connected').waitFor();
  await tab.getByText('demo-cooler').first().waitFor();
  await tab.getByText(/Model v1 · from simulated data|Model v1/).waitFor();
  const shown = tab.locator('.target-value').nth(1);
  await until('a measured air outlet temperature', async () => /\d/.test(await shown.textContent()));
  const before = await shown.textContent();
  await until('it moves with the cooler', async () => (await shown.textContent()) !== before);
  await close(tab);
});

test('what is wrong is said in one sentence, and goes when it is over', async () => {
  const tab = await open(program, 'overview');
  await program.post('/api/v1/demo/faults', { fault: 'bias-UCAOT', action: 'start' });
  const verdict = tab.locator('.verdict');
  await until('the departure is said', async () => (await verdict.textContent()).includes('Air outlet temperature'), 90_000);
  assert.match(await verdict.getAttribute('class'), /verdict-warning/);
  await program.post('/api/v1/demo/faults', { fault: 'bias-UCAOT', action: 'stop' });
  await until('it is no longer said', async () => !(await verdict.textContent()).includes('Air outlet temperature'), 90_000);
  await close(tab);
});

test('language and colours can be chosen and are remembered', async () => {
  const tab = await open(program, 'overview');
  await tab.getByRole('button', { name: 'ES: español' }).click();
  await tab.getByRole('heading', { name: 'Resumen', level: 1 }).waitFor();
  await tab.getByRole('button', { name: 'Colores: como el sistema' }).click();
  await tab.getByRole('button', { name: 'Colores: claros' }).click();
  assert.equal(await tab.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await tab.reload();
  await tab.getByRole('heading', { name: 'Resumen', level: 1 }).waitFor();
  assert.equal(await tab.evaluate(() => document.documentElement.lang), 'es');
  assert.equal(await tab.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await close(tab);
});

test('a browser that speaks Spanish is answered in Spanish', async () => {
  const tab = await open(program, 'predict', { locale: 'es-ES' });
  await tab.getByRole('heading', { name: 'Predecir', level: 1 }).waitFor();
  await close(tab);
});

test('every page is reached by keyboard alone', async () => {
  const tab = await open(program, 'overview');
  await tab.getByText('API connected').waitFor();
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('Enter');
  assert.equal(await tab.evaluate(() => document.activeElement.id), 'main', 'the skip link leads to the page');
  for (const name of ['Predict', 'Live', 'History', 'Drift', 'Alerts', 'Models', 'System']) {
    const link = tab.getByRole('link', { name, exact: name !== 'Alerts' }).first();
    await link.focus();
    await tab.keyboard.press('Enter');
    await tab.getByRole('heading', { name, level: 1 }).waitFor();
    assert.equal(await tab.evaluate(() => document.activeElement.id), 'main', `${name} is announced`);
  }
  await close(tab);
});

test('a fleet is shown as cards with health, alerts and drift, and one is chosen', async () => {
  const tab = await open(program, 'overview');
  await tab.route('**/api/v1/assets', async (route) => {
    const [view] = await (await route.fetch()).json();
    const health = { index: 0.62, trend_per_day: -0.01, days_to_threshold: 0 };
    await route.fulfill({ json: [view, { ...view, asset: 'engine-room', health, findings: [] }] });
  });
  const alert = {
    id: '7', asset: 'engine-room', kind: 'broker_away', subject: '', severity: 'critical', state: 'unacknowledged',
    title: 'the broker is away', active: true, acknowledged: false, raised: new Date().toISOString(),
  };
  await tab.route('**/api/v1/alerts?*', (route) => route.fulfill({ json: { alerts: [alert] } }));
  await tab.route('**/api/v1/drift', (route) => route.fulfill({ json: { assets: { 'engine-room': { overall_status: 'warning' } } } }));
  await tab.reload();
  const card = tab.getByRole('button', { name: /engine-room/ });
  await card.getByText('62 %').waitFor();
  await card.getByText('1 open').waitFor();
  await card.getByText('warning').waitFor();
  await card.click();
  await tab.getByRole('region', { name: 'engine-room' }).waitFor();
  await tab.locator('.verdict-critical', { hasText: 'The broker is away' }).waitFor();
  await close(tab);
});
