// Rows of outputs are short, and the cause is the last thing that they lose.

import { expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { makeOutputs } from '../../../src/report/render/outputs.ts';
import { makeReport } from '../../../src/report/rows/report.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { wanted } from '../../plan/steps/builders.ts';

function rowFor(message: string): string {
  const plan = {
    tags: [{ wanted: wanted('1'), kind: 'failed', failure: new Failure('not-found', message) } as const],
    patterns: [],
  };
  const run = {
    mode: SYNC.values,
    config: 'images.yaml',
    mirror: 'm.example',
    newTags: [],
    pullRequest: null,
    issue: null,
    notices: [],
    usage: { requests: {}, copies: 0 },
    craneVersion: '',
    milliseconds: 1,
  } as const;
  const [row] = JSON.parse(makeOutputs(makeReport(run, plan, []), '').failed ?? '[]') as {
    message: string;
  }[];
  return row?.message ?? '';
}

const LONG = `mirror.example:5000/${'department-of-container-images/'.repeat(5)}m/app`;
const CAUSE = "404 Not Found: NAME_UNKNOWN: The repository with name 'm/app' does not exist in the registry";

it('a message that fits is whole', () => {
  expect(rowFor(`PUT ${LONG}: 404`)).toBe(`PUT ${LONG}: 404`);
});

it('long references give way to the cause', () => {
  const message = rowFor(`copy ${LONG}@sha256:${'a'.repeat(64)} to ${LONG}: ${CAUSE}`);
  expect(message.length).toBeLessThanOrEqual(300);
  expect(message).toContain(CAUSE);
  expect(message).toMatch(/^copy mirror\.example:5000\/\S+ to mirror\.example:5000\/\S+: 404/);
});

it('what is too long all the same is cut, and says so', () => {
  const message = rowFor('word '.repeat(100));
  expect([message.length, message.at(-1)]).toEqual([300, '…']);
});
