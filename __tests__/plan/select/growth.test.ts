// What is done for each tag must not look at all the others: there may be a hundred thousand of them.

import { expect, it } from '@jest/globals';
import { BUILT_IN } from '../../../src/config/policies/policy.ts';
import { type Claim, pinClaims } from '../../../src/plan/select/claims.ts';

const place = { file: 'images.yaml', line: 1, column: 1 };
const digest = `sha256:${'a'.repeat(64)}` as const;

function claimsOf(count: number): { claims: Claim[]; looks: () => number } {
  const terms = { policies: BUILT_IN, exclude: [], ignore: [] };
  const all = Array.from({ length: count }, (_, at): Claim => {
    return { tag: `1.${at}`, pinned: null, origin: 'glob', settled: false, terms, pattern: '*', place };
  });
  let looks = 0;
  const claims = new Proxy(all, {
    get(target, key, receiver) {
      looks += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  return { claims, looks: () => looks };
}

it.each([0, 1])(
  'pins beside %s selected tags look at each of those a few times, however many there are',
  (pins) => {
    const { claims, looks } = claimsOf(2_000);
    const pinned = Array.from({ length: pins }, () => ({ tag: '9', digest, policies: BUILT_IN, place }));
    expect(pinClaims(pinned, claims)).toHaveLength(pins);
    expect(looks()).toBeLessThan(2_000 * 10);
  },
);
