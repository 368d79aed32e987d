// What the policy `referrers` costs in requests, counted by proxies in front of real registries.

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { attachThing, NOTATION, repositoryAt, tagThing } from '../fakes/registries/attach.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';

const PLAIN = ['p1', 'p2', 'p3'];
const SIGNED = ['s1', 's2', 's3'];
/** Of each image: the index and its two platforms. */
const DIGESTS = 3;

const running: RunningRegistry[] = [];
let upstream: RunningProxy;
let mirror: RunningProxy;

beforeAll(async () => {
  running.push(await startRegistry({ kind: 'referrers' }), await startRegistry());
  const [above, below] = running as [RunningRegistry, RunningRegistry];
  for (const tag of [...PLAIN, ...SIGNED]) {
    const made = image(tag);
    await push(above.url, 'lib/app', made, [tag]);
    const base = repositoryAt(above.url, 'lib/app');
    if (!SIGNED.includes(tag)) continue;
    // A registry with the API lists it by itself; the index beside it is what nobody asks for then.
    await attachThing(base, made.index.digest, `bundle of ${tag}`, NOTATION);
    await tagThing(base, made.index.digest, 'sig', [tag]);
  }
  [upstream, mirror] = [await startProxy(above.host), await startProxy(below.host)];
});
afterAll(async () => {
  await upstream.stop();
  await mirror.stop();
  for (const registry of running) await registry.stop();
});

async function run(tags: readonly string[], more: object, mode = 'sync'): Promise<ActionResult> {
  upstream.reset();
  mirror.reset();
  const entry = { source: `${upstream.host}/lib/app`, tags, 'new-tags': 'ignore', ...more };
  const config = JSON.stringify({ mirror: `${mirror.host}/m`, images: [entry] });
  return runAction({ config, inputs: { mode } });
}

/** `METHOD kind` of each request of one side, with how often; greetings apart. */
function asked({ traffic }: RunningProxy): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, kind, path } of traffic().requests) {
    if (kind === 'ping') continue;
    const what = path.includes('/referrers/') ? 'referrers' : kind;
    counts[`${method} ${what}`] = (counts[`${method} ${what}`] ?? 0) + 1;
  }
  return counts;
}

it('without the policy: one HEAD a tag on each side, and nothing else, whatever is attached', async () => {
  await run([...PLAIN, ...SIGNED], {});
  for (const more of [{}, { referrers: 'none' }]) {
    const result = await run([...PLAIN, ...SIGNED], more);
    expect(result.outputs.status).toBe('fresh');
    expect([asked(upstream), asked(mirror)]).toEqual([{ 'HEAD manifest': 6 }, { 'HEAD manifest': 6 }]);
  }
});

it('check tells what is lacking and writes nothing', async () => {
  const result = await run(SIGNED, { referrers: 'all' }, 'check');
  const rows = JSON.parse(result.outputs.stale ?? '[]') as object[];
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatchObject({ tag: 's1', reason: 'referrer', attached: 2 });
  expect(result.summary).toContain('2 attached');
  expect(mirror.traffic().writes).toBe(0);
});

it('where nothing is attached: one request a digest, a list a repository, and the index read on the mirror', async () => {
  const result = await run(PLAIN, { referrers: 'all' });
  expect(result.outputs.status).toBe('fresh');
  expect(asked(upstream)).toEqual({ 'HEAD manifest': 3, 'GET list': 1, 'GET referrers': 3 * DIGESTS });
  expect(asked(mirror)).toEqual({ 'HEAD manifest': 3, 'GET manifest': 3 });
});

it('where all is there: one request more on each side for what is attached, and no manifest is read upstream', async () => {
  expect((await run(SIGNED, { referrers: 'all' })).outputs.status).toBe('synced');
  const result = await run(SIGNED, { referrers: 'all' });
  expect([result.outputs.status, result.outputs.stale]).toEqual(['fresh', '[]']);
  // Two manifests are attached to each index: each may have something attached itself.
  expect(asked(upstream)).toEqual({
    'HEAD manifest': 3 + 3,
    'GET list': 1,
    'GET referrers': 3 * (DIGESTS + 2),
  });
  // distribution has no referrers API: it is asked, and then its fall-back index is read.
  expect(asked(mirror)).toEqual({
    'HEAD manifest': 3 + 3,
    'GET list': 1,
    'GET referrers': 3,
    'GET manifest': 3 + 3,
  });
});

it('through a cache, whose list is not to be relied upon, each tag of cosign is asked for', async () => {
  upstream.reset();
  const entry = { source: 'docker.io/lib/app', tags: PLAIN, 'new-tags': 'ignore', referrers: 'all' };
  const config = { mirror: `${mirror.host}/m`, 'read-from': { 'docker.io': upstream.host }, images: [entry] };
  const result = await runAction({ config: JSON.stringify(config) });
  expect(result.outputs.status).toBe('fresh');
  expect(asked(upstream)).toEqual({ 'HEAD manifest': 3 + 3 * DIGESTS * 3, 'GET referrers': 3 * DIGESTS });
});
