// The action's column of the fault table (docs/faults.md): every case on both registries. On distribution v3 the
// mirror's tag holds an older image before, on 2.8.2 there is none.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Reason } from '../../src/base/errors/failure.ts';
import { FAULT_CASES, type FaultCase } from '../fakes/faults/faults.ts';
import { available, type RegistryKind } from '../fakes/registries/registries.ts';
import { type Contestant, contestant } from '../fakes/trials/contestants.ts';
import { inPool, openStage, play, type Stage, type Trial, type TrialOptions } from '../fakes/trials/trial.ts';

/** What a tag may truthfully be said to have failed of. Cases that are not here have to end in the right image. */
const REASONS: Readonly<Record<string, readonly Reason[]>> = {
  reset_midblob_always: ['network'],
  shortblob_always: ['network', 'corrupt'],
  corruptblob_always: ['corrupt'],
  altered_child_manifest_always: ['corrupt'],
  slowloris_blob_always: ['timeout'],
  private_404: ['not-found', 'gone'],
  private_401_nochallenge: ['denied'],
  private_403: ['denied'],
  dst_401_midway_put: ['denied'],
  dst_immutable_403: ['immutable'],
  dst_immutable_400_TAG_INVALID: ['immutable'],
  dst_readonly_405: ['unsupported'],
  dst_quota_403_blob: ['quota'],
  dst_507_blob: ['quota'],
  dst_put201_lie: ['corrupt'],
  dst_headlie_exists: ['foreign-change'],
  dst_immutable_412: ['immutable'],
  dst_immutability_400: ['immutable'],
  dst_locked_405: ['immutable'],
  dst_quota_upper_limit: ['quota'],
  dst_repository_missing: ['not-found'],
  token_expires_every_1: ['denied'],
  '401_loop': ['denied'],
};

/** Only the least rate ends it, attempt after attempt: here they are shorter still. */
const SLOWEST = 'slowloris_blob_always';
/**
 * A HEAD that lies about a tag which the mirror does not list is found out in any run; about an older image under that
 * tag, where fresh tags are looked into.
 */
const DEEP = { dst_headlie_exists: { verify: 'deep' } } as Readonly<Record<string, Record<string, string>>>;
/** Faults that may pass, so that trying on is right. The others of their kind have to end soon. */
const RETRIED = ['reset_midblob_always', SLOWEST];
const SOON = 30;
const LIMIT = 120_000;
const ACTION = contestant('action') as Contestant;

describe.each([
  ['v3', 'old'],
  ['debian', 'nothing'],
] as const)('%s', (kind: RegistryKind, before: TrialOptions['before']) => {
  const here = available(kind);
  let stage: Stage;
  let trials: Promise<Trial>[];
  beforeAll(async () => {
    if (!here) return;
    stage = await openStage(kind);
    const order = [...FAULT_CASES].sort((a, b) => lasts(b) - lasts(a));
    const started = inPool(order, 6, (one) => {
      const patience = one.name === SLOWEST ? 0.008 : 0.04;
      return play(stage, one, ACTION, `m${one.number}`, {
        before,
        patience,
        limit: LIMIT,
        inputs: before === 'old' ? (DEEP[one.name] ?? {}) : {},
      });
    });
    trials = FAULT_CASES.map((one) => started[order.indexOf(one)] as Promise<Trial>);
    // An error belongs to the test that waits for it.
    for (const trial of trials) trial.catch(() => undefined);
  });
  afterAll(async () => {
    await Promise.allSettled(trials ?? []);
    await stage?.stop();
  });

  (here ? it : it.skip).each(FAULT_CASES)(
    '$number $name',
    async (one) => {
      const trial = await (trials[one.number - 1] as Promise<Trial>);
      const { action } = trial.finish;
      expect([one.name, trial.verdict]).toEqual([one.name, expectedVerdict(one, trial)]);
      if (trial.verdict === 'landed') {
        expect(action?.outputs).toMatchObject({ status: 'synced', 'copied-count': '1', 'failed-count': '0' });
        return;
      }
      expect(action?.outputs).toMatchObject({ status: 'failed', copied: '[]', 'failed-count': '1' });
      const [row] = JSON.parse(action?.outputs.failed ?? '[]');
      expect(row).toMatchObject({ tag: '1.0', message: expect.stringMatching(/\w/) });
      expect(REASONS[one.name]).toContain(row.reason);
      if (!RETRIED.includes(one.name)) expect(trial.seconds).toBeLessThan(SOON);
    },
    LIMIT + 60_000,
  );
});

function expectedVerdict({ name, expect: asked }: FaultCase, { verdict }: Trial): Trial['verdict'] {
  if (asked === 'survives' || REASONS[name] === undefined) return 'landed';
  return verdict === 'landed' ? 'landed' : 'told';
}

/** What waits longest starts first. */
function lasts({ name }: FaultCase): number {
  if (RETRIED.includes(name)) return 2;
  return name in REASONS ? 1 : 0;
}
