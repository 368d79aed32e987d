// The lines about copies, by a clock that the test moves on.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { whileTelling } from '../../../src/base/flow/alive.ts';
import type { Outcome, Step } from '../../../src/plan/steps/step.ts';
import type { Load } from '../../../src/registry/doors/engine.ts';
import { createTeller } from '../../../src/run/apply/teller.ts';
import { body, step } from '../../plan/steps/builders.ts';

function stage() {
  const seen: string[] = [];
  const folded: string[] = [];
  const beats = new Set<{ readonly period: number; next: number; readonly beat: () => void }>();
  let time = 0;
  const clock = {
    now: () => time,
    sleep: async () => undefined,
    today: () => '2026-09-01',
    every(period: number, beat: () => void) {
      const one = { period, next: time + period, beat };
      beats.add(one);
      return () => void beats.delete(one);
    },
  };
  const advance = (seconds: number): void => {
    const end = time + seconds * 1000;
    for (; time < end; time += 1000) {
      for (const one of beats) {
        if (one.next > time) continue;
        one.next += one.period;
        one.beat();
      }
    }
  };
  const log = {
    info: (line: string) => void folded.push(line),
    tell: (line: string) => void seen.push(line),
    warning: () => undefined,
    debug: () => undefined,
  };
  return { seen, folded, advance, doors: { clock, log } };
}

/** A copy that goes on until `end` is called. */
function copyOf(load: Load, size: number) {
  load.bytes += size;
  load.platforms += 2;
  return Promise.withResolvers<void>();
}

const endOf = (one: Step, kind: 'copied' | 'already' = 'copied'): Outcome[] =>
  one.moves.map((move) => ({ step: one, move, kind }));
const failedOf = (one: Step, kind: 'failed' | 'held', failure: Failure): Outcome[] =>
  one.moves.map((move) => ({ step: one, move, kind, failure }));

describe('a copy', () => {
  it('that is quick is one line among the folded ones', async () => {
    const { seen, folded, doors, advance } = stage();
    const teller = createTeller(1, doors);
    const one = step('3.4', null, 'B');
    let copy = Promise.withResolvers<void>();
    const copying = teller.copying(one, (load) => {
      copy = copyOf(load, 2_000_000);
      load.moved += 2_000_000;
      return copy.promise;
    });
    advance(2);
    copy.resolve();
    await copying;
    advance(60);
    teller.ended(endOf(one));
    teller.rest();
    expect(seen).toEqual([]);
    expect(folded).toEqual([
      `copied ghcr.io/acme/mirror/library/ruby:3.4@${body('B').digest} (2.0 MB, 2.0 s)`,
    ]);
  });

  it('that is not is told as it begins, with its size, and as it ends', async () => {
    const { seen, folded, doors, advance } = stage();
    const teller = createTeller(1, doors);
    const one = step('3.4', null, 'B');
    let copy = Promise.withResolvers<void>();
    const copying = teller.copying(one, (load) => {
      copy = copyOf(load, 60_000_000);
      load.moved += 60_000_000;
      return copy.promise;
    });
    advance(12);
    copy.resolve();
    await copying;
    teller.ended(endOf(one));
    expect(seen).toEqual([
      'copying docker.io/library/ruby:3.4 (60 MB, 2 platforms)',
      `copied ghcr.io/acme/mirror/library/ruby:3.4@${body('B').digest} (60 MB, 12 s)`,
    ]);
    expect(folded).toEqual([]);
  });
});

it('says every fifteen seconds how far all are, how fast, and how long it may take', async () => {
  const { seen, doors, advance } = stage();
  const teller = createTeller(4, doors);
  const steps = ['a', 'b'].map((tag) => step(tag, null, tag));
  const loads: Load[] = [];
  const copies: PromiseWithResolvers<void>[] = [];
  const work = whileTelling(
    () => teller.progress(),
    () =>
      Promise.all(
        steps.map((one) =>
          teller.copying(one, (load) => {
            loads.push(load);
            const copy = copyOf(load, 60_000_000);
            copies.push(copy);
            return copy.promise;
          }),
        ),
      ),
    doors,
  );
  for (const load of loads) load.moved += 15_000_000;
  advance(16);
  advance(15);
  for (const load of loads) load.moved += 45_000_000;
  for (const one of steps) teller.brought(one);
  advance(15);
  expect(seen.filter((line) => !line.startsWith('copying'))).toEqual([
    'copied 0 of 4 tags, 30 MB of ≈ 240 MB, 2.0 MB/s, ≈ 1 min 45 s left',
    'copied 0 of 4 tags, 30 MB of ≈ 240 MB, nothing moved for 15 s',
    'copied 2 of 4 tags, 120 MB of ≈ 240 MB, 6.0 MB/s, ≈ 45 s left',
  ]);
  for (const copy of copies) copy.resolve();
  await work;
  advance(60);
  expect(seen).toHaveLength(2 + 3);
});

it('gives no time for what is done', () => {
  const { doors, advance } = stage();
  const teller = createTeller(1, doors);
  const one = step('a', null, 'a');
  void teller.copying(one, (load) => copyOf(load, 60_000_000).promise);
  advance(16);
  teller.brought(one);
  expect(teller.progress()).toBe('copied 1 of 1 tag');
});

describe('what many tags share', () => {
  it('a failure is told at once, and at the end for how many it stands', () => {
    const { seen, doors } = stage();
    const teller = createTeller(3, doors);
    const failure = new Failure('quota', 'disk full', { hint: 'free space' });
    for (const tag of ['a', 'b', 'c']) teller.ended(failedOf(step(tag, null, tag), 'failed', failure));
    expect(seen).toEqual(['failed ghcr.io/acme/mirror/library/ruby:a: disk full - free space']);
    teller.rest();
    expect(seen.slice(1)).toEqual(['2 more tags failed as ghcr.io/acme/mirror/library/ruby:a did']);
  });

  it('617 tags that wait are one line', () => {
    const { seen, folded, doors } = stage();
    const teller = createTeller(617, doors);
    for (let at = 0; at < 617; at += 1) {
      const why = new Failure('rollback', `not moved: all or nothing, and t${at} failed`);
      teller.ended(failedOf(step(`t${at}`, null, 'B'), 'held', why));
    }
    teller.rest();
    expect([seen, folded]).toEqual([
      ['617 tags deferred (rollback): not moved: all or nothing, and t0 failed'],
      [],
    ]);
  });
});
