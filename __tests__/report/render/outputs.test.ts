// Rows of outputs are short, and the cause is the last thing that they lose.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { makeOutputs } from '../../../src/report/render/outputs.ts';
import { makeReport } from '../../../src/report/rows/report.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { wanted } from '../../plan/steps/builders.ts';

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

function rowFor(message: string): string {
  const plan = {
    tags: [{ wanted: wanted('1'), kind: 'failed', failure: new Failure('not-found', message) } as const],
    patterns: [],
  };
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

describe('of waves', () => {
  const waveOf = (rows: number, name: string) => ({
    include: Array.from({ length: rows }, (_, at) => ({
      dockerfile: `${name}/${at}/Dockerfile`,
      base: 'b:1',
    })),
  });
  const outputsOf = (...buildWaves: readonly ReturnType<typeof waveOf>[]) => {
    const report = makeReport(run, { tags: [], patterns: [] }, []);
    return makeOutputs({ ...report, buildWaves }, '');
  };

  it('all is there as long as there is room', () => {
    const waves = [waveOf(256, 'a'), waveOf(1, 'b')];
    const outputs = outputsOf(...waves);
    expect(JSON.parse(outputs['build-waves'] ?? '')).toEqual(waves);
    expect([outputs['build-waves-count'], outputs.truncated]).toEqual(['2', '[]']);
  });

  it.each([100, 1_000, 20_000])('only the end is left out, with names of %d characters', (length) => {
    const waves = Array.from({ length: 9 }, (_, at) => waveOf(256, `${at}${'x'.repeat(length)}`));
    const outputs = outputsOf(...waves);
    const text = outputs['build-waves'] ?? '';
    const kept = (JSON.parse(text) as typeof waves).flatMap(({ include }) => include);
    const all = waves.flatMap(({ include }) => include);
    expect(kept).toEqual(all.slice(0, kept.length));
    expect(kept.length).toBeGreaterThan(0);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(100_000 - length - 200);
    expect([outputs['build-waves-count'], outputs.truncated]).toEqual(['9', '["build-waves"]']);
  });

  it('without builds they are empty lists', () => {
    const outputs = makeOutputs(makeReport(run, { tags: [], patterns: [] }, []), '');
    const names = ['build-waves', 'build-waves-count', 'stale-builds', 'stale-builds-count'];
    expect(names.map((name) => outputs[name])).toEqual(['[]', '0', '[]', '0']);
  });
});
