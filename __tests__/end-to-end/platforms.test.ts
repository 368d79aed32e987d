// Platforms on real registries: every loss that Docker's official images really had, and what else may happen to an
// index. What the mirror serves is read by crane.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Image, type ImageOptions, image, push } from '../../demo/images.mjs';
import { ACCEPT } from '../../src/image/manifest/manifest.ts';
import { type RunningProxy, startProxy } from '../fakes/faults/proxy.ts';
import { digestOf, list, manifestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction, tagsIn } from '../fakes/runner/bundle.ts';

type Row = { tag: string; reason: string; lost?: string[]; kept?: string[]; line?: string };

let above: RunningRegistry;
let below: RunningRegistry;
let upstream: RunningProxy;
let mirror: RunningProxy;

beforeAll(async () => {
  [above, below] = await Promise.all([startRegistry(), startRegistry()]);
  [upstream, mirror] = await Promise.all([startProxy(above.host), startProxy(below.host)]);
});
afterAll(async () => {
  await Promise.all([upstream.stop(), mirror.stop()]);
  await Promise.all([above.stop(), below.stop()]);
});
beforeEach(() => {
  upstream.reset();
  mirror.reset();
});

/** JSON is YAML. `images` are entries of the repositories below `lib/` upstream. */
function sync(
  prefix: string,
  images: readonly object[],
  inputs: Record<string, string> = {},
): Promise<ActionResult> {
  const entries = images.map((one) => ({ ...one, source: `${upstream.host}/lib/${(one as Entry).source}` }));
  upstream.reset();
  mirror.reset();
  return runAction({
    config: JSON.stringify({ mirror: `${mirror.host}/${prefix}`, images: entries }),
    inputs,
  });
}

type Entry = { source: string };

function rows(result: ActionResult, output: string): Row[] {
  return JSON.parse(result.outputs[output] ?? 'null') as Row[];
}

type Index = {
  mediaType: string;
  annotations?: Record<string, string>;
  manifests?: { digest: string; platform: { os: string; architecture: string; variant?: string } }[];
};

async function indexAt(reference: string): Promise<Index> {
  return JSON.parse((await manifestOf(`${below.host}/${reference}`))?.toString() ?? '{}') as Index;
}

/** `linux/arm/v7`, in order, without attestations; what the index lists must be there. */
async function platformsAt(reference: string): Promise<string[]> {
  const { manifests = [] } = await indexAt(reference);
  const repository = reference.split(':')[0];
  for (const { digest } of manifests) {
    const headers = { accept: ACCEPT };
    const answer = await fetch(`${below.url}/v2/${repository}/manifests/${digest}`, {
      method: 'HEAD',
      headers,
    });
    expect(answer.headers.get('docker-content-digest')).toBe(digest);
  }
  return manifests
    .map(({ platform: { os, architecture, variant } }) =>
      [os, architecture, variant].filter(Boolean).join('/'),
    )
    .filter((one) => !one.startsWith('unknown'))
    .sort();
}

const small = (platforms: Record<string, string>, more: ImageOptions = {}): Image =>
  image('', { platforms, layerBytes: 64, ...more });

