import { expect, it } from '@jest/globals';
import { redact } from '../../../src/base/text/redact.ts';

const SECRETS = ['pass word/1"', 'dXNlcjpwYXNz', 'dXNlcjpwYXNzd29yZA', 'abc'];

it.each([
  ['nothing to hide', 'nothing to hide'],
  ['got pass word/1" twice: pass word/1"', 'got *** twice: ***'],
  ['in a URL ?p=pass%20word%2F1%22&x', 'in a URL ?p=***&x'],
  ['{"password":"pass word/1\\""}', '{"password":"***"}'],
  ['the longer one whole: dXNlcjpwYXNzd29yZA', 'the longer one whole: ***'],
  ['abc is too short to be told from words', 'abc is too short to be told from words'],
  ['Authorization: Basic c29tZWJvZHk6ZWxzZQ==', 'Authorization: Basic ***'],
  ['you sent "bearer eyJhbGciOi.eyJ.x_-"', 'you sent "bearer ***"'],
  ['Basic Authentication required', 'Basic Authentication required'],
  ['Basic auth and bearer tokens', 'Basic auth and bearer tokens'],
])('%s', (text, expected) => expect(redact(text, SECRETS)).toBe(expected));
