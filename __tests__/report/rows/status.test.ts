import { expect, it } from '@jest/globals';
import {
  decideStatus,
  type FailOn,
  failsStep,
  type Status,
  type Tally,
  WORST_FIRST,
} from '../../../src/report/rows/status.ts';

const NOTHING: Tally = {
  writes: true,
  fresh: 0,
  stale: 0,
  copied: 0,
  failed: 0,
  refused: 0,
  deferred: 0,
  postponed: 0,
  rolledBack: 0,
  cancelled: false,
};

it.each<[Partial<Tally>, Status]>([
  [{ fresh: 3 }, 'fresh'],
  [{ fresh: 2, stale: 1, copied: 1 }, 'synced'],
  [{ fresh: 2, failed: 1 }, 'partial'],
  [{ copied: 600, stale: 612, failed: 12 }, 'partial'],
  [{ refused: 1 }, 'partial'],
  [{ deferred: 2, postponed: 2 }, 'deferred'],
  [{ deferred: 2 }, 'failed'],
  [{ fresh: 1, failed: 1, deferred: 2, rolledBack: 2 }, 'failed'],
  [{ fresh: 1, copied: 4, failed: 1, deferred: 2, rolledBack: 2 }, 'partial'],
  [{ fresh: 1, copied: 4, cancelled: true }, 'cancelled'],
  [{ failed: 1, cancelled: true }, 'cancelled'],
  [{ failed: 1, refused: 1 }, 'partial'],
  [{ failed: 4, stale: 4 }, 'failed'],
  [{}, 'failed'],
  [{ fresh: 1, deferred: 2 }, 'deferred'],
  [{ copied: 1, deferred: 2 }, 'deferred'],
  [{ writes: false, stale: 1 }, 'stale'],
  [{ writes: false, builds: { fresh: 2, stale: 0 } }, 'fresh'],
  [{ writes: false, builds: { fresh: 0, stale: 1 } }, 'stale'],
  [{ writes: false, failed: 1, builds: { fresh: 0, stale: 1 } }, 'partial'],
  [{ writes: false, failed: 1, builds: { fresh: 0, stale: 0 } }, 'failed'],
  [{ writes: false, fresh: 1, builds: { fresh: 0, stale: 1 } }, 'stale'],
  [{ writes: true, fresh: 1, builds: { fresh: 0, stale: 1 } }, 'fresh'],
  [{ writes: true, copied: 1, builds: { fresh: 0, stale: 1 } }, 'synced'],
  [{ writes: true, failed: 2, builds: { fresh: 1, stale: 1 } }, 'failed'],
  [{ writes: false, stale: 1, fresh: 9 }, 'stale'],
  [{ writes: false, stale: 1, failed: 1 }, 'partial'],
  [{ writes: false, failed: 1 }, 'failed'],
  [{ writes: false, fresh: 1 }, 'fresh'],
])('%j is %s', (tally, expected) => {
  expect(decideStatus({ ...NOTHING, ...tally })).toBe(expected);
});

it.each<[FailOn, string]>([
  ['failed', 'cancelled failed'],
  ['partial', 'cancelled failed partial'],
  ['stale', 'cancelled failed partial stale'],
  ['deferred', 'cancelled failed partial stale deferred'],
  ['new-tags', 'cancelled failed partial'],
  ['never', 'cancelled'],
])('fail-on %s fails the step for: %s', (failOn, expected) => {
  expect(WORST_FIRST.filter((status) => failsStep(status, failOn)).join(' ')).toBe(expected);
});