describe('the losses of Docker official images, 2021-12 to 2026-08', () => {
  type Event = { repository: string; date: string; lost: string[]; left?: string[] };
  const file = new URL('../data/official-images/arch-losses.json', import.meta.url);
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: Event[] };
  const NAMES: Readonly<Record<string, string>> = {
    arm32v5: 'linux/arm/v5',
    arm32v7: 'linux/arm/v7',
    arm64v8: 'linux/arm64/v8',
    i386: 'linux/386',
    'windows-amd64': 'windows/amd64:10.0.20348.2582',
  };
  const written = (names: readonly string[], symbol: string) =>
    Object.fromEntries(names.map((name) => [NAMES[name] ?? `linux/${name}`, symbol]));
  // Where the list does not say what was left, the two that every one of these images kept stand for it.
  const cases = events.map((event, at) => {
    const left = event.left ?? ['amd64', 'arm64v8'];
    const [old, fresh] = [written([...left, ...event.lost], `old ${at}`), written(left, `new ${at}`)];
    return {
      source: event.repository,
      tag: `${event.date}-${at}`,
      lost: event.lost.length,
      old: small(old),
      fresh: small(fresh),
    };
  });
  const entries = (policies: (at: number) => object = () => ({})) =>
    cases.map(({ source, tag }, at) => ({ source, tags: [tag], ...policies(at) }));
  const served = (prefix: string) =>
    Promise.all(cases.map(({ source, tag }) => platformsAt(`${prefix}/lib/${source}:${tag}`)));
  const before: string[][] = [];

  beforeAll(async () => {
    for (const { source, tag, old, fresh } of cases) {
      await push(above.url, `lib/${source}`, fresh, [tag]);
      for (const prefix of ['guarded', 'merged', 'let-go']) {
        await push(below.url, `${prefix}/lib/${source}`, old, [tag]);
      }
    }
    before.push(...(await served('guarded')));
  });

  it('are refused, each with the line that accepts it, and accepted by that line alone', async () => {
    const refused = await sync('guarded', entries());
    expect([refused.code, refused.outputs.status, mirror.traffic().writes]).toEqual([1, 'partial', 0]);
    const told = rows(refused, 'refused');
    expect(told.map((row) => [row.tag, row.reason, row.lost?.length])).toEqual(
      cases.map(({ tag, lost }) => [tag, 'platform-lost', lost]),
    );
    expect(await served('guarded')).toEqual(before);
    expect(refused.summary).toContain(`\`${told[0]?.line}\``);
    // The runner takes ten annotations of a kind.
    const errors = refused.commands.filter((one) => one.name === 'error').map((one) => one.data);
    expect(errors[0]).toContain(told[0]?.line);

    const lines = told.map((row) => /^expected-platforms: \[(.*)\]$/.exec(row.line ?? '')?.[1] ?? '');
    const expected = entries((at) => ({ 'expected-platforms': lines[at]?.split(', ') }));
    const accepted = await sync('guarded', expected);
    expect([accepted.code, accepted.outputs.status]).toEqual([0, 'synced']);
    expect(rows(accepted, 'copied').map((row) => row.lost)).toEqual(told.map((row) => row.lost));
    const digests = cases.map(({ source, tag }) => digestOf(`${below.host}/guarded/lib/${source}:${tag}`));
    expect(await Promise.all(digests)).toEqual(cases.map(({ fresh }) => fresh.index.digest));
    const again = await sync('guarded', expected);
    expect([again.outputs.status, mirror.traffic().writes, upstream.traffic().counts.manifestGet]).toEqual([
      'fresh',
      0,
      0,
    ]);
  });

  it('are merged with hybrid: no platform goes, and a second run has nothing to do', async () => {
    const merged = await sync('merged', entries(), { 'lost-platforms': 'hybrid' });
    expect([merged.code, merged.outputs.status, merged.outputs['copied-count']]).toEqual([
      0,
      'synced',
      `${cases.length}`,
    ]);
    expect(rows(merged, 'copied').map((row) => row.kept?.length)).toEqual(cases.map(({ lost }) => lost));
    expect(await served('merged')).toEqual(before);
    const again = await sync('merged', entries(), { 'lost-platforms': 'hybrid' });
    expect([again.outputs.status, mirror.traffic().writes, upstream.traffic().counts.manifestGet]).toEqual([
      'fresh',
      0,
      0,
    ]);
    expect(again.summary).toContain('0 days ago');
  });

  it('are copied and said with accept', async () => {
    const accepted = await sync('let-go', entries(), { 'lost-platforms': 'accept' });
    expect([accepted.code, accepted.outputs.status]).toEqual([0, 'synced']);
    expect(rows(accepted, 'copied').map((row) => row.lost?.length)).toEqual(cases.map(({ lost }) => lost));
    expect(accepted.summary).toContain('lost-platforms: accept');
  });
});

