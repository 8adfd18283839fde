// Pictures of every page of the running demo, light and dark, as WebP into the folder $PICTURES.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { close, freshHome, open, Program } from './lib.mjs';

const kPages = ['overview', 'predict', 'live', 'history', 'drift', 'alerts', 'models', 'system'];
const kSize = [1360, 850];
const kQuality = 55;
/** Names of the pictures to take, as `overview-light`; all without. */
const kOnly = process.env.PICTURES_ONLY?.split(' ');
/** So long the demo runs before, for something to be there to see. */
const kDemoMs = Number(process.env.DEMO_SECONDS ?? 90) * 1000;
/** So long a page gets to fill. */
const kPageMs = 4_000;

test('pictures', async () => {
  const folder = process.env.PICTURES;
  mkdirSync(folder, { recursive: true });
  const program = await Program.start(freshHome());
  await new Promise((resolve) => setTimeout(resolve, kDemoMs));
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
