// `npm run pictures`: makes the runs of runs.mjs, keeps their summaries for the tests, and takes the pictures of the docs.

import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './page.mjs';
import { makeRuns } from './runs.mjs';

/** The pictures of the docs, with the schemes in which each is taken. */
const PICTURES = {
  'two-failed': ['light', 'dark'],
  rollback: ['light'],
  'one-cause': ['light'],
  'new-tags': ['light'],
  refused: ['light', 'dark'],
  'config-mistakes': ['light'],
};
/** Bytes of a picture that a page loads without a thought. */
const MOST_BYTES = 150_000;

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const summaries = folder('../../__tests__/data/summaries/');
const pictures = folder('../../docs/pictures/');
for (const path of [summaries, pictures]) mkdirSync(path, { recursive: true });

const browser = await openBrowser();
try {
  await makeRuns(async (name, summary) => {
    writeFileSync(`${summaries}${name}.md`, summary);
    const { height, wide } = await browser.show(summary);
    console.log(`${name}: ${height} px${wide.length > 0 ? `, too wide: ${wide.join(', ')}` : ''}`);
    for (const scheme of PICTURES[name] ?? []) {
      const path = `${pictures}${name}-${scheme}.png`;
      await browser.show(summary, { scheme, path, most: 1_200 });
      const { size } = statSync(path);
      if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes`);
    }
  });
} finally {
  await browser.close();
}
