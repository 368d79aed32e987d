// `node bench/growth/run.ts [repositories x tags ...]`: growth alone, as `npm run bench` prints it at its end.

import { grow, growthTables, SIZES } from './growth.ts';

const asked = process.argv.slice(2).map((text) => {
  const [repositories = 1, tags = 1] = text.split('x').map(Number);
  return { repositories, tags };
});
const runs = [];
for (const size of asked.length > 0 ? asked : SIZES) {
  const run = await grow(size);
  console.error(JSON.stringify(run));
  runs.push(run);
}
if (asked.length === 0) console.log(growthTables(runs));
