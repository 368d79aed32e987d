// What the action owes where it moves blobs itself and lets crane move the large ones: each blob once, mounts instead of
// uploads, and no image that is less than whole, whatever a mount, an upload or a crane says.

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Image, image, push } from '../../../demo/images.mjs';
import type { Fault } from '../../fakes/faults/fault.ts';
import { startProxy } from '../../fakes/faults/proxy.ts';
import { type StubCrane, stubCrane } from '../../fakes/findings/crane.ts';
import { LARGE, largeImage, layer } from '../../fakes/findings/large.ts';
import { runWithin } from '../../fakes/findings/limited.ts';
import { openPair, type Pair } from '../../fakes/findings/pair.ts';
import { missingFrom } from '../../fakes/findings/whole.ts';

const FAST = { FRESH_MIRROR_PATIENCE: '0.04' };

let pair: Pair;
let round = 0;
let cranes: StubCrane[] = [];
beforeAll(async () => {
  pair = await openPair();
});
beforeEach(() => {
  pair.calm();
  round += 1;
});
afterEach(() => {
  for (const crane of cranes.splice(0)) crane.remove();
});
afterAll(() => pair.stop());

function crane(script: string): StubCrane {
  const made = stubCrane(script);
  cranes = [...cranes, made];
  return made;
}

type Images = Readonly<Record<string, Image>>;

/** Pushes each image into an upstream repository of its own, and runs one sync of all of them. */
async function sync(images: Images, stub?: StubCrane) {
  for (const [name, made] of Object.entries(images))
    await push(pair.source.url, `r${round}/${name}`, made, ['1']);
  const entries = Object.keys(images).map((name) => `  - "${pair.above.host}/r${round}/${name}:1"`);
  const result = await runWithin({
    config: `mirror: ${pair.below.host}/m\nimages:\n${entries.join('\n')}\n`,
    env: FAST,
    ...(stub === undefined ? {} : { inputs: { 'crane-path': stub.path } }),
  });
  const lost: string[] = [];
  for (const [name, made] of Object.entries(images))
    lost.push(...(await missingFrom(pair.mirror, `m/r${round}/${name}`, '1', made)));
  return { result, lost };
}

/** How often a blob was asked for upstream, started ones included. */
function readsOf(digest: string): number {
  return pair.above.traffic().requests.filter((one) => one.method === 'GET' && one.reference === digest)
    .length;
}

function blobReads(): number {
  return pair.above.traffic().counts.blobGet;
}

function mounts(): number {
  return pair.below.traffic().requests.filter((one) => one.mount !== null).length;
}

/** Two repositories with one image each that have all blobs in common but the configs. */
function twins(): Images {
  const layers = { layers: [], small: [`base ${round}`, `tools ${round}`, `app ${round}`] };
  return { one: largeImage('one', layers), two: largeImage('two', layers) };
}

const SYNCED = { hung: false, status: 'synced', failed: [], lost: [] };

function ending({ result, lost }: Awaited<ReturnType<typeof sync>>) {
  return { hung: result.hung, status: result.outputs.status, failed: result.failed, lost };
}

it('two repositories that share layers: each blob is read once, the mirror mounts the rest', async () => {
  const end = await sync(twins());
  expect(ending(end)).toEqual(SYNCED);
  expect([blobReads(), mounts()]).toEqual([5, 3]);
});

it('upstream is asked once for each manifest', async () => {
  await sync({ app: image(`manifests ${round}`) });
  expect(pair.above.traffic().counts.manifestGet).toBe(3);
});

const MOUNTS: readonly (readonly [string, Fault['effect'], number])[] = [
  ['refused with 202', { kind: 'refuse-mount' }, 8],
  ['refused with 403', { kind: 'status', status: 403, error: { code: 'DENIED', message: 'no' } }, 8],
  ['accepted with 201, and has nothing', { kind: 'claim-mounted' }, 10],
];

it.each(MOUNTS)('a mount that is %s: both images are whole', async (_name, effect, most) => {
  pair.below.setFaults([{ methods: ['POST'], place: 'mount', times: 'always', effect }]);
  expect(ending(await sync(twins()))).toEqual(SYNCED);
  expect(pair.below.traffic().struck[0]).toBeGreaterThan(0);
  expect(blobReads()).toBeLessThanOrEqual(most);
});

