// The policy `referrers` beside everything else: globs, pins, subsets, rollback, several writers, registries that refuse.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import {
  attachThing,
  listedAt,
  manifestAt,
  NOTATION,
  repositoryAt,
  SPDX,
  type Thing,
  tagThing,
} from '../fakes/registries/attach.ts';
import { digestOf, list } from '../fakes/registries/oracle.ts';
import {
  available,
  type RegistryKind,
  type RunningRegistry,
  startRegistry,
} from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';
import { reasonsOf } from '../fakes/runner/stage.ts';

const APP = image('app');
const [AMD64] = APP.manifests.map(({ digest }) => digest) as [string];

let upstream: RunningRegistry;
let below: RunningRegistry;
let mirror: RunningProxy;
let sbom: Thing;
let childSbom: Thing;
let signature: Thing;

beforeAll(async () => {
  [upstream, below] = await Promise.all([startRegistry(), startRegistry({ deletes: true })]);
  mirror = await startProxy(below.host);
  const base = repositoryAt(upstream.url, 'lib/app');
  await push(upstream.url, 'lib/app', APP, ['1', '2']);
  await push(upstream.url, 'lib/app', image('other'), ['3']);
  sbom = await attachThing(base, APP.index.digest, 'sbom', SPDX);
  childSbom = await attachThing(base, AMD64, 'child', SPDX);
  signature = await tagThing(base, APP.index.digest, 'sig', ['upstream']);
});
afterAll(async () => {
  await mirror.stop();
  await Promise.all([upstream.stop(), below.stop()]);
});

type Entry = Readonly<Record<string, unknown>>;

function sync(to: string, more: Entry, inputs: Record<string, string> = {}): Promise<ActionResult> {
  const entry = { source: `${upstream.host}/lib/app`, to, 'new-tags': 'ignore', ...more };
  const config = JSON.stringify({
    mirror: `${mirror.host}/m`,
    defaults: { referrers: 'all' },
    images: [entry],
  });
  return runAction({ config, inputs });
}
const at = (to: string): string => repositoryAt(below.url, `m/${to}`);
const selected = (result: ActionResult): string[] =>
  (JSON.parse(result.outputs.copied ?? '[]') as { tag: string }[]).map(({ tag }) => tag).sort();

it('a glob selects images alone, and what is attached is neither new nor an orphan', async () => {
  const result = await sync('glob', { tags: ['*'], 'new-tags': 'report' });
  expect([result.outputs.status, selected(result)]).toEqual(['synced', ['1', '2', '3']]);
  expect(await list(`${below.host}/m/glob`)).toEqual(expect.arrayContaining([signature.tag]));
  const again = await sync('glob', { tags: ['*', '1'], 'new-tags': 'report' });
  expect([again.outputs.status, again.outputs['new-tags']]).toEqual(['fresh', '[]']);
  expect(again.summary).not.toMatch(/no entry keeps fresh|sha256-/);
});

it('a pin brings what is attached to its digest', async () => {
  const config = JSON.stringify({
    mirror: `${mirror.host}/m`,
    defaults: { referrers: ['sboms'], 'new-tags': 'ignore' },
    images: [`${upstream.host}/lib/app:1@${APP.index.digest}`],
  });
  const result = await runAction({ config });
  expect(result.outputs.status).toBe('synced');
  const base = repositoryAt(below.url, 'm/lib/app');
  expect([await listedAt(base, APP.index.digest), await listedAt(base, AMD64)]).toEqual([
    [sbom.digest],
    [childSbom.digest],
  ]);
});

it('a subset is said not to be covered; what is attached to its images travels, that of the index does not', async () => {
  const result = await sync('subset', { tags: ['1'], platforms: ['amd64'] });
  expect(result.outputs.status).toBe('synced');
  expect(result.summary).toContain("upstream's signatures of the whole image do not cover it");
  expect([await listedAt(at('subset'), AMD64), await listedAt(at('subset'), APP.index.digest)]).toEqual([
    [childSbom.digest],
    [],
  ]);
  expect(await manifestAt(at('subset'), signature.tag ?? '')).toBeNull();
  expect((await sync('subset', { tags: ['1'], platforms: ['amd64'] })).outputs.status).toBe('fresh');
});

