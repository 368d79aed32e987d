// cosign's own library signs and attests upstream; after a run of the bundle the same library verifies on the mirror.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type Cosign, type Format, startCosign, type What } from '../fakes/registries/cosign.ts';
import { list } from '../fakes/registries/oracle.ts';
import {
  available,
  type RegistryKind,
  type RunningRegistry,
  startRegistry,
} from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';

const FORMATS: readonly Format[] = ['old', 'new'];
const WHATS: readonly What[] = ['signature', 'attestation'];
const PLATFORMS = ['one', 'many'] as const;
type Platforms = (typeof PLATFORMS)[number];

/** Upstreams by fall-back index, by the referrers API; mirrors likewise, distribution 2.8.2 where it is installed. */
const UPSTREAMS: readonly RegistryKind[] = ['v3', 'referrers'];
const MIRRORS = (['v3', 'debian', 'referrers'] as const).filter(available);

const CASES = PLATFORMS.flatMap((platforms) =>
  WHATS.flatMap((what) => FORMATS.map((format) => ({ platforms, what, format }))),
);
type Case = (typeof CASES)[number];

let cosign: Cosign;
const running = new Map<string, RunningRegistry>();

const nameOf = ({ platforms, what, format }: Case): string => `${platforms}-${what}-${format}`;
const digests = new Map<string, string[]>();

/** Pushes an image of one or of two platforms; its digest, and those of its images where it is an index. */
async function publish(
  url: string,
  repository: string,
  tag: string,
  platforms: Platforms,
): Promise<string[]> {
  const made = image(tag, platforms === 'one' ? { platforms: { 'linux/amd64': tag } } : {});
  await push(url, repository, made, [tag]);
  const [first] = made.manifests;
  if (platforms === 'many' || first === undefined) {
    return [made.index.digest, ...made.manifests.map(({ digest }) => digest)];
  }
  const headers = { 'content-type': first.mediaType };
  await fetch(`${url}/v2/${repository}/manifests/${tag}`, { method: 'PUT', headers, body: first.bytes });
  return [first.digest];
}

beforeAll(async () => {
  cosign = await startCosign();
  for (const kind of UPSTREAMS) {
    const registry = await startRegistry({ kind });
    running.set(`up ${kind}`, registry);
    for (const one of CASES) {
      const all = await publish(registry.url, 'lib/app', nameOf(one), one.platforms);
      digests.set(nameOf(one), all);
      // cosign attests one digest at a time, and signs all of them.
      const subjects = one.what === 'signature' ? all.slice(0, 1) : all;
      for (const digest of subjects) {
        await cosign.attach(`${registry.host}/lib/app@${digest}`, one.what, one.format);
      }
    }
  }
  for (const kind of MIRRORS) running.set(`mirror ${kind}`, await startRegistry({ kind }));
}, 600_000);
afterAll(async () => {
  for (const registry of running.values()) await registry.stop();
  await cosign.stop();
});

function at(name: string): RunningRegistry {
  const registry = running.get(name);
  if (registry === undefined) throw new Error(`${name} is not running`);
  return registry;
}

function sync(
  upstream: RegistryKind,
  mirror: RegistryKind,
  more: object,
  to = upstream,
): Promise<ActionResult> {
  const source = `${at(`up ${upstream}`).host}/lib/app`;
  const entry = { source, to: `${to}/app`, tags: CASES.map(nameOf), 'new-tags': 'ignore', ...more };
  return runAction({
    config: JSON.stringify({ mirror: `${at(`mirror ${mirror}`).host}/m`, images: [entry] }),
  });
}

describe.each(MIRRORS)('a mirror on %s', (mirror) => {
  describe.each(UPSTREAMS)('of an upstream on %s', (upstream) => {
    it('gets every signature and attestation before its tags, and is fresh then', async () => {
      const result = await sync(upstream, mirror, { referrers: 'all' });
      expect([result.outputs.status, result.outputs.failed]).toEqual(['synced', '[]']);
      const again = await sync(upstream, mirror, { referrers: 'all' });
      expect([again.outputs.status, again.outputs.stale]).toEqual(['fresh', '[]']);
    }, 120_000);

    it.each(CASES)(
      'verifies there: $what of $platforms platform(s), $format format',
      async (one) => {
        const all = digests.get(nameOf(one)) ?? [];
        const name = `${at(`mirror ${mirror}`).host}/m/${upstream}/app`;
        for (const digest of all) {
          const { code, words } = await cosign.verify(`${name}@${digest}`, one.what, one.format);
          expect([code, code === 0 ? '' : words]).toEqual([0, '']);
        }
      },
      120_000,
    );
  });
});

it('brings nothing of it without the policy, and what was left out later, tags as they are', async () => {
  const name = `${at('mirror v3').host}/m/later/app`;
  await sync('v3', 'v3', {}, 'later' as RegistryKind);
  expect((await list(name)).filter((tag) => tag.startsWith('sha256-'))).toEqual([]);
  const signed = await sync('v3', 'v3', { referrers: 'signatures' }, 'later' as RegistryKind);
  type Row = { tag: string; reason: string };
  const rows = JSON.parse(signed.outputs.copied ?? '[]') as Row[];
  const asked = CASES.filter(({ what }) => what === 'signature').map(nameOf);
  expect(rows.map(({ tag, reason }) => `${tag} ${reason}`)).toEqual(asked.map((tag) => `${tag} referrer`));
  const [attested] = CASES.filter(({ what }) => what === 'attestation');
  const [digest = ''] = digests.get(nameOf(attested as Case)) ?? [];
  expect((await cosign.verify(`${name}@${digest}`, 'attestation', 'old')).code).not.toBe(0);
}, 120_000);
