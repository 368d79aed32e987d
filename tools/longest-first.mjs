// The order of test files where nobody has measured them on this machine yet, as in a fresh clone: the long ones first
// (long-tests.json), so that no worker begins one when the others are done. Afterwards jest knows how long each took, and goes by
// that. Only the order hangs on the list.

import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

const LONG = JSON.parse(readFileSync(new URL('long-tests.json', import.meta.url), 'utf8'));

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    return sorted.toSorted((a, b) => placeOf(a.path) - placeOf(b.path));
  }
}

function placeOf(path) {
  const at = LONG.findIndex((name) => path.endsWith(`__tests__/${name}.test.ts`));
  return at === -1 ? LONG.length : at;
}
