import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test, { before } from 'node:test';
import { close, freshHome, open, Program, until } from './lib.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kPages = ['overview', 'predict', 'live', 'history', 'drift', 'alerts', 'models', 'system'];

let program;
before(async () => {
  program = await Program.start(freshHome(), { args: ['--demo', '--speed', '4000'] });
  await until('a drift report', async () => (await fetch(`${program.url}/api/v1/drift`)).ok, 300_000);
});

async function violations(tab) {
  await tab.evaluate(axe);
  const report = await tab.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
  }));
  return report.violations.map(({ id, nodes }) =>
    `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 240)}`).join(' | ')}`);
}

const kLooks = [
  { scheme: 'light', size: [1440, 900] },
  { scheme: 'dark', size: [1440, 900] },
  { scheme: 'light', size: [390, 844] },
  { scheme: 'dark', size: [390, 844], locale: 'es-ES' },
  { scheme: 'light', size: [3840, 2160] },
];

/** Waits until the page shows what it asked for, and has painted it. */
async function settled(tab) {
  await tab.waitForTimeout(300);
  await until('everything is loaded', async () => (await tab.getByText(/Loading …|Cargando …/).count()) === 0);
  await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Every tab of the system page is a page of its own. */
async function tabsOf(tab, page) {
  if (page !== 'system') return [async () => {}];
  const buttons = tab.locator('.choices').first().getByRole('button');
  return Array.from({ length: await buttons.count() }, (_, i) => () => buttons.nth(i).click());
}

for (const { scheme, size, locale } of kLooks) {
  test(`every page is clean for axe and fits: ${scheme}, ${size[0]} px wide${locale ? `, ${locale}` : ''}`, async () => {
    const tab = await open(program, 'overview', { scheme, size, locale });
    await tab.locator('.target-value').first().waitFor();
    for (const page of kPages) {
      await tab.goto(`${program.url}/#/${page}`);
      await settled(tab);
      for (const show of await tabsOf(tab, page)) {
        await show();
        await settled(tab);
        assert.deepEqual(await violations(tab), [], page);
        const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${page} is ${overflow} px wider than the screen`);
      }
    }
    await close(tab);
  });
}

test('a question is clean for axe and holds the focus', async () => {
  const tab = await open(program, 'models');
  await tab.getByRole('button', { name: 'Roll back' }).click();
  await tab.locator('dialog[open]').waitFor();
  assert.deepEqual(await violations(tab), []);
  for (let i = 0; i < 8; ++i) {
    await tab.keyboard.press('Tab');
    const inside = await tab.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest('dialog'));
    assert.ok(inside, 'the focus stays in the question');
  }
  await tab.keyboard.press('Escape');
  await until('the question is gone', async () => (await tab.locator('dialog[open]').count()) === 0);
  await close(tab);
});

test('rejection: axe sees what is wrong', async () => {
  const tab = await open(program, 'overview');
  await tab.locator('.target-value').first().waitFor();
  await tab.evaluate(() => document.querySelector('main').append(document.createElement('button')));
  assert.match((await violations(tab)).join(), /button-name/);
  await close(tab);
});
