// Compares a downloaded release of crane with its own checksums.txt and with src/registry/install/checksums.json, and
// writes what is new there: `node tools/crane-checksums.ts VERSION FOLDER`. Its provenance was verified before, by
// slsa-verifier (.github/workflows/crane.yml). Nothing that is known already is ever changed.

import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A sha256 in hex by a name: of a platform in the pins, of a file in a release. */
type Checksums = Readonly<Record<string, string>>;
type Pins = Readonly<Record<string, Checksums>>;

const PINS = fileURLToPath(new URL('../src/registry/install/checksums.json', import.meta.url));
const ARCHIVE = /^go-containerregistry_((?:Linux|Darwin|Windows)_[a-z0-9_]+)\.tar\.gz$/;

/**
 * `pins` with the archives of `version` (without `v`) beside what is known; `published` is the text of the release's
 * checksums.txt, `found` the sha256 of each downloaded archive by its file name.
 * @throws Error that lists everything that does not agree
 */
export function addPins(pins: Pins, version: string, published: string, found: Checksums): Pins {
  const lines = [...published.matchAll(/^([0-9a-f]{64}) [ *](\S+)\s*$/gm)];
  const told = new Map(lines.map(([, sum, file]) => [file, sum]));
  const known = pins[version] ?? {};
  const mistakes: string[] = [];
  const fresh: Record<string, string> = {};
  for (const [file, sum] of Object.entries(found)) {
    const asset = ARCHIVE.exec(file)?.[1];
    if (asset === undefined) continue;
    if (told.get(file) !== sum)
      mistakes.push(`${file} is ${sum}, and checksums.txt says ${told.get(file) ?? 'nothing'}`);
    if (known[asset] !== undefined && known[asset] !== sum)
      mistakes.push(`${file} is ${sum}, and was ${known[asset]} when it was pinned`);
    fresh[asset] = sum;
  }
  const missing = Object.keys(known).filter((asset) => fresh[asset] === undefined);
  if (missing.length > 0) mistakes.push(`the release has no archive for ${missing.join(', ')} any more`);
  if (Object.keys(fresh).length === 0) mistakes.push('there is no archive');
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  const sorted = Object.fromEntries(Object.entries(fresh).sort(([one], [other]) => (one < other ? -1 : 1)));
  // A version that is known keeps its place and its order.
  return pins[version] === undefined
    ? { [version]: sorted, ...pins }
    : { ...pins, [version]: { ...known, ...sorted } };
}

function main([version = '', folder = '']: readonly string[]): void {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error('a version like 0.22.1 is wanted');
  const pins = JSON.parse(readFileSync(PINS, 'utf8')) as Pins;
  const archives = readdirSync(folder).filter((name) => ARCHIVE.test(name));
  const found = Object.fromEntries(
    archives.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
  const next = addPins(pins, version, readFileSync(join(folder, 'checksums.txt'), 'utf8'), found);
  const changed = JSON.stringify(next) !== JSON.stringify(pins);
  if (changed) writeFileSync(PINS, `${JSON.stringify(next, null, 2)}\n`);
  console.log(changed ? `crane ${version}: new checksums` : `crane ${version}: nothing new`);
  if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `changed=${changed}\n`);
}

if (import.meta.main) main(process.argv.slice(2));
