import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, twin, until } from './lib.mjs';

let home;
let program;
before(async () => {
  home = freshHome();
  twin(home, 'train', '--data', join(home, 'history.csv'), '--rounds', '30');
  program = await Program.start(home);
});

async function confirm(tab, button, note) {
  await tab.getByRole('button', { name: button }).first().click();
  const dialog = tab.locator('dialog[open]');
  await dialog.getByRole('textbox', { name: 'Note for the audit log' }).fill(note);
  await dialog.getByRole('button', { name: 'Confirm' }).click();
}

test('a version is looked at, promoted and rolled back, and the history says who and why', async () => {
  const tab = await open(program, 'models');
  await tab.getByRole('heading', { name: 'Model card of v1' }).waitFor();
  await tab.getByRole('button', { name: 'v2', exact: true }).click();
  await tab.getByRole('heading', { name: 'Model card of v2' }).waitFor();
  const detail = await program.get('/api/v1/models/v2');
  const r2 = detail.card.populations.fan_on.UCAOT.virtual.r2;
  await tab.getByText(r2.toFixed(4)).first().waitFor();

  await confirm(tab, 'Promote', 'better on the bench');
  await tab.getByText('v2 serves.').waitFor();
  await until('the program serves it', async () => (await program.get('/health')).model_version === 'v2');
  await tab.getByText('better on the bench').waitFor();
  await confirm(tab, 'Roll back', 'back to the old one');
  await tab.getByText('Rolled back.').waitFor();
  await until('the program serves it', async () => (await program.get('/health')).model_version === 'v1');
  await tab.getByText(/Model v1/).first().waitFor();
  await close(tab);
});

test('what is refused is said in the question, and nothing is done', async () => {
  const tab = await open(program, 'models');
  await tab.getByRole('heading', { name: 'Model card of v1' }).waitFor();
  const before = (await program.get('/api/v1/models')).current;
  await tab.route('**/api/v1/models/promote', (route) =>
    route.fulfill({ status: 409, contentType: 'application/problem+json', json: { title: 'Conflict', detail: 'v2 is damaged: physics.json' } }));
  await confirm(tab, 'Promote', 'try');
  await tab.locator('dialog[open] [role=alert]', { hasText: 'v2 is damaged: physics.json' }).waitFor();
  await tab.keyboard.press('Escape');
  await until('the question is gone', async () => (await tab.locator('dialog[open]').count()) === 0);
  assert.equal((await program.get('/api/v1/models')).current, before);
  await close(tab);
});

test('champion and challenger stand side by side, as the API scores them', async () => {
  twin(home, 'models', 'shadow', 'start', 'v2', '--reason', 'on trial');
  const report = await until('both are scored', async () => {
    const answer = await program.get('/api/v1/shadow');
    return answer.running && answer.populations.fan_on.UCAOT.n > 100 ? answer : false;
  }, 120_000);
  const tab = await open(program, 'models');
  const panel = tab.getByRole('region', { name: 'Champion against challenger' });
  await panel.getByText(`${report.challenger} predicts beside ${report.champion}`).waitFor();
  const heads = await panel.locator('thead tr').nth(1).locator('th').allTextContents();
  assert.deepEqual(heads, [report.champion, report.challenger, report.champion, report.challenger]);
  for (const target of ['UCAOT', 'UCWOT', 'UCAF']) {
    const cells = panel.getByRole('row').filter({ has: tab.getByRole('rowheader', { name: target }) }).locator('td');
    for (let i = 0; i < 6; ++i) assert.match(await cells.nth(i).textContent(), /^-?\d/, `${target}, column ${i}`);
  }
  await tab.getByText('challenger', { exact: true }).waitFor();
  await close(tab);
});

test('what the program proposes is decided by a person, with a note', async () => {
  twin(home, 'models', 'mark-equipment-change', '--reason', 'new air outlet sensor');
  const tab = await open(program, 'models');
  const panel = tab.getByRole('region', { name: 'To be decided' });
  await panel.getByText(/new air outlet sensor/).waitFor();
  await panel.getByRole('button', { name: 'Reject' }).click();
  const dialog = tab.locator('dialog[open]');
  await dialog.getByRole('textbox', { name: 'Note for the audit log' }).fill('calibrated, not changed');
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await tab.getByText('Rejected.').waitFor();
  await until('nothing is left to decide', async () => (await panel.count()) === 0);
  const { proposals } = await program.get('/api/v1/proposals');
  assert.ok(proposals.some(({ state, note }) => state === 'rejected' && note === 'calibrated, not changed'));
  await close(tab);
});
