import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, twin, until } from './lib.mjs';

let program;
before(async () => {
  const home = freshHome();
  twin(home, 'backup', 'create');
  program = await Program.start(home);
});

async function tabOf(name) {
  const tab = await open(program, 'system');
  await tab.getByRole('button', { name, exact: true }).click();
  return tab;
}

test('the key figures of the manual stand beside their limits', async () => {
  const tab = await open(program, 'system');
  const { kpis } = await program.get('/api/v1/kpis');
  const rows = tab.locator('tbody tr');
  await until('a row for each', async () => (await rows.count()) === kpis.length);
  const text = await tab.locator('table').first().textContent();
  for (const limit of ['< 50 ms', '> 100 ms', '> 500 ms', '> 20 %', '< 10 %', '< 0.1', '> 0.2']) {
    assert.ok(text.includes(limit), `${limit} in ${text}`);
  }
  await tab.getByRole('heading', { name: 'The program' }).waitFor();
  await close(tab);
});

test('backups are listed, and that no drill was made is said', async () => {
  const tab = await tabOf('Backups');
  const { backups } = await program.get('/api/v1/backups');
  assert.ok(backups.length > 0);
  await tab.getByRole('cell', { name: backups[0].id }).waitFor();
  await tab.getByText('sound').first().waitFor();
  await tab.getByText('No drill yet').waitFor();
  await close(tab);
});

test('the log is shown and filtered', async () => {
  const tab = await tabOf('Logs');
  await tab.getByText(/route=\/health/).first().waitFor();
  await tab.getByRole('searchbox', { name: 'Filter' }).fill('no such words in it');
  await tab.getByText('0 lines').waitFor();
  await close(tab);
});

test('a checklist is run, filled in and signed, and stands in the audit', async () => {
  const tab = await tabOf('Maintenance');
  await tab.getByRole('button', { name: 'Run and sign' }).first().click();
  const dialog = tab.locator('dialog[open]');
  await dialog.getByRole('textbox', { name: 'Name of who signs' }).fill('A. Keel');
  await dialog.getByRole('textbox', { name: 'Note for the audit log' }).fill('calm seas');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await tab.getByText('Begun; the signed checklist appears here.').waitFor();
  await tab.getByText(/Signed by A\. Keel.*calm seas/).waitFor({ timeout: 180_000 });
  const { logs } = await program.get('/api/v1/maintenance');
  assert.equal(logs[0].operator, 'A. Keel');
  assert.equal(logs[0].signature_valid, true);
  for (const { title } of logs[0].items) await tab.getByText(title).first().waitFor();
  await close(tab);
});
