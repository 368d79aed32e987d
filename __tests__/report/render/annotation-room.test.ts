// A model of the runner that keeps ten annotations of a kind: whatever a step says, in however many calls, none is lost.

import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Severity } from '../../../src/base/errors/diagnostic.ts';
import { AnnotationRoom } from '../../../src/report/render/annotation-room.ts';
import type { Annotation } from '../../../src/report/render/annotations.ts';

const KINDS: readonly Severity[] = ['error', 'warning', 'note'];
const KEPT = 10;

/** All that one step prints, of one kind, in order; a red step ends with its sentence. */
function printedBy(calls: readonly Annotation[][], isRed: boolean): Map<Severity, Annotation[]> {
  const room = new AnnotationRoom();
  const printed = calls.flatMap((call) => call.filter((annotation) => room.admits(annotation)));
  const verdict: Annotation = { severity: 'error', title: '', message: 'verdict', place: null };
  return Map.groupBy([...printed, ...room.rest(), ...(isRed ? [verdict] : [])], ({ severity }) => severity);
}

const annotation = fc.record({
  severity: fc.constantFrom(...KINDS),
  title: fc.constant(''),
  message: fc.constant('x'),
  place: fc.constant(null),
});

it('loses none: shown or counted, and the sentence at the end always shown', () => {
  const property = fc.property(
    fc.array(fc.array(annotation, { maxLength: 30 })),
    fc.boolean(),
    (calls, red) => {
      const printed = printedBy(calls, red);
      for (const kind of KINDS) {
        const kept = (printed.get(kind) ?? []).slice(0, KEPT);
        expect(printed.get(kind) ?? []).toEqual(kept);
        const counted = kept.reduce(
          (sum, { message }) => sum + Number(/and (\d+) more/.exec(message)?.[1] ?? 0),
          0,
        );
        const said = kept.filter(({ message }) => message === 'x').length;
        expect(said + counted).toBe(calls.flat().filter(({ severity }) => severity === kind).length);
        if (kind === 'error' && red) expect(kept.at(-1)?.message).toBe('verdict');
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});

it('shows one that is left over itself', () => {
  const nine = Array.from({ length: 9 }, (_, at) => at);
  const room = new AnnotationRoom();
  const all = nine.map((at): Annotation => ({ severity: 'error', title: '', message: `${at}`, place: null }));
  expect(all.map((one) => room.admits(one)).filter(Boolean)).toHaveLength(8);
  expect([room.rest(), room.rest()]).toEqual([[all[8]], []]);
});
