// The order of test files: those that take longest first, so that no worker begins one when the others are done. jest knows how
// long each took on this machine; where it does not yet, as in a fresh clone, long-tests.json does. Only the order hangs on it.

import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/** Seconds that files took on two cores; the others took less than fifteen. */
const SECONDS = JSON.parse(readFileSync(new URL('long-tests.json', import.meta.url), 'utf8'));
const OTHERS = 2;

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const weight = (test) => this.time(test) ?? 1_000 * secondsOf(test.path);
    const failed = (test) => Number(this.hasFailed(test));
    return super.sort(tests).toSorted((a, b) => failed(b) - failed(a) || weight(b) - weight(a));
  }
}

function secondsOf(path) {
  const [, name = ''] = /__tests__\/(.*)\.test\.ts$/.exec(path) ?? [];
  return SECONDS[name] ?? OTHERS;
}
