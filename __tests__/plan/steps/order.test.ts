import { expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { applyRules, inTurns } from '../../../src/plan/steps/order.ts';
import type { PlannedTag } from '../../../src/plan/steps/step.ts';
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
  [5, false, ['bd', 'ace']],
  [0, true, ['abcde', '']],
])('turn %s, whole %s: %j', (turn, whole, expected) => {
  expect(tags(inTurns(STEPS, { turn, whole: () => whole }))).toEqual(expected);
});

/** The longest that any of `n` tags waits for its turn, in runs, when `k` are done a run. */
function longestWait(n: number, k: number): number {
  const stale = Array.from({ length: n }, (_, at) =>
    step(`${at}`, 'OLD', 'NEW', { mirror: { registry: 'm.example', repository: `r${at % 7}` } }),
  );
  const runs = Math.ceil(n / k) * 8;
  const last = new Map(stale.map((one) => [one, 0]));
  let longest = 0;
  for (let turn = 1; turn <= runs; turn += 1) {
    const order = inTurns(stale, { turn, whole: () => false }).flatMap((units) =>
      units.flatMap(({ steps }) => steps),
    );
    expect(order).toHaveLength(n);
    for (const one of order.slice(0, k)) {
      longest = Math.max(longest, turn - (last.get(one) ?? 0));
      last.set(one, turn);
    }
  }
  return Math.max(longest, ...[...last.values()].map((turn) => runs + 1 - turn));
}

it.each([1, 2, 3, 7, 12, 30, 31, 97, 150])(
  'of %i tags each has its turn within 2 x (tags / tags a run) runs, in whatever repository',
  (n) => {
    for (const k of new Set([1, 2, 5, 9, Math.ceil(n / 7), Math.ceil(n / 2), n])) {
      if (k <= n) expect(longestWait(n, k)).toBeLessThanOrEqual((2 * n) / k);
    }
  },
);

it('what moves as a whole stays together under a budget', () => {
  const other = { mirror: { registry: 'm.example', repository: 'whole' } };
  const steps = [
    step('a', 'OLD', 'A'),
    step('b', 'OLD', 'B', other),
    step('c', 'OLD', 'C'),
    step('d', 'OLD', 'D', other),
  ];
  const [, units = []] = inTurns(steps, { turn: 0, whole: ({ repository }) => repository === 'whole' });
  expect(units.map((unit) => [unit.whole, ...unit.steps.map(({ moves }) => moves[0]?.tag)])).toEqual([
    [false, 'a', 'c'],
    [true, 'b', 'd'],
  ]);
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
