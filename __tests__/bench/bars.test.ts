// The project's promises of its own speed, held against made-up runs.

import { expect, it } from '@jest/globals';
import { barsOf, isMet, median } from '../../bench/bars.ts';
import type { SetName } from '../../bench/data/sets.ts';
import type { Run } from '../../bench/jobs.ts';
import type { JobName } from '../../bench/peers.ts';
import { noCounts } from '../fakes/faults/requests.ts';

type Given = {
  readonly seconds?: number;
  readonly cpu?: number;
  readonly peak?: number;
  readonly gets?: number;
  readonly blobGets?: number;
  readonly down?: number;
  readonly up?: number;
  readonly mirrorRequests?: number;
  readonly equal?: number;
};

function run(given: Given): Run {
  const side = {
    counts: noCounts(),
    requests: 0,
    connections: 0,
    bytesUp: 0,
    bytesDown: 0,
    flying: 0,
    mostFlying: 0,
  };
  const counts = { ...noCounts(), manifestGet: given.gets ?? 0, blobGet: given.blobGets ?? 0 };
  return {
    seconds: given.seconds ?? 1,
    cpu: given.cpu ?? 1,
    peak: given.peak ?? 100,
    code: 0,
    tags: 100,
    equal: given.equal ?? 100,
    upstream: { ...side, counts, bytesDown: given.down ?? 1_000 },
    mirror: { ...side, requests: given.mirrorRequests ?? 0, bytesUp: given.up ?? 1_000 },
  };
}

const CRANE = run({ seconds: 2, cpu: 1, down: 2_000, up: 1_000 });
const NEED = { manifests: 10, blobs: 900, down: 1_000, up: 1_000 };

function found(
  job: JobName,
  own: Given | readonly Given[],
  latency = 20,
  set: SetName = 'plain',
): Record<string, string> {
  const runs = new Map([
    ['Fresh Mirror', [own].flat().map(run)],
    ['crane cp -a -j 16', [CRANE]],
  ]);
  const bars = barsOf({ job, set, latency, runs, need: NEED });
  return Object.fromEntries(
    bars.map((bar) => [bar.what, `${bar.found} of ${bar.most}${isMet(bar) ? '' : ', missed'}`]),
  );
}

it('holds walls and CPU against the medians of crane', () => {
  const own = [
    { seconds: 1, cpu: 1 },
    { seconds: 9, cpu: 9 },
    { seconds: 1.2, cpu: 1.5 },
  ];
  expect(found('A', own)).toMatchObject({
    'wall, of crane cp -a -j 16': '0.6 of 0.6',
    'CPU, of crane cp -a -j 16': '1.5 of 1.8',
  });
});

it('holds memory and counts against the worst run', () => {
  expect(
    found('B', [
      { peak: 150, gets: 10 },
      { peak: 161, gets: 11 },
    ]),
  ).toMatchObject({
    'peak of the process tree, MB': '161 of 160, missed',
    'upstream manifest GETs beyond the distinct manifests': '1 of 0, missed',
  });
});

it('takes the worse of both sides for bytes', () => {
  expect(found('L', { down: 1_000, up: 1_100 })).toMatchObject({
    'bytes, of the unique bytes': '1.1 of 1.005, missed',
    'bytes, of crane cp -a -j 16': '1.1 of null',
  });
  expect(found('C', { down: 1_300, up: 650 })).toMatchObject({
    'bytes, of crane cp -a -j 16': '0.65 of 0.7',
  });
});

it.each([
  [0, 1],
  [20, 0.85],
  [80, 0.85],
])('at %d ms a first sync may take %d of crane', (latency, most) => {
  expect(found('B', { seconds: 2 }, latency)['wall, of crane cp -a -j 16']).toMatch(`1 of ${most}`);
});

it('counts requests to the mirror by tags', () => {
  expect(found('B', { mirrorRequests: 1_451 })['requests to the mirror a tag']).toBe('14.51 of 14.5, missed');
  expect(found('B', { mirrorRequests: 1_551 }, 20, 'shared')['requests to the mirror a tag']).toBe(
    '15.51 of 15.5, missed',
  );
});

it('no blob is read where both sides are one host, and no tag may be wrong', () => {
  expect(found('same-host', { blobGets: 1, equal: 99 })).toMatchObject({
    'blob GETs': '1 of 0, missed',
    'tags that are not right': '1 of 0, missed',
  });
});

it('promises nothing at other latencies, but for B', () => {
  expect(found('A', {}, 80)).toEqual({});
});

it('leaves out what needs a tool that did not run', () => {
  const runs = new Map([['Fresh Mirror', [run({})]]]);
  const bars = barsOf({ job: 'L', set: 'large-plain', latency: 20, runs, need: NEED });
  expect(bars.map(({ what }) => what)).toEqual([
    'bytes, of the unique bytes',
    'upstream manifest GETs beyond the distinct manifests',
    'peak of the process tree, MB',
    'tags that are not right',
  ]);
});

it.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (numbers, middle) => {
  expect(median(numbers)).toBe(middle);
});
