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
