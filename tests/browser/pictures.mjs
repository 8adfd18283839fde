// Pictures of every page of the running demo, light and dark, as WebP into the folder $PICTURES.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { close, emptyHome, open, Program, twin, until } from './lib.mjs';

const kPages = ['overview', 'predict', 'live', 'history', 'drift', 'alerts', 'models', 'system'];
const kSize = [1360, 850];
const kQuality = 55;
const kDayMs = 86_400_000;
/** Names of the pictures to take, as `overview-light`; all without. */
const kOnly = process.env.PICTURES_ONLY?.split(' ');
/** So fast the cooler's day goes by at first, for something to be there to see. */
const kFast = ['--demo', '--speed', '4000'];
const kPatienceMs = 300_000;
/** So long a page gets to fill. */
const kPageMs = 4_000;

/** The demo with a day of history, a drift report, a backup that was restored and a signed checklist. */
async function aged(home) {
  const fast = await Program.start(home, { args: kFast });
  await until('a drift report', async () => (await fetch(`${fast.url}/api/v1/drift`)).ok, kPatienceMs);
  await until('a day of history', async () => {
    const { from, to } = await fast.get('/api/v1/assets/demo-cooler/series');
    return Date.parse(to) - Date.parse(from) > kDayMs;
  }, kPatienceMs);
  await fast.stop();
  twin(home, 'backup', 'create');
  twin(home, 'backup', 'drill');
  const program = await Program.start(home);
  await program.post('/api/v1/maintenance/daily', { operator: 'A. Keel', note: 'morning watch' });
  await until('it is signed', async () => (await program.get('/api/v1/maintenance')).logs.length > 0, kPatienceMs);
  return program;
}

test('pictures', async () => {
  const folder = process.env.PICTURES;
  mkdirSync(folder, { recursive: true });
  const program = await aged(emptyHome());
  for (const scheme of ['light', 'dark']) {
    for (const page of kPages) {
      if (kOnly && !kOnly.includes(`${page}-${scheme}`)) continue;
      const tab = await open(program, page, { scheme, size: kSize });
      await tab.getByText('API connected').waitFor();
      await tab.waitForTimeout(kPageMs);
      const session = await tab.context().newCDPSession(tab);
      const shot = await session.send('Page.captureScreenshot', { format: 'webp', quality: kQuality });
      writeFileSync(join(folder, `${page}-${scheme}.webp`), Buffer.from(shot.data, 'base64'));
      await close(tab);
    }
  }
});
