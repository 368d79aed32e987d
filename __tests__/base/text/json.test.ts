import { expect, it } from '@jest/globals';
import { parseObject } from '../../../src/base/text/json.ts';

it.each([
  ['{"a":1}', { a: 1 }],
  ['{}', {}],
  ['[1]', null],
  ['null', null],
  ['"text"', null],
  ['{"a":', null],
  ['', null],
])('%j holds %j', (text, fields) => expect(parseObject(text)).toEqual(fields));
