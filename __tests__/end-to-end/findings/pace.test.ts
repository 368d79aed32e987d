// Finding 23: `requests-per-second` and `concurrency` hold for every request to a host, those of crane too.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { push } from '../../../demo/images.mjs';
import { type Gate, type Hook, startGate } from '../../fakes/network/gate.ts';
import { plainImage } from '../../fakes/registries/plain.ts';
import { configOf, endOf, openStage, runWithin, type Stage } from '../../fakes/runner/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = openStage();
});
afterEach(() => stage.close());

const RATE = 10;

/** The most requests in any second, whenever it begins. */
function busiest({ heard }: Gate): number {
  const counts = heard.map((from) => heard.filter(({ at }) => at >= from.at && at < from.at + 1000).length);
  return Math.max(0, ...counts);
}

it.each(['upstream', 'the mirror'])(
  'finding 23: ten requests a second and one at once hold for %s',
  async (side) => {
    const [upstream, mirror] = [await stage.registry(), await stage.registry()];
    const tags = ['1', '2', '3'];
    // Of the third image a layer is large enough to be crane's.
    for (const tag of tags) {
      await push(upstream.url, 'lib/app', plainImage(tag, tag === '3' ? 5_000_000 : 1024), [tag]);
    }
    let now = 0;
    let most = 0;
    const count: Hook = (_heard, response) => {
      now += 1;
      most = Math.max(most, now);
      response.once('close', () => {
        now -= 1;
      });
      return false;
    };
    const target = side === 'upstream' ? upstream : mirror;
    const gate = stage.keep(await startGate({ target: target.host, hook: count }));
    const [from, to] = side === 'upstream' ? [gate.host, mirror.host] : [upstream.host, gate.host];
    const more = `registries: { "${gate.host}": { requests-per-second: ${RATE}, concurrency: 1 } }`;
    const result = await runWithin(28, { config: configOf(`${from}/lib/app`, to, tags, more) });
    expect(endOf(result)).toBe('exit 0, status synced');
    // A burst at the edge of a second is fair.
    expect(busiest(gate)).toBeLessThanOrEqual(RATE + 3);
    expect(most).toBe(1);
  },
);
