// Prints jest's own counts as the one closing line that CI reads: "N passed, N failed, N skipped".
// Fails when a test was skipped in a file that README.md does not name, because a skipped test is not a passed one.
import { readFileSync } from 'node:fs';

const log = readFileSync(process.argv[2], 'utf8').replace(/\u001b\[[0-9;]*m/g, '');
const totals = log.match(/^Tests:.*$/gm)?.at(-1) ?? '';
const count = (word) => Number(totals.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const unnamed = new Set();
let file = '';
let skipped = 0;
for (const line of log.split('\n')) {
  file = line.match(/^(?:PASS|FAIL) (?:.*\/)?([^/ ]+\.test\.ts)/)?.[1] ?? file;
  if (!/^\s*○ skipped /.test(line)) continue;
  skipped += 1;
  if (!readme.includes(`\`${file}\``)) unnamed.add(file);
}
for (const name of unnamed) console.error(`tests are skipped in ${name}, which README.md does not name`);

console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exit(unnamed.size > 0 || count('passed') === 0 || count('skipped') !== skipped ? 1 : 0);