describe('a hybrid', () => {
  it('is replaced when upstream moves, keeps the day from which it keeps, and ends when the platform returns', async () => {
    const entry = [{ source: 'fedora', tags: ['40'], 'lost-platforms': 'hybrid' }];
    const at = 'h/lib/fedora:40';
    await push(above.url, 'lib/fedora', small({ 'linux/amd64': 'X1', 'linux/arm64': 'A1' }), ['40']);
    await sync('h', entry);
    const kept: (string | undefined)[] = [];
    for (const symbol of ['X2', 'X3']) {
      await push(above.url, 'lib/fedora', small({ 'linux/amd64': symbol }), ['40']);
      expect((await sync('h', entry)).outputs.status).toBe('synced');
      expect(await platformsAt(at)).toEqual(['linux/amd64', 'linux/arm64']);
      kept.push((await indexAt(at)).annotations?.['io.github.fresh-mirror.kept']);
    }
    expect(kept[0]).toContain('"platform":"linux/arm64"');
    expect(kept[1]).toBe(kept[0]);
    const whole = small({ 'linux/amd64': 'X4', 'linux/arm64': 'A4' });
    await push(above.url, 'lib/fedora', whole, ['40']);
    await sync('h', entry);
    expect(await digestOf(`${below.host}/${at}`)).toBe(whole.index.digest);
  });
});

describe('a subset', () => {
  const THREE = { 'linux/amd64': 'S', 'linux/arm64': 'S', 'linux/s390x': 'S' };

  it.each(['oci', 'docker'] as const)(
    'of an %s index keeps its kind, and attestations go with their images',
    async (mediaTypes) => {
      const whole = small(THREE, {
        attestations: mediaTypes === 'oci',
        mediaTypes,
        annotations: { by: 'upstream' },
      });
      await push(above.url, `lib/${mediaTypes}`, whole, ['1']);
      const entry = [{ source: mediaTypes, tags: ['1'], platforms: ['amd64', 'arm64'] }];
      expect((await sync('s', entry)).outputs.status).toBe('synced');
      const made = await indexAt(`s/lib/${mediaTypes}:1`);
      expect([made.mediaType, made.annotations?.by]).toEqual([whole.index.mediaType, 'upstream']);
      expect(made.manifests).toHaveLength(mediaTypes === 'oci' ? 4 : 2);
      expect(await platformsAt(`s/lib/${mediaTypes}:1`)).toEqual(['linux/amd64', 'linux/arm64']);
      const dropped = whole.manifests.find((one) => one.platform === 'linux/s390x');
      expect(await digestOf(`${below.host}/s/lib/${mediaTypes}@${dropped?.digest}`)).toBeNull();
      const again = await sync('s', entry);
      expect([again.outputs.status, mirror.traffic().writes, upstream.traffic().counts.manifestGet]).toEqual([
        'fresh',
        0,
        0,
      ]);
      expect(mirror.traffic().counts.manifestGet).toBe(1);
    },
  );

  it('that the registry refuses is unsupported for its tag alone', async () => {
    await push(above.url, 'lib/refused', small(THREE), ['1', '2']);
    const error = { code: 'MANIFEST_INVALID', message: 'annotations are not allowed' };
    mirror.setFaults([
      {
        methods: ['PUT'],
        place: 'tag-manifest',
        times: 'always',
        references: ['1'],
        effect: { kind: 'status', status: 400, error },
      },
    ]);
    const result = await sync('s', [{ source: 'refused', tags: ['1', '2'], platforms: ['amd64'] }]);
    mirror.setFaults([]);
    expect(rows(result, 'failed')).toMatchObject([{ tag: '1', reason: 'unsupported' }]);
    expect([result.outputs.status, tagsIn(result, 'copied')]).toEqual(['partial', ['2']]);
  });
});

