import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { close, freshHome, open, Program } from './lib.mjs';

const kPages = ['overview', 'predict', 'live', 'history', 'drift', 'alerts', 'models', 'system'];
const kMostBytes = 300_000;

let program;
before(async () => {
  program = await Program.start(freshHome());
});

/** Bytes that a clean browser fetches for the page, as they travel, without the API's answers. */
async function transferred(page) {
  const tab = await open(program, page);
  await tab.getByText('API connected').waitFor();
  await tab.waitForTimeout(500);
  const bytes = await tab.evaluate(() =>
    [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter(({ name }) => !/\/(api|health|predict)/.test(new URL(name).pathname))
      .reduce((sum, entry) => sum + entry.transferSize, 0));
  await close(tab);
  return bytes;
}

test('each page loads from nothing in less than 300 kB', async () => {
  for (const page of kPages) {
    const bytes = await transferred(page);
    assert.ok(bytes > 10_000 && bytes < kMostBytes, `${page}: ${bytes} bytes`);
  }
});

test('the policy allows no inline code, and a second visit fetches nothing again', async () => {
  const answer = await fetch(program.url);
  const policy = answer.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  const html = await answer.text();
  assert.doesNotMatch(html, /<style|<script>|\son\w+=|style="/);
  const [script] = /assets\/index-[\w-]+\.js/.exec(html);
  const file = await fetch(`${program.url}/${script}`);
  assert.match(file.headers.get('cache-control'), /immutable/);
});
