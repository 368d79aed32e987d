// What the runner is told to hide. It takes each line of a text by itself, so no line may stand in every output.

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { mask } from '../../src/github/runner.ts';

const printed: string[] = [];
beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  printed.length = 0;
});

it.each([
  ['one line', 'pass', ['pass']],
  ['nothing', '', []],
  ['JSON', '{\n  "key": "correct-horse",\n  "a": 1\n}\n', ['"key": "correct-horse",']],
  ['lines of punctuation', '----------\n{}[]":,{}[]\r\nlong enough\n', ['long enough']],
])('%s', (_name, secret, masked) => {
  mask(secret);
  const lines = printed
    .join('')
    .split(/\r?\n/)
    .filter((line) => line !== '');
  expect(lines).toEqual(masked.map((line) => `::add-mask::${line}`));
});
