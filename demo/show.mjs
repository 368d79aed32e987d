// How the demo speaks: numbered steps, and rows in columns.

let steps = 0;

export function say(text) {
  console.log(text);
}

export function step(title, about) {
  steps += 1;
  console.log(`\n${steps}. ${title} - ${about}`);
}

export function rows(lines) {
  for (const [name, what, more] of lines) console.log(`    ${name.padEnd(19)} ${what.padEnd(13)} ${more}`);
}
