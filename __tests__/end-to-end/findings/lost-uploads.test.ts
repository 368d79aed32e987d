// Uploads of large layers that get lost on the mirror: begun again where that helps, told where it does not, and never
// waited for without end. crane sends them, and would send the end of one fifty times.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Effect } from '../../fakes/faults/fault.ts';
import { largeImage } from '../../fakes/findings/large.ts';
import { type Contestant, contestant } from '../../fakes/trials/contestants.ts';
import { openStage, play, type Stage, type Trial } from '../../fakes/trials/trial.ts';

const LIMIT = 60_000;
const ACTION = contestant('action') as Contestant;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(
    'v3',
    largeImage('UPLOADS', { layers: ['uploads'], platforms: ['amd64', 'arm64'] }),
  );
});
afterAll(() => stage?.stop());

function trial(name: string, method: string, effect: Effect, times: number | 'always'): Promise<Trial> {
  const fault = { methods: [method], place: 'upload', times, effect } as const;
  const trouble = { name, expect: 'survives', side: 'mirror', fault, bearer: null } as const;
  const prefix = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  // The end of an upload may take five minutes: three of them.
  const patience = effect.kind === 'hang' ? 0.01 : 0.05;
  return play(stage, trouble, ACTION, prefix, { before: 'old', patience, limit: LIMIT });
}

const lost = (status: number, code = 'BLOB_UPLOAD_UNKNOWN'): Effect => ({
  kind: 'status',
  status,
  error: { code, message: 'no such upload' },
});
const answered = (status: number): Effect => ({ kind: 'alter', change: (answer) => ({ ...answer, status }) });

it.each([
  ['a part that is answered 404 once', 'PATCH', lost(404), 1],
  ['a part that is answered 416 once', 'PATCH', lost(416, 'BLOB_UPLOAD_INVALID'), 1],
  ['an end that is answered 404 once', 'PUT', lost(404), 1],
  ['ends that are answered 202', 'PUT', answered(202), 'always'],
] as const)(
  '%s: the image lands',
  async (name, method, effect, times) => {
    const { verdict, struck } = await trial(name, method, effect, times);
    expect(struck).toBeGreaterThan(0);
    expect(verdict).toBe('landed');
  },
  90_000,
);

it.each([
  ['ends that are always answered 404', lost(404), 'not-found'],
  ['ends that are answered 202 and not done', { kind: 'status', status: 202 }, 'corrupt'],
  ['ends that are never answered', { kind: 'hang' }, 'timeout'],
] as const)(
  '%s: told, after a bounded number of them',
  async (name, effect, reason) => {
    const { verdict, struck, finish } = await trial(name, 'PUT', effect, 'always');
    const [row] = JSON.parse(finish.action?.outputs.failed ?? '[]') as { reason: string }[];
    expect([verdict, row?.reason]).toEqual(['told', reason]);
    expect(struck).toBeLessThan(60);
  },
  90_000,
);