describe('an unchanged tag', () => {
  it('is work when a policy is switched on, and fresh after it', async () => {
    const two = { 'linux/amd64': 'U', 'linux/arm64': 'U' };
    await push(above.url, 'lib/more', small(two), ['1']);
    await push(above.url, 'lib/tags', small(two), ['1']);
    await push(below.url, 'u/lib/kept', small(two), ['1']);
    await push(above.url, 'lib/kept', small({ 'linux/amd64': 'V' }), ['1']);
    const config = (more: object, tags: object, kept: object) => [
      { source: 'more', tags: ['1'], ...more },
      { source: 'tags', tags: ['1'], ...tags },
      { source: 'kept', tags: ['1'], ...kept },
    ];
    const first = config({ platforms: ['amd64'] }, {}, { 'lost-platforms': 'hybrid' });
    expect((await sync('u', first)).outputs.status).toBe('synced');
    expect((await sync('u', first)).outputs.status).toBe('fresh');

    const then = config(
      { platforms: ['amd64', 'arm64'] },
      { 'platform-tags': '{tag}-{machine}' },
      { 'lost-platforms': 'accept' },
    );
    const checked = await sync('u', then, { mode: 'check' });
    expect([checked.outputs.status, mirror.traffic().writes]).toEqual(['stale', 0]);
    const result = await sync('u', then);
    const done = rows(result, 'copied').map(({ tag, reason }) => `${tag} ${reason}`);
    expect(done).toEqual(['1 policy', '1-x86_64 policy', '1-aarch64 policy', '1 policy']);
    expect(await platformsAt('u/lib/more:1')).toEqual(['linux/amd64', 'linux/arm64']);
    expect(await list(`${below.host}/u/lib/tags`)).toEqual(['1', '1-aarch64', '1-x86_64']);
    expect(await platformsAt('u/lib/kept:1')).toEqual(['linux/amd64']);

    const again = await sync('u', then);
    expect([again.outputs.status, mirror.traffic().writes, upstream.traffic().counts.manifestGet]).toEqual([
      'fresh',
      0,
      0,
    ]);
  });
});

it('an index that becomes a plain manifest is refused; its platform is read from its config', async () => {
  const [single] = small({ 'linux/amd64': 'P' }).manifests;
  await push(above.url, 'lib/plain', small({ 'linux/amd64': 'P' }), ['1']);
  await push(below.url, 'p/lib/plain', small({ 'linux/amd64': 'O', 'linux/arm64': 'O' }), ['1']);
  const body = {
    method: 'PUT',
    headers: { 'content-type': single?.mediaType ?? '' },
    body: new Uint8Array(single?.bytes ?? []),
  };
  expect((await fetch(`${above.url}/v2/lib/plain/manifests/1`, body)).status).toBe(201);
  const result = await sync('p', [{ source: 'plain', tags: ['1'] }]);
  expect(rows(result, 'refused')).toMatchObject([
    { lost: ['linux/arm64'], line: 'expected-platforms: [linux/amd64]' },
  ]);
  expect(upstream.traffic().counts.blobGet).toBe(1);
  expect(
    (await sync('p', [{ source: 'plain', tags: ['1'], 'lost-platforms': 'hybrid' }])).outputs.status,
  ).toBe('synced');
  expect(await platformsAt('p/lib/plain:1')).toEqual(['linux/amd64', 'linux/arm64']);
});

it('two images for one tag of the mirror are a mistake that is told before anything is written', async () => {
  await push(above.url, 'lib/twice', small({ 'linux/amd64': 'T', 'linux/arm64': 'T' }), ['1']);
  await push(above.url, 'lib/twice', small({ 'linux/amd64': 'OTHER' }), ['1-amd64']);
  const result = await sync('t', [
    { source: 'twice', tags: ['1', '1-amd64'], 'platform-tags': '{tag}-{arch}' },
  ]);
  expect([result.code, result.outputs.status, mirror.traffic().writes]).toEqual([1, 'failed', 0]);
  expect(result.summary).toContain('makes the tag 1-amd64');
});