it('a shared small blob whose PUT fails twice with 500: the followers wait, both images are whole', async () => {
  const effect = { kind: 'status', status: 500 } as const;
  pair.below.setFaults([{ methods: ['PUT'], place: 'upload', times: 2, effect }]);
  expect(ending(await sync(twins()))).toEqual(SYNCED);
  expect(pair.below.traffic().struck[0]).toBe(2);
  // Five blobs, and what was lost with the two uploads.
  expect(blobReads()).toBeLessThanOrEqual(7);
});

/** Two repositories whose images share a large layer and have small ones of their own. */
function largeTwins(): Images {
  const layers = [`large ${round}`];
  return {
    one: largeImage('one', { layers, small: [`one ${round}`] }),
    two: largeImage('two', { layers, small: [`two ${round}`] }),
  };
}

it('a large layer of two repositories is read once, by crane, and mounted', async () => {
  const watched = crane('');
  expect(ending(await sync(largeTwins(), watched))).toEqual(SYNCED);
  expect([readsOf(layer(`large ${round}`, LARGE).digest), mounts() > 0]).toEqual([1, true]);
  const copies = watched.calls().filter(([command]) => command === 'copy');
  expect(copies.length).toBe(1);
});

it('crane fails once while two images wait for one large layer: the layer is read twice at most', async () => {
  pair.above.setFaults([
    {
      methods: ['GET'],
      place: 'blob',
      times: 1,
      references: [layer(`large ${round}`, LARGE).digest],
      effect: { kind: 'reset-mid' },
    },
  ]);
  expect(ending(await sync(largeTwins()))).toEqual(SYNCED);
  expect(pair.above.traffic().struck[0]).toBe(1);
  expect(readsOf(layer(`large ${round}`, LARGE).digest)).toBeLessThanOrEqual(2);
});

it('a leader that is killed while followers wait: the others take over, and nothing goes twice', async () => {
  const killed = crane('[ "$COUNT" -gt 0 ] || kill -9 $$');
  expect(ending(await sync(largeTwins(), killed))).toEqual(SYNCED);
  const copies = killed.calls().filter(([command]) => command === 'copy');
  expect(copies.length).toBe(2);
  expect(readsOf(layer(`large ${round}`, LARGE).digest)).toBe(1);
});

it('a leader that fails for good fails each tag that needs the layer, and no other', async () => {
  const effect = { kind: 'status', status: 403, error: { code: 'DENIED', message: 'no' } } as const;
  const references = [layer(`large ${round}`, LARGE).digest];
  pair.above.setFaults([{ methods: ['GET'], place: 'blob', times: 'always', references, effect }]);
  const { result } = await sync({ ...largeTwins(), other: image(`other ${round}`) });
  expect([result.hung, result.outputs.status, result.outputs['copied-count']]).toEqual([
    false,
    'partial',
    '1',
  ]);
  expect(result.failed.map(({ reason }) => reason)).toEqual(['denied', 'denied']);
  // A refusal is final: no third image, no fourth attempt.
  expect(pair.above.traffic().struck[0]).toBeLessThanOrEqual(4);
});

it('source and mirror on one host: no blob is read', async () => {
  const proxy = await startProxy(pair.source.host);
  try {
    const images: Images = {
      small: image(`same ${round}`),
      large: largeImage('same', { layers: [`same ${round}`], small: ['same'] }),
    };
    for (const [name, made] of Object.entries(images))
      await push(pair.source.url, `r${round}/${name}`, made, ['1']);
    const entries = Object.keys(images).map((name) => `  - "${proxy.host}/r${round}/${name}:1"`);
    const config = `mirror: ${proxy.host}/same\nimages:\n${entries.join('\n')}\n`;
    const result = await runWithin({ config, env: FAST });
    expect([result.hung, result.outputs.status, result.failed]).toEqual([false, 'synced', []]);
    const { blobGet, uploadPut, uploadPatch } = proxy.traffic().counts;
    expect({ blobGet, uploadPut, uploadPatch }).toEqual({ blobGet: 0, uploadPut: 0, uploadPatch: 0 });
    for (const [name, made] of Object.entries(images))
      expect(await missingFrom(pair.source, `same/r${round}/${name}`, '1', made)).toEqual([]);
  } finally {
    await proxy.stop();
  }
});
