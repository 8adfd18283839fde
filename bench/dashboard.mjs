// What the dashboard costs in a browser. Prints numbers, asserts none: they are of this machine.
// Usage: HVAC_TWIN=build/release/hvac-twin node bench/dashboard.mjs
// Needs tests/browser's packages and Chromium (scripts/setup.sh full).
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { close, freshHome, open, Program, until } from '../tests/browser/lib.mjs';

const kSeconds = 20;
const kCharts = 30;
/** The demo takes a sample each ten simulated seconds or so: this makes about ten a second. */
const kSpeed = '110';

/** CPU time so far of Chromium's processes by kind [s]; of the one that this started. */
function chromiumCpu() {
  const used = {};
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (!command.includes('chromium')) continue;
      const kind = /--type=([\w-]+)/.exec(command)?.[1] ?? 'browser';
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
      used[kind] = (used[kind] ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100;
    } catch {
      // It has ended meanwhile.
    }
  }
  return used;
}

async function firstLoad(program) {
  const times = [];
  for (let i = 0; i < 5; ++i) {
    const begin = performance.now();
    const tab = await open(program, 'overview');
    await tab.getByText('API connected').waitFor();
    await tab.locator('.target-value').first().waitFor();
    times.push(performance.now() - begin);
    await close(tab);
  }
  times.sort((a, b) => a - b);
  console.log(`first load until values are shown: median ${times[2].toFixed(0)} ms, worst ${times[4].toFixed(0)} ms`);
}

/** On a screen of `size`; what is out of sight is not drawn. */
async function liveCharts(program, size) {
  const tab = await open(program, 'live', { size });
  await tab.getByRole('button', { name: 'All tags' }).click();
  await until('charts', async () => (await tab.locator('.chart').count()) >= kCharts);
  // What is beyond thirty is not shown, and so not drawn.
  await tab.evaluate((most) => {
    for (const chart of [...document.querySelectorAll('.chart')].slice(most)) chart.style.display = 'none';
  }, kCharts);
  await tab.waitForTimeout(5000);
  const before = chromiumCpu();
  const frames = await tab.evaluate((seconds) => new Promise((resolve) => {
    // Each redraw of a chart clears its canvas once.
    let cleared = 0;
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.clearRect = function count(...box) {
      cleared += 1;
      return clear.apply(this, box);
    };
    setTimeout(() => resolve(cleared / seconds), 1000 * seconds);
  }), kSeconds);
  const after = chromiumCpu();
  console.log(`live: ${kCharts} charts on ${size.join(' x ')}, ${frames.toFixed(0)} redraws per second`);
  let sum = 0;
  for (const kind of Object.keys(after)) {
    const share = (100 * (after[kind] - (before[kind] ?? 0))) / kSeconds;
    sum += share;
    if (share >= 0.5) console.log(`  ${kind}: ${share.toFixed(1)} % of a core`);
  }
  console.log(`  all of Chromium: ${sum.toFixed(1)} % of a core`);
  await tab.context().close();
}

test('bench', async () => {
  const program = await Program.start(freshHome(), { args: ['--demo', '--speed', kSpeed] });
  await firstLoad(program);
  await liveCharts(program, [1920, 1080]);
  await liveCharts(program, [3840, 2160]);
});
