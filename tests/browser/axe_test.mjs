import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test, { before } from 'node:test';
import { close, freshHome, open, Program } from './lib.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kPages = ['overview', 'predict', 'live', 'history', 'drift', 'alerts', 'models', 'system'];

let program;
before(async () => {
  program = await Program.start(freshHome());
});

async function violations(tab) {
  await tab.evaluate(axe);
  const report = await tab.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
  }));
  return report.violations.map(({ id, nodes }) =>
    `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 240)}`).join(' | ')}`);
}

for (const [scheme, size] of [['light', [1440, 900]], ['dark', [1440, 900]], ['light', [390, 844]]]) {
  for (const page of kPages) {
    test(`${page} is clean for axe, ${scheme}, ${size[0]} px wide`, async () => {
      const tab = await open(program, page, { scheme, size });
      await tab.getByText('API connected').waitFor();
      await tab.waitForTimeout(1500);
      assert.deepEqual(await violations(tab), []);
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} px wider than the screen`);
      await close(tab);
    });
  }
}
