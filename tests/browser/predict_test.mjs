import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, until } from './lib.mjs';

let program;
before(async () => {
  program = await Program.start(freshHome());
});

const kGuide = { UCWIT: 7.5, UCAIT: 25, UCWF: 600, UCAIH: 50, AMBT: 22, UCTSP: 21 };
const field = (tab, code) => tab.locator('.field', { hasText: code }).locator('input[inputmode]').first();
const result = (tab, target) => tab.locator(`.result[data-target="${target}"] output`);

test('the six fields are answered as the API answers them', async () => {
  const tab = await open(program, 'predict');
  const answer = await program.post('/predict', kGuide);
  await result(tab, 'UCAOT').waitFor();
  assert.equal(await result(tab, 'UCAOT').textContent(), answer.UCAOT.toFixed(1));
  assert.equal(await result(tab, 'UCWOT').textContent(), answer.UCWOT.toFixed(1));
  assert.equal(await result(tab, 'Q_thermal').textContent(), answer.Q_thermal.toFixed(2));
  const { low, high } = answer.intervals.UCAOT;
  await tab.getByText(`${low.toFixed(1)} … ${high.toFixed(1)}`).waitFor();
  await tab.getByText(answer.physics.UCAOT.toFixed(1), { exact: true }).first().waitFor();
  await close(tab);
});

test('a slider changes the answer at once, from the keyboard too', async () => {
  const tab = await open(program, 'predict');
  await result(tab, 'UCAOT').waitFor();
  const before = Number(await result(tab, 'UCAOT').textContent());
  const slider = tab.getByRole('slider', { name: /Air inlet temperature/ });
  await slider.focus();
  for (let i = 0; i < 40; ++i) await tab.keyboard.press('ArrowRight');
  assert.equal(await field(tab, 'UCAIT').inputValue(), '29');
  await until('warmer air comes out', async () => Number(await result(tab, 'UCAOT').textContent()) > before + 0.5);
  await close(tab);
});

test('wrong input is named at its field and what is shown is marked as old', async () => {
  const tab = await open(program, 'predict');
  await result(tab, 'UCAOT').waitFor();
  for (const [text, message] of [['abc', 'Not a number'], ['999', 'Must be between 2 and 60'], ['', 'Required']]) {
    await field(tab, 'UCAIT').fill(text);
    await tab.getByText(message).waitFor();
    assert.equal(await field(tab, 'UCAIT').getAttribute('aria-invalid'), 'true');
    assert.equal(await tab.locator('.outdated').count(), 1);
  }
  await field(tab, 'UCAIT').fill('25');
  await until('it is well again', async () => (await tab.locator('.outdated').count()) === 0);
  await close(tab);
});

test('what moved the prediction adds up to it', async () => {
  const tab = await open(program, 'predict');
  const answer = await program.post('/predict?explain=true', kGuide);
  const why = answer.explanation.UCAOT;
  const rows = tab.locator('.bars tbody tr');
  await until('the contributions are there', async () => (await rows.count()) > why.contributions.length);
  const amounts = await tab.locator('.bars-amount').allTextContents();
  const sum = amounts.reduce((total, text) => total + Number(text), why.baseline + why.expected);
  assert.ok(Math.abs(sum - answer.UCAOT) < 0.01, `${sum} is not ${answer.UCAOT}`);
  await close(tab);
});

test('two cases are compared, and each can be copied as a command that works', async () => {
  const tab = await open(program, 'predict');
  await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await result(tab, 'UCAOT').waitFor();
  await tab.getByRole('button', { name: 'Compare two cases' }).click();
  await field(tab, 'UCWIT').fill('12');
  await until('case B stands beside A', async () => (await tab.getByText('case B').count()) >= 3);
  assert.equal(await tab.locator('.diagram .case-1').count(), 2, 'both diagrams show both cases');
  await tab.getByRole('button', { name: 'Copy as curl' }).click();
  await tab.getByText('The command is on the clipboard.').waitFor();
  const command = await tab.evaluate(() => navigator.clipboard.readText());
  const body = JSON.parse(/-d '(.*)'$/.exec(command)[1]);
  assert.deepEqual(body, { ...kGuide, UCWIT: 12 });
  assert.ok(command.includes(`${program.url}/predict`));
  await close(tab);
});

test('the live cooler\'s sensors can be taken over, and make the evidence better', async () => {
  const tab = await open(program, 'predict');
  await tab.getByText('sparse').waitFor();
  await tab.getByRole('button', { name: 'From the live cooler' }).click();
  await tab.getByText(/More sensors \([1-9]\d* of \d+ given\)/).click();
  await tab.getByRole('textbox', { name: /Fan motor speed/ }).waitFor();
  await until('better evidence', async () => (await tab.getByText('sparse').count()) === 0);
  await close(tab);
});
