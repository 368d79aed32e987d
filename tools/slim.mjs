// Takes from a bundle what costs every run memory and nobody needs there.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [file] = process.argv.slice(2);

// Nearly all letters outside ASCII are in comments of libraries; one beyond Latin-1 is enough for V8 to keep the whole
// text with two bytes a letter, 2.6 MB more in every run.
const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
const asciiOf = (path) => readFileSync(path, 'utf8').replace(/[^\t\n\r\x20-\x7e]/g, escaped);
const ascii = asciiOf(file);

// The toolkit of GitHub Actions loads undici at the start, 3 MB, and uses it when it asks GitHub or goes through a proxy.
let found = 0;
const lazy = ascii.replace(
  /^(const undici_1|var undici) = (__nccwpck_require__\(\d+\));$/gm,
  (_, name, load) => {
    found += 1;
    return `${name} = new Proxy({}, { get: (_, key) => ${load}[key] });`;
  },
);
if (found !== 2)
  throw new Error(`undici is loaded at ${found} places of the bundle, not at the 2 that are known`);
writeFileSync(file, lazy);

// Parts that are loaded only where they are needed, such as Sigstore's libraries, lie beside it. Those of an older bundle go.
for (const part of readdirSync(dirname(file)).filter(
  (name) => name.endsWith('.js') && name !== basename(file),
)) {
  const path = join(dirname(file), part);
  if (ascii.includes(`.e(${part.split('.')[0]})`)) writeFileSync(path, asciiOf(path));
  else rmSync(path);
}
