import assert from 'node:assert/strict';
import test from 'node:test';
import { close, freshHome, open, Program, until } from './lib.mjs';

test('a lost API is shown at once, and its return', async () => {
  const home = freshHome();
  let program = await Program.start(home);
  const tab = await open(program, 'overview');
  await tab.getByText('API connected').waitFor();
  await until('data of the cooler', async () => (await tab.locator('.target-value').count()) === 4);
  await program.stop('SIGKILL');
  await tab.getByText('API lost').waitFor();
  assert.equal(await tab.locator('.frame-lost').count(), 1, 'the whole page is grey');
  assert.equal(await tab.locator('.stale').count(), 1, 'old data look old');

  await tab.getByRole('link', { name: 'Predict' }).click();
  await tab.getByText('The program does not answer').first().waitFor();
  program = await Program.start(home, { ports: program.ports });
  await tab.getByText('API connected').waitFor();
  await tab.getByRole('link', { name: 'Overview' }).click();
  await until('fresh data', async () => (await tab.locator('.stale').count()) === 0);
  await close(tab);
  await program.stop();
});

test('data that no longer come look stale', async () => {
  const program = await Program.start(freshHome());
  const tab = await open(program, 'overview');
  await until('data of the cooler', async () => (await tab.locator('.target-value').count()) === 4);
  // The same answer for ever, as when a sensor bus dies: only its age grows.
  const answer = await program.get('/api/v1/assets');
  answer[0].received = new Date(Date.now() - 600_000).toISOString();
  await tab.route('**/api/v1/assets', (route) => route.fulfill({ json: answer }));
  await tab.getByText(/No new data for 10 min/).waitFor();
  assert.equal(await tab.locator('.stale').count(), 1);
  await close(tab);
  await program.stop();
});

test('a program that holds the line and says nothing is lost as well', async () => {
  const program = await Program.start(freshHome());
  const tab = await open(program, 'overview');
  await tab.getByText('API connected').waitFor();
  program.child.kill('SIGSTOP');
  await tab.getByText('API lost').waitFor();
  program.child.kill('SIGCONT');
  await tab.getByText('API connected').waitFor();
  await until('fresh data', async () => (await tab.locator('.stale').count()) === 0);
  await close(tab);
  await program.stop();
});
