// JSON of strangers: each key once, and no deeper than was asked for.

import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStrict } from '../../../src/report/merge/strict-json.ts';

const problemOf = (text: string): string | null => {
  const read = parseStrict(text, 4);
  return 'problem' in read ? read.problem : null;
};

it.each<[string, string, RegExp]>([
  ['a key twice', '{"a":1,"a":2}', /"a" twice/],
  ['a key twice in two spellings', '{"a":1,"\\u0061":2}', /"a" twice/],
  ['a key twice deep inside', '{"x":[{"a":1,"b":{},"a":2}]}', /"a" twice/],
  ['a key of prototypes', '{"__proto__":{"status":"fresh"}}', /__proto__/],
  ['the same, escaped', '{"\\u005f_proto__":1}', /__proto__/],
  ['too deep a list', '[[[[[1]]]]]', /deeper than 4/],
  ['too deep an object', '{"a":{"a":{"a":{"a":{}}}}}', /deeper than 4/],
  ['text without an end', '{"a":"', /not JSON/],
  ['nothing', '', /not JSON/],
  ['a list that is not closed', '[1', /not JSON/],
])('does not read %s', (_name, text, problem) => {
  expect(problemOf(text)).toMatch(problem);
});

it('takes no colon, comma or bracket inside a text for shape', () => {
  const value = { a: '{"a":1,"a":2}', b: ',"a":', 'c"': ']]]]]', '\\': '[[[[[[' };
  expect(parseStrict(JSON.stringify(value), 1)).toEqual({ value });
});

it('ends a million brackets without a word of the stack', () => {
  expect(problemOf('['.repeat(1_000_000))).toMatch(/deeper/);
});

it('reads whatever JSON.stringify writes', () => {
  const json = fc.json({ maxDepth: 5 }).filter((text) => !text.includes('__proto__'));
  fc.assert(
    fc.property(json, (text) => {
      expect(parseStrict(text, 50)).toEqual({ value: JSON.parse(text) });
    }),
  );
});