describe.each(['keep', 'rollback'])('on-failure: %s', (policy) => {
  it.each([
    ['the list of what is attached', () => `sha256-${APP.index.digest.slice(7)}`],
    ['a manifest that is attached', () => sbom.digest],
    ["a tag of cosign's", () => signature.tag ?? ''],
  ])(
    'a tag stays where it is while the mirror refuses %s',
    async (_name, reference) => {
      const to = `refused-${policy}-${reference().slice(-9).replace('.', '-')}`;
      await push(below.url, `m/${to}`, image('before'), ['1', '3']);
      mirror.setFaults([
        {
          methods: ['PUT'],
          place: 'manifest',
          times: 'always',
          references: [reference()],
          effect: {
            kind: 'status',
            status: 400,
            error: { code: 'MANIFEST_INVALID', message: 'no subject here' },
          },
        },
      ]);
      const result = await sync(to, { tags: ['1', '3'], 'on-failure': policy });
      mirror.setFaults([]);
      const before = image('before').index.digest;
      expect(await digestOf(`${below.host}/m/${to}:1`)).toBe(before);
      expect(reasonsOf(result, 'failed').filter((row) => row.startsWith('1:'))).toHaveLength(1);
      expect(result.outputs.failed).toContain('could not be attached to');
      // The other tag of the repository goes on, or waits for it.
      const other = policy === 'keep' ? image('other').index.digest : before;
      expect(await digestOf(`${below.host}/m/${to}:3`)).toBe(other);
      expect((await sync(to, { tags: ['1', '3'], 'on-failure': policy })).outputs.status).toBe('synced');
      expect(await listedAt(at(to), APP.index.digest)).toEqual([sbom.digest]);
    },
    60_000,
  );
});

it("a mirror's own signature stays, and the tag says why it fails where upstream has another", async () => {
  await sync('own', { tags: ['1'] });
  const both = await tagThing(at('own'), APP.index.digest, 'sig', ['upstream', 'own']);
  expect((await sync('own', { tags: ['1'] })).outputs.status).toBe('fresh');
  expect((await manifestAt(at('own'), both.tag ?? ''))?.equals(both.bytes)).toBe(true);
  const own = await tagThing(at('own'), APP.index.digest, 'sig', ['own']);
  const result = await sync('own', { tags: ['1'] });
  expect(reasonsOf(result, 'failed')).toEqual(['1: conflict']);
  expect((await manifestAt(at('own'), own.tag ?? ''))?.equals(own.bytes)).toBe(true);
});

const KINDS = (['v3', 'debian'] as const).filter((kind: RegistryKind) => available(kind));
it.each(KINDS)(
  'what four runs attach to one image at once is all there in the end, on %s',
  async (kind) => {
    const registry = await startRegistry({ kind });
    const things: Thing[] = [];
    for (const team of ['a', 'b', 'c', 'd']) {
      await push(upstream.url, `team/${team}`, APP, ['1']);
      things.push(
        await attachThing(repositoryAt(upstream.url, `team/${team}`), APP.index.digest, team, NOTATION),
      );
    }
    try {
      for (const round of [1, 2, 3]) {
        const runs = ['a', 'b', 'c', 'd'].map((team) => {
          const source = `${upstream.host}/team/${team}`;
          const images = [{ source, to: `r${round}`, tags: ['1'], 'new-tags': 'ignore', referrers: 'all' }];
          return runAction({ config: JSON.stringify({ mirror: `${registry.host}/m`, images }) });
        });
        const results = await Promise.all(runs);
        expect(results.map(({ outputs }) => outputs.failed)).toEqual(['[]', '[]', '[]', '[]']);
        const listed = await listedAt(repositoryAt(registry.url, `m/r${round}`), APP.index.digest);
        expect(listed.toSorted()).toEqual(things.map(({ digest }) => digest).toSorted());
      }
    } finally {
      await registry.stop();
    }
  },
  120_000,
);
