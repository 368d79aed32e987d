// Waves against an oracle that knows no better than to look again and again, and circles.

import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findCircle } from '../../../src/plan/builds/graph.ts';
import { depthsOf, wavesOf } from '../../../src/plan/builds/waves.ts';

type Case = { readonly on: readonly (readonly number[])[]; readonly stale: readonly boolean[] };

/** Graphs without circles whose builds stand in any order; whoever stands on a stale build is stale. */
const graphs: fc.Arbitrary<Case> = fc
  .tuple(
    fc.integer({ min: 1, max: 14 }),
    fc.infiniteStream(fc.nat()),
    fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
  )
  .map(([size, shuffle, dice]) => {
    const order = Array.from({ length: size }, (_, at) => at);
    for (let at = size - 1; at > 0; at--) {
      const other = (shuffle.next().value ?? 0) % (at + 1);
      [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
    }
    const on: number[][] = order.map(() => []);
    const stale: boolean[] = order.map(() => false);
    for (const [rank, build] of order.entries()) {
      const bases = order.slice(0, rank).filter(() => dice.next().value === 0);
      on[build] = bases;
      stale[build] = dice.next().value === 0 || bases.some((base) => stale[base] === true);
    }
    return { on, stale };
  });

/** Wave by wave: every stale build that is not in one yet, and all of whose stale bases are in earlier ones. */
function oracle({ on, stale }: Case): number[][] {
  const waves: number[][] = [];
  const done = new Set<number>();
  for (;;) {
    const ready = [...on.keys()].filter(
      (build) =>
        stale[build] === true &&
        !done.has(build) &&
        (on[build] ?? []).every((base) => stale[base] !== true || done.has(base)),
    );
    if (ready.length === 0) return waves;
    for (const build of ready) done.add(build);
    waves.push(ready);
  }
}

it('are those of the oracle, for 10,000 graphs', () => {
  const check = fc.property(graphs, (graph) => {
    const isStale = (at: number) => graph.stale[at] === true;
    const waves = oracle(graph);
    expect(findCircle(graph)).toBeNull();
    expect(wavesOf(graph, isStale).map((wave) => wave.toSorted((a, b) => a - b))).toEqual(waves);
    const depths = waves.flatMap((wave, at) => wave.map((build) => [build, at + 1] as const));
    expect(depthsOf(graph, isStale)).toEqual(new Map(depths));
  });
  fc.assert(check, { numRuns: 10_000 });
});

it('with little room hold each stale build once, after its stale bases, in the first wave that has room', () => {
  const check = fc.property(graphs, fc.integer({ min: 1, max: 4 }), (graph, most) => {
    const isStale = (at: number) => graph.stale[at] === true;
    const waves = wavesOf(graph, isStale, most);
    const waveOf = new Map(waves.flatMap((wave, at) => wave.map((build) => [build, at] as const)));
    const all = [...graph.on.keys()].filter(isStale);
    expect([...waveOf.keys()].toSorted((a, b) => a - b)).toEqual(all);
    expect(waves.flat()).toHaveLength(all.length);
    for (const wave of waves) expect(wave.length >= 1 && wave.length <= most).toBe(true);
    for (const build of all) {
      const own = waveOf.get(build) ?? -1;
      const bases = (graph.on[build] ?? []).filter(isStale).map((base) => waveOf.get(base) ?? -1);
      const first = Math.max(-1, ...bases) + 1;
      expect(own).toBeGreaterThanOrEqual(first);
      for (let at = first; at < own; at++) expect(waves[at]).toHaveLength(most);
    }
  });
  fc.assert(check, { numRuns: 2_000 });
});

it('600 builds on one base need three, and one that stands on the first of them is not put off behind all', () => {
  const on = [...Array.from({ length: 600 }, (): number[] => []), [0]];
  const waves = wavesOf({ on }, () => true);
  expect(waves.map(({ length }) => length)).toEqual([256, 256, 89]);
  expect(waves[2]?.at(-1)).toBe(600);
});

it.each([
  ['none', [[], [0], [1, 0]], null],
  ['a build on itself', [[0]], [0, 0]],
  ['three in a ring', [[1], [2], [0]], [0, 1, 2, 0]],
  ['a ring behind others', [[1], [2], [3], [2]], [2, 3, 2]],
  ['a ring that stands on others', [[], [0, 2], [1]], [1, 2, 1]],
])('circles: %s', (_what, on, circle) => {
  expect(findCircle({ on })).toEqual(circle);
});

it('a chain of 20,000 builds is no deeper than a list', () => {
  const on = Array.from({ length: 20_000 }, (_, at) => (at === 0 ? [] : [at - 1]));
  expect(findCircle({ on })).toBeNull();
  expect(depthsOf({ on }, () => true).get(19_999)).toBe(20_000);
});
