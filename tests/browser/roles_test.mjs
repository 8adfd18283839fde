import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, twin, until } from './lib.mjs';

const keys = {};
let program;
before(async () => {
  const home = freshHome();
  for (const role of ['viewer', 'operator', 'admin']) {
    keys[role] = JSON.parse(twin(home, '--json', 'keys', 'create', '--name', `the-${role}`, '--role', role)).key;
  }
  program = await Program.start(home);
});

async function logIn(tab, key) {
  await tab.getByLabel('API key').fill(key);
  await tab.locator('form').getByRole('button', { name: 'Log in' }).click();
}

test('without a key there is a login and nothing else; a wrong key is refused', async () => {
  const tab = await open(program, 'models');
  await tab.getByRole('heading', { name: 'Log in' }).waitFor();
  assert.equal(await tab.getByRole('heading', { name: 'Versions' }).count(), 0);
  await logIn(tab, 'no-such-key');
  await tab.getByText('This key is not known or has been revoked.').waitFor();
  await close(tab);
});

for (const [role, mayPromote, mayShelve] of [['viewer', false, false], ['operator', false, true], ['admin', true, true]]) {
  test(`${role} sees everything and may do what the role allows`, async () => {
    const tab = await open(program, 'models');
    await tab.getByRole('heading', { name: 'Log in' }).waitFor();
    await logIn(tab, keys[role]);
    await tab.getByText(`the-${role} · ${role}`).waitFor();
    const rollback = tab.getByRole('button', { name: 'Roll back' });
    await rollback.waitFor();
    assert.equal(await rollback.isEnabled(), mayPromote);
    await program.get('/api/v1/assets', keys[role]);
    await tab.getByRole('link', { name: 'System' }).click();
    await tab.getByRole('button', { name: 'Maintenance' }).click();
    const run = tab.getByRole('button', { name: /Run and sign/ }).first();
    await run.waitFor();
    assert.equal(await run.isEnabled(), mayShelve);
    await close(tab);
  });
}

test('a viewer can press nothing that changes something', async () => {
  const tab = await open(program, 'overview');
  await logIn(tab, keys.viewer);
  await tab.getByText('the-viewer · viewer').waitFor();
  for (const [page, names] of [
    ['alerts', /^(Acknowledge|Shelve|Take back from the shelf)$/],
    ['models', /^(Promote|Roll back|Accept|Reject)$/],
    ['drift', /^(Rebaseline|Exclude|Judge again)$/],
  ]) {
    await tab.goto(`${program.url}/#/${page}`);
    await until(`${page} is loaded`, async () => (await tab.getByText('Loading …').count()) === 0);
    for (const button of await tab.getByRole('button', { name: names }).all()) {
      assert.equal(await button.isEnabled(), false, await button.textContent());
      assert.match(await button.getAttribute('title'), /Needs the role (operator|admin)/);
    }
  }
  await close(tab);
});

test('logging out forgets the key', async () => {
  const tab = await open(program, 'overview');
  await tab.getByRole('heading', { name: 'Log in' }).waitFor();
  await logIn(tab, keys.viewer);
  await tab.getByText('the-viewer · viewer').click();
  await tab.getByRole('button', { name: 'Log out' }).click();
  await until('the login is back', async () => (await tab.locator('.login').count()) === 1);
  assert.equal(await tab.evaluate(() => sessionStorage.length), 0);
  await close(tab);
});
