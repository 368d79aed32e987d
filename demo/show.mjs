// How the demo speaks: numbered steps, and rows in columns; plain text, whatever it is printed on.

let steps = 0;

// Whoever reads may go (`npm run demo | head`): that is an end like Ctrl-C, and no mistake.
const GONE = 141;
process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? GONE : 1));

const WIDEST = 100;
const NARROWEST = 40;

/** The text in lines that fit the terminal, each after `by`. A word that is longer stays whole: it may be copied. */
export function fold(text, by = '') {
  const columns = process.stdout.columns ?? (Number(process.env.COLUMNS) || WIDEST);
  const width = Math.max(NARROWEST, Math.min(columns, WIDEST)) - by.length;
  const fits = new RegExp(`(?=.{${width}}.)(.{1,${width}}) `, 'g');
  return text.replace(fits, '$1\n').replace(/^(?=.)/gm, by);
}

export function say(text) {
  console.log(text);
}

export function step(title, about) {
  steps += 1;
  console.log(`\n${fold(`${steps}. ${title} - ${about}`)}`);
}

export function rows(lines) {
  for (const [name, what, more] of lines) console.log(`    ${name.padEnd(19)} ${what.padEnd(13)} ${more}`);
}
