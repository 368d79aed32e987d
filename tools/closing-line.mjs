// Prints jest's own counts as the one closing line that CI reads: "N passed, N failed, N skipped".
// Fails when a test was skipped that README.md does not name, because a skipped test is not a passed one.
import { readFileSync } from 'node:fs';

const log = readFileSync(process.argv[2], 'utf8').replace(/\u001b\[[0-9;]*m/g, '');
const line = log.match(/^Tests:.*$/gm)?.at(-1) ?? '';
const count = (word) => Number(line.match(new RegExp(`(\\d+) ${word}`))?.[1] ?? 0);

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const skipped = [...log.matchAll(/^\s*○ skipped (.+)$/gm)].map((match) => match[1].trim());
const unnamed = skipped.filter((name) => !readme.includes(name));
for (const name of unnamed) console.error(`skipped, but not named in README.md: ${name}`);

console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exit(unnamed.length > 0 || count('passed') === 0 || count('skipped') !== skipped.length ? 1 : 0);
