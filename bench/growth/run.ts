// `node bench/growth/run.ts [1x100000 ...]`: growth alone, or one run of each size that is given, repositories x tags of each.

import { grow, measureGrowth } from './growth.ts';

const sizes = process.argv.slice(2).map((text) => {
  const [repositories = 1, tags = 1] = text.split('x').map(Number);
  return { repositories, tags };
});
if (sizes.length === 0) console.log(await measureGrowth(console.error));
for (const size of sizes) console.log(JSON.stringify(await grow(size)));
