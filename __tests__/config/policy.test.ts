import { expect, it } from '@jest/globals';
import { BUILT_IN, mergePolicies, type Policies } from '../../src/config/policy.ts';

const keep: Partial<Policies> = { onFailure: 'keep' };
const rollback: Partial<Policies> = { onFailure: 'rollback' };

it.each([
  [[], BUILT_IN.onFailure],
  [[{}, {}, {}], 'keep'],
  [[{}, {}, rollback], 'rollback'],
  [[{}, keep, rollback], 'keep'],
  [[rollback, keep, keep], 'rollback'],
])('of %j the first that says something stands: %s', (layers, expected) => {
  expect(mergePolicies(...layers)).toMatchObject({ onFailure: expected });
});
