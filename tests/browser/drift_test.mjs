import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, until } from './lib.mjs';

let program;
before(async () => {
  program = await Program.start(freshHome(), { args: ['--demo', '--speed', '4000'] });
  await until('a drift report', async () => (await fetch(`${program.url}/api/v1/drift`)).ok, 300_000);
});

test('the report is shown tag by tag, the worst first, with distributions and reasons', async () => {
  const tab = await open(program, 'drift');
  const report = await program.get('/api/v1/drift');
  const tags = Object.keys(report.feature_drift);
  await until('a row for each tag', async () => (await tab.locator('.tall-table tbody tr').count()) === tags.length);
  await until('distributions', async () => (await tab.locator('.hist-current').count()) > 0);
  await tab.getByRole('button', { name: 'UCAIT', exact: true }).click();
  await tab.getByRole('heading', { name: 'Air inlet temperature (UCAIT)' }).waitFor();
  await tab.locator('.heat').first().waitFor();
  await close(tab);
});

test('a tag is excluded and taken in again, with a reason', async () => {
  const tab = await open(program, 'drift');
  await tab.getByRole('button', { name: 'AMBT', exact: true }).click();
  await tab.getByRole('heading', { name: 'Ambient air temperature (AMBT)' }).waitFor();
  await tab.getByRole('button', { name: 'Exclude' }).click();
  const dialog = tab.locator('dialog[open]');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  assert.equal(await tab.locator('dialog[open]').count(), 1, 'a reason is required');
  await dialog.getByRole('textbox', { name: 'Note for the audit log' }).fill('follows the season');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await tab.getByText('Noted; the next report follows it.').waitFor();
  const audit = await until('it stands in the audit', async () => {
    const entries = await program.get('/api/v1/audit');
    return entries.find(({ action, detail }) => action === 'drift.exclude' && detail.includes('follows the season'));
  });
  assert.equal(audit.actor, 'local');
  await close(tab);
});

test('the reference is made anew after a question, with a reason', async () => {
  const tab = await open(program, 'drift');
  await tab.getByRole('button', { name: 'Rebaseline' }).click();
  const dialog = tab.locator('dialog[open]');
  await dialog.getByText(/becomes the new reference/).waitFor();
  await dialog.getByRole('textbox', { name: 'Note for the audit log' }).fill('winter is the new normal');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await tab.getByText('The reference is new.').waitFor();
  await until('it stands in the audit', async () => {
    const entries = await program.get('/api/v1/audit');
    return entries.some(({ action, detail }) => action === 'drift.rebaseline' && detail.includes('winter is the new normal'));
  });
  await close(tab);
});

test('advice and reasons are Spanish where the page is', async () => {
  const report = await program.get('/api/v1/drift');
  const reasons = Object.values(report.feature_drift).map(({ reason }) => reason).filter((reason) => reason);
  assert.ok(reasons.length > 0, 'the demo gives something to say');
  const tab = await open(program, 'drift', { locale: 'es-ES' });
  await tab.locator('.tall-table tbody tr').first().waitFor();
  await until('the Spanish sentences are there', async () => {
    const text = await tab.locator('main').textContent();
    return ![report.summary.advice.replaceAll('`', ''), ...reasons].some((english) => text.includes(english));
  });
  await close(tab);
});
