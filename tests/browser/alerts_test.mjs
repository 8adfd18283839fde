import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, until } from './lib.mjs';

let program;
before(async () => {
  program = await Program.start(freshHome());
  await program.post('/api/v1/demo/faults', { fault: 'bias-UCAOT', action: 'start' });
  await until('an alert', async () => (await program.get('/api/v1/alerts?state=open')).alerts.length > 0, 180_000);
});

test('an alert says what, since when, why and what to do', async () => {
  const tab = await open(program, 'alerts');
  const [alert] = (await program.get('/api/v1/alerts?state=open')).alerts;
  const card = tab.locator('.alert').first();
  await card.getByText(alert.title).waitFor();
  await card.getByText(/since .+\(/).waitFor();
  await card.getByText('Why · What to do').click();
  await card.getByText(alert.action).waitFor();
  await tab.locator('.count').waitFor();
  await close(tab);
});

test('it is acknowledged and shelved with a note, and the journal has both', async () => {
  const tab = await open(program, 'alerts');
  const card = tab.locator('.alert').first();
  await card.getByRole('button', { name: 'Acknowledge' }).click();
  let dialog = tab.locator('dialog[open]');
  await dialog.getByRole('textbox', { name: 'Note for the audit log' }).fill('seen on the bridge');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await tab.getByText('Acknowledged.').waitFor();
  await card.getByRole('button', { name: 'Shelve' }).click();
  dialog = tab.locator('dialog[open]');
  await dialog.getByRole('combobox').selectOption('30');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await tab.getByText('Shelved.').waitFor();
  await tab.getByRole('button', { name: 'Take back from the shelf' }).first().waitFor();
  await tab.getByRole('button', { name: 'Journal' }).click();
  await tab.getByRole('cell', { name: 'seen on the bridge' }).waitFor();
  const all = (await program.get('/api/v1/alerts?state=all')).alerts;
  assert.ok(all.some((one) => one.history.some(({ note, by }) => note === 'seen on the bridge' && by === 'local')));
  await close(tab);
});
