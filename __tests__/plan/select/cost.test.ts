import { expect, it } from '@jest/globals';
import { mayMeasure } from '../../../src/plan/select/cost.ts';

it.each([
  ['no known limit', null, true],
  ['a fresh limit', { limit: 100, remaining: 100 }, true],
  ['30 % of it', { limit: 100, remaining: 30 }, true],
  ['less than that', { limit: 100, remaining: 29 }, false],
  ['nothing', { limit: 100, remaining: 0 }, false],
])('%s, %j: %s', (_name, limit, expected) => expect(mayMeasure(limit)).toBe(expected));
