import { expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { applyRules, inTurns } from '../../../src/plan/steps/rules.ts';
import type { PlannedTag, Step } from '../../../src/plan/steps/step.ts';
import { step, wanted } from './builders.ts';

const STEPS = [
  step('a', 'OLD', 'A'),
  step('b', null, 'B', { reason: 'missing' }),
  step('c', 'OLD', 'C'),
  step('d', null, 'D', { reason: 'missing' }),
  step('e', 'OLD', 'E'),
];

function tags(waves: ReturnType<typeof inTurns>): string[] {
  return waves.map((units) =>
    units.map(({ steps }) => steps.map(({ moves }) => moves[0]?.tag).join('')).join(' '),
  );
}

it.each<[number | null, boolean, string[]]>([
  [null, false, ['abcde']],
  [0, false, ['bd', 'ace']],
  [1, false, ['db', 'cea']],
  [5, false, ['db', 'eac']],
  [0, true, ['abcde', '']],
])('turn %s, whole %s: %j', (turn, whole, expected) => {
  expect(tags(inTurns(STEPS, { turn, whole: () => whole }))).toEqual(expected);
});

it('in as many runs as there are tags every one of them is first once', () => {
  const stale = STEPS.filter(({ reason }) => reason !== 'missing');
  const firsts = stale.map((_, turn) => inTurns(stale, { turn, whole: () => false })[1]?.[0]?.steps[0]);
  expect(new Set(firsts)).toEqual(new Set<Step | undefined>(stale));
});

it.each<[string, PlannedTag['kind'], boolean]>([
  ['not-found', 'failed', true],
  ['network', 'failed', true],
  ['platform-lost', 'refused', true],
  ['gone', 'failed', false],
  ['no-match', 'failed', false],
])('a tag that is %s (%s) keeps its repository from moving: %s', (reason, kind, expected) => {
  const failure = new Failure(reason as Failure['reason'], 'x');
  const tag = { wanted: wanted('9'), kind, failure } as PlannedTag;
  expect(applyRules([], null).blocked(STEPS, { tags: [tag], patterns: [] })).toBe(expected ? failure : null);
});
