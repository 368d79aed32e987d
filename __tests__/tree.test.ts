// What must not be in the tree, whoever puts it there: keys, tokens, paths of somebody's machine, private hosts.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from './fakes/runner/places.ts';

const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
});
const FILES = listed.stdout
  .split('\0')
  .filter((file) => file !== '' && !/\.png$|^node_modules$|^\.tools$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
/** The bundle and the lock files are written by tools, from packages that are public. */
const OURS = FILES.filter(({ file }) => !/^dist\/|package-lock\.json$|go\.sum$/.test(file));

/** `file: match` for each place, but those that are `allowed`. */
function found(pattern: RegExp, allowed = /(?!)/, files = OURS): string[] {
  return files.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map(([match]) => `${file}: ${match}`).filter((place) => !allowed.test(place)),
  );
}

it('there is something to look at', () => {
  expect(FILES.length).toBeGreaterThan(500);
  expect(FILES.some(({ file }) => file === 'dist/index.js')).toBe(true);
});

it('no key or certificate: tests make their own', () => {
  const begin = ['-----', 'BEGIN '].join('');
  // A block of four letters is no certificate, and is there to be refused.
  const block = new RegExp(`${begin}[A-Z ]+-----\\s*[A-Za-z0-9+/=\\s]{40,}`, 'g');
  expect(found(block)).toEqual([]);
});

it.each([
  ['of GitHub', /\b(?:gh[opsur]_[A-Za-z0-9]{36}|github_pat_\w{50,})\b/g],
  ['of AWS', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g],
  ['of Docker Hub', /\bdckr_[po]at_[\w-]{20,}/g],
  ['of GitLab', /\bgl(?:pat|dt)-[\w-]{20,}/g],
  ['of Google', /\bya29\.[\w-]{30,}|\bAIza[\w-]{35}\b/g],
  ['of Slack', /\bxox[abprs]-[\w-]{20,}/g],
  ['of npm', /\bnpm_[A-Za-z0-9]{36}\b/g],
])('no token %s', (_whose, pattern) => {
  expect(found(pattern, /(?!)/, FILES)).toEqual([]);
});

it('no token that says what it is for', () => {
  const tokens = found(/\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{16,}/g, /(?!)/, FILES);
  expect(tokens).toEqual([]);
});

it('no path of one machine', () => {
  // Places that every machine or runner has, and those that tests make up.
  const known = /: \/(?:home\/runner|Users\/runner|home\/(?:me|user|nobody))\b/;
  expect(found(/(?<![\w.:/-])\/(?:home|Users|root)\/[\w.-]+/g, known)).toEqual([]);
  expect(found(/\b[A-Z]:\\Users\\\w+/g)).toEqual([]);
});

it('no host of somebody’s own network but those that stand for one', () => {
  const names = found(
    /\b[\w-]+(?:\.[\w-]+)*\.(?:corp|lan|intranet|localdomain|home\.arpa)\b(?!\.example)/g,
    /\.example\b/,
  );
  expect(names).toEqual([]);
});
