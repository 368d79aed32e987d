// Files that want to do harm, and bytes at random: each ends soon, with mistakes and nothing else.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { item, tags, told } from './told.ts';

it('an alias bomb is told in a line, and stays small', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [one, before] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg']) {
    bomb.push(`${one}: &${one} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`);
  }
  expect(told(bomb.join('\n'))).toEqual([
    expect.stringContaining('the aliases in this file stand for more than 1000 values'),
  ]);
});

describe('whatever the bytes', () => {
  const snippet = fc.constantFrom(
    'mirror: ',
    'images:',
    '\n',
    '- ',
    '  ',
    'ruby:3.4',
    'source: ',
    'tags: ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '"',
    '*a',
    '&a ',
    '!!x ',
    '|\n',
    '? ',
    ': ',
    '---\n',
    'ghcr.io/acme/m',
    'read-from: ',
    'registries: ',
    'null',
    '3.10',
    '# x\n',
    '\t',
    '%YAML 1.1\n',
    '<<: ',
    'defaults: ',
    'on-failure: ',
    "'",
    '>',
    '@',
    '\\',
  );
  it.each([
    ['bytes', fc.uint8Array({ maxLength: 200 })],
    ['text', fc.string({ unit: 'binary', maxLength: 200 }).map((text) => new TextEncoder().encode(text))],
    [
      'pieces of configs',
      fc.array(snippet, { maxLength: 40 }).map((parts) => new TextEncoder().encode(parts.join(''))),
    ],
    ['JSON', fc.json().map((text) => new TextEncoder().encode(text))],
    [
      'JSON as entries',
      fc.json().map((text) => new TextEncoder().encode(`{"mirror": "a.io/b", "images": [${text}]}`)),
    ],
  ])('%s: nothing but UserError is thrown', (_, bytes) => {
    fc.assert(
      fc.property(bytes, (one) => Array.isArray(told(one))),
      { numRuns: 300 },
    );
  });

  it.each([
    ['keys', `${Array.from({ length: 60_000 }, (_, at) => `k${at}: `).join('\n')}`],
    ['tags', tags(`[${'a b,'.repeat(100_000)}]`)],
    ['entries', item('- ruby:3.4\n'.repeat(60_000))],
    ['brackets', '{'.repeat(300_000)],
    ['questions', '? '.repeat(200_000)],
    [
      'anchors',
      `a:\n${Array.from({ length: 50_000 }, (_, at) => `- &a${at} x`).join('\n')}\n- [${'*a1,'.repeat(50_000)}]`,
    ],
  ])('a great many %s end', (_, config) => expect(told(config).length).toBeLessThanOrEqual(100));
});
