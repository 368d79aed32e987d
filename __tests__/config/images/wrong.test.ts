// Wrong configs: each row is one mistake, with its place and the words that repair it.

import { describe, expect, it } from '@jest/globals';
import { RULES } from '../../../src/base/errors/diagnostic.ts';
import { KEYS, PLANNED } from '../../../src/config/images/levels.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { errorsIn, item, tags, told, top } from './told.ts';
import {
  ALL_ROWS,
  JOIN_ROWS,
  OTHER,
  OTHER_TOOLS,
  PLATFORM_ROWS,
  SCHEMA_ROWS,
  SHA,
  SIGNER_ROWS,
  SLIP_ROWS,
  TO_ROWS,
  YAML_ROWS,
} from './wrong-rows.ts';

describe('a wrong config', () => {
  it.each(YAML_ROWS)('YAML, %s: %s', (place, words, config) => {
    const lines = told(config);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(words);
    expect(lines[0]).toMatch(new RegExp(`^images\\.yaml:${place}: error: `));
  });

  it.each([...SCHEMA_ROWS, ...PLATFORM_ROWS, ...SIGNER_ROWS, ...JOIN_ROWS, ...TO_ROWS, ...SLIP_ROWS])(
    '%s: %s',
    (place, words, config) => {
      const lines = told(config);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(words);
      expect(lines[0]).toMatch(new RegExp(`^images\\.yaml:${place}: error: `));
    },
  );

  it.each(Object.entries(PLANNED).flatMap(([level, keys]) => keys.map((key) => [level, key])))(
    'a key of a later version, %s %s, says so',
    (level, key) => {
      const row = { config: top(`${key}: x`), defaults: top(`defaults: {${key}: x}`) }[level];
      expect(told(row ?? item(`- {${key}: x, source: ruby, tags: x}`))).toEqual([
        expect.stringContaining(`error: ${key} is not supported yet (remove ${key})`),
      ]);
    },
  );

  it('a planned policy at the top is not supported yet either', () => {
    expect(told(top('tags-limit: 9'))).toEqual([
      expect.stringContaining('2:1: error: tags-limit is not supported yet'),
    ]);
  });

  it.each(OTHER_TOOLS)('%s is known for what it is', (name, text) => {
    const lines = told(text);
    expect(lines).toEqual([
      expect.stringContaining(`images.yaml:1:1: error: this is ${name}, not an images config (`),
    ]);
  });

  it('tells mistakes of the schema beside those of YAML itself', () => {
    const lines = told(`mirror: ghcr.io/acme/m
images:
- {source: ruby, tags: *nothing}
- {source: python, tags: [3.10]}
- !!set {a}
- {source: perl}
images: []
mirror: acme
defaults: {typo: 1}
`);
    const places = lines.map((line) => line.split(' ', 1)[0]);
    const at = ['3:24', '4:27', '5:9', '6:3', '7:1', '8:1', '9:12'];
    expect(places).toEqual(at.map((place) => `images.yaml:${place}:`));
  });

  it('tells every mistake at once, in the order of the file', () => {
    const lines = told(`mirror: acme
typo: 1
registries: {ghcr.io: {http: 1}}
images:
- ruby
- source: python
  tags: [3.10, latest, "a b"]
- x/y:a
- x/y:a@${SHA}
- joined/z:a@${SHA}
- source: joined/z
  tags: [a]
`);
    const places = lines.map((line) => line.split(' ', 1)[0]);
    const at = ['1:9', '2:1', '3:30', '5:3', '7:10', '7:24', '9:3', '12:10'];
    expect(places).toEqual(at.map((place) => `images.yaml:${place}:`));
  });

  it('tells the first hundred of very many', () => {
    const config = item('- ruby\n'.repeat(5000));
    expect(told(config)).toHaveLength(100);
    expect(() => parseConfig(new TextEncoder().encode(config), 'a.yaml')).toThrow('a.yaml has 5000 mistakes');
  });

  it('names a rule of the closed list for every mistake, and the list has no rule that is never broken', () => {
    const configs = [...ALL_ROWS.map(([, , text]) => text), ...OTHER_TOOLS.map(([, text]) => text)];
    const long = ['k: [', 'a,'.repeat(50_001), ']'].join('');
    const aliases = `a: &a [${'x,'.repeat(500)}]\nb: [*a, *a, *a]\n`;
    const broken = [...configs, long, aliases, top('tags-limit: 9')]
      .flatMap(errorsIn)
      .map(({ rule }) => rule);
    expect(broken.filter((rule) => !RULES.includes(rule))).toEqual([]);
    // What is listed twice or does nothing is a warning, and what no row shows is the last resort for a check that zod adds one day.
    const alone = ['duplicate-tag', 'invalid-value', 'no-effect'];
    // Mistakes of files that the config only names: __tests__/files, __tests__/config/formats.
    const elsewhere = [
      'build-circle',
      'invalid-ignore',
      'invalid-record',
      'missing-file',
      'no-matching-file',
      'too-many-files',
      'unreadable-file',
    ];
    // What a check waited for: __tests__/end-to-end/pins.test.ts.
    const others = [...alone, ...elsewhere, 'not-in-mirror'].toSorted();
    expect(RULES.filter((rule) => !broken.includes(rule)).toSorted()).toEqual(others);
  });

  it.each([
    ['not-a-string', tags('3.10')],
    ['invalid-tag', tags('[a b]')],
    ['unknown-key', top('mirrorPath: "{name}"')],
    ['invalid-choice', top('defaults: {verify: full}')],
    ['invalid-platform', item('- {source: ruby, platforms: [arm46], tags: a}')],
    ['out-of-range', top('registries: {ghcr.io: {concurrency: 0}}')],
    ['conflicting-tag', item(`- x/y:a@${SHA}\n- x/y:a@${OTHER}`)],
  ])('breaks the rule %s: %j', (rule, config) => {
    expect(errorsIn(config)).toEqual([expect.objectContaining({ rule })]);
  });

  it('tells of a wrong platform and of missing tags in one entry at once', () => {
    expect(told(item('- {source: ruby, platforms: [arm46]}'))).toHaveLength(2);
  });

  it('knows many reasons', () => {
    expect(
      new Set([...YAML_ROWS, ...SCHEMA_ROWS, ...JOIN_ROWS].map(([, words]) => words)).size,
    ).toBeGreaterThan(80);
  });

  it('every key of the schema stands in a row', () => {
    const all = [...SCHEMA_ROWS, ...PLATFORM_ROWS, ...SIGNER_ROWS].map(([, , config]) => config).join('\n');
    const missing = Object.values(KEYS)
      .flat()
      .filter((key) => !all.includes(`${key}:`));
    expect(missing).toEqual([]);
  });
});
