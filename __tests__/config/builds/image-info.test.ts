// image-info files: what they record, and every mistake at its place.

import { expect, it } from '@jest/globals';
import { buildsOf, readImageInfo } from '../../../src/config/builds/image-info.ts';
import { formatReference } from '../../../src/image/names/reference.ts';

const D = (letter: string) => `sha256:${letter.repeat(64)}`;
const info = (...platforms: readonly object[]) =>
  JSON.stringify({ repos: [{ repo: 'app/web', images: [{ platforms }] }] }, null, 1);

function told(platforms: readonly object[], dockerfile: string): readonly string[] {
  const read = readImageInfo(info(...platforms), 'image-info.json');
  expect(read.mistakes).toEqual([]);
  const builds = buildsOf(
    read,
    () => dockerfile,
    (name) => name,
  );
  return builds.flatMap(({ id, uses, unrecorded }) => [
    ...uses.map(
      ({ base, recorded }) => `${id} ${base === null ? '' : formatReference(base)} ${recorded?.slice(7, 9)}`,
    ),
    ...(unrecorded > 0 ? [`${unrecorded} unrecorded`] : []),
  ]);
}

it.each<[string, readonly object[], string, readonly string[]]>([
  [
    'the spellings of one name',
    [{ dockerfile: 'D', baseImageDigest: `library/almalinux@${D('a')}` }],
    'FROM docker.io/almalinux:8',
    ['D docker.io/library/almalinux:8 aa'],
  ],
  [
    'another name: the only record counts',
    [{ dockerfile: 'D', baseImageDigest: `farm.example/x/alma@${D('a')}` }],
    'FROM almalinux:8',
    ['D docker.io/library/almalinux:8 aa'],
  ],
  ['no record', [{ dockerfile: 'D' }], 'FROM almalinux:8', ['D docker.io/library/almalinux:8 undefined']],
  [
    'an empty record',
    [{ dockerfile: 'D', baseImageDigest: null }],
    'FROM almalinux:8',
    ['D docker.io/library/almalinux:8 undefined'],
  ],
  [
    'platforms that agree',
    [
      { dockerfile: 'D', baseImageDigest: `a@${D('a')}` },
      { dockerfile: 'D', baseImageDigest: `a@${D('a')}` },
    ],
    'FROM a:1',
    ['D docker.io/library/a:1 aa'],
  ],
  [
    'platforms that do not',
    [
      { dockerfile: 'D', baseImageDigest: `a@${D('a')}` },
      { dockerfile: 'D', baseImageDigest: `a@${D('b')}` },
    ],
    'FROM a:1',
    ['D docker.io/library/a:1 aa', 'D docker.io/library/a:1 bb'],
  ],
  [
    'what is copied from has no record',
    [{ dockerfile: 'D', baseImageDigest: `a@${D('a')}` }],
    'FROM g:1 AS b\nFROM a:1\nCOPY --from=b /x /',
    ['D docker.io/library/a:1 aa', '1 unrecorded'],
  ],
  [
    'what is copied from has one',
    [{ dockerfile: 'D', baseImageDigest: [`a@${D('a')}`, `g@${D('b')}`] }],
    'FROM g:1 AS b\nFROM a:1\nCOPY --from=b /x /',
    ['D docker.io/library/a:1 aa', 'D docker.io/library/g:1 bb'],
  ],
  [
    'copied from alone',
    [{ dockerfile: 'D', baseImageDigest: `g@${D('b')}` }],
    'FROM g:1 AS b\nFROM scratch\nCOPY --from=b /x /',
    ['D docker.io/library/g:1 bb'],
  ],
  ['from scratch', [{ dockerfile: 'D' }], 'FROM scratch', []],
])('%s', (_what, platforms, dockerfile, expected) => {
  expect(told(platforms, dockerfile)).toEqual(expected);
});

it.each<[string, string, string, string]>([
  ['2:1', 'this is not JSON', '{"repos": [\n', ''],
  ['1:1', 'this file has no list "repos"', '[]', ''],
  ['1:2', '"repos" is not a list', '{"repos": 1}', 'this file has no list "repos"'],
  ['1:2', '"repos" holds what is not an object', '{"repos": [1]}', ''],
  ['7:6', 'a platform has no "dockerfile"', info({ baseImageDigest: 'a' }), ''],
  [
    '10:27',
    '"almalinux:8" does not say repository and digest',
    info({ dockerfile: 'D', baseImageDigest: 'almalinux:8' }),
    '',
  ],
  ['10:27', 'does not say repository and digest', info({ dockerfile: 'D', baseImageDigest: D('a') }), ''],
])('%s %s', (place, words, text, also) => {
  const { mistakes } = readImageInfo(text, 'i.json');
  const lines = mistakes.map(({ place: { line, column }, message }) => `${line}:${column} ${message}`);
  expect(lines.filter((line) => also === '' || !line.includes(also))).toHaveLength(1);
  expect(lines.some((line) => line.startsWith(place) && line.includes(words))).toBe(true);
});
