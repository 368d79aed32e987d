import { expect, it } from '@jest/globals';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { everyAction, parseNewTags } from '../../../src/config/policies/new-tags.ts';
import { BUILT_IN, mergePolicies, type Policies } from '../../../src/config/policies/policy.ts';

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

it.each([
  ['ignore', []],
  ['report', ['report']],
  ['pull-request, mirror', ['pull-request', 'mirror']],
  ['report,report', ['report']],
  ['reports', null],
  ['report,', null],
  ['ignore,report', null],
  ['', null],
])('new-tags: %j is %j', (text, expected) => {
  const actions = parseNewTags(text);
  expect(isMistake(actions) ? null : actions).toEqual(expected);
});

it('every action that one of the lists names, each once', () => {
  expect(everyAction([['mirror'], ['report', 'mirror'], []])).toEqual(['report', 'mirror']);
});
