// The policy `referrers` in the story: what becomes work, what is refused, in which order it is brought.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import type { Policies } from '../../../src/config/policies/policy.ts';
import { fallbackIndex, referrerEntry } from '../../../src/image/manifest/fallback-index.ts';
import { type ManifestBody, OCI_INDEX, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import { cosignTags, fallbackTag } from '../../../src/image/manifest/referrers.ts';
import { type Digest, digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { type Plan, type PlannedTag, stepsOf } from '../../../src/plan/steps/step.ts';
import { apply } from '../../../src/run/apply/apply.ts';
import { withReferrers } from '../../../src/run/referrers/look.ts';
import { MIRROR, PULL, policies, RUBY, wanted } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

const SPDX = 'application/spdx+json';
const SIG = 'dev.cosignproject.cosign/signature';

function json(mediaType: string, fields: object): ManifestBody {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  return { digest: digestOf(bytes), mediaType, bytes };
}
const point = ({ digest, mediaType, bytes }: ManifestBody) => ({ mediaType, digest, size: bytes.length });
const blob = (text: string): ManifestBody => {
  const bytes = Buffer.from(text);
  return { digest: digestOf(bytes), mediaType: 'application/x', bytes };
};

const CONFIG = blob('config');
const LAYER = blob('layer');
const CHILD = json(OCI_MANIFEST, { config: point(CONFIG), layers: [point(LAYER)] });
const IMAGE = json(OCI_INDEX, { manifests: [point(CHILD)] });

const attachedBy = (subject: Digest, name: string, artifactType = SPDX): ManifestBody =>
  json(OCI_MANIFEST, {
    artifactType,
    config: point(CONFIG),
    layers: [point(LAYER)],
    subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 },
    annotations: { name },
  });
const SBOM = attachedBy(IMAGE.digest, 'sbom');
const SIGNED_SBOM = attachedBy(SBOM.digest, 'signature', 'application/vnd.cncf.notary.signature');
const CHILD_SBOM = attachedBy(CHILD.digest, 'child');
const sig = (...signatures: string[]): ManifestBody =>
  json(OCI_MANIFEST, {
    config: point(CONFIG),
    layers: signatures.map((one) => ({ ...point(LAYER), annotations: { [SIG]: one } })),
  });
const sigTag = (digest: Digest): string => cosignTags(digest)[0]?.tag ?? '';

type Side = 'upstream' | 'mirror';
const nameOf = (side: Side) => (side === 'upstream' ? PULL : MIRROR);

function put(doors: MemoryDoors, side: Side, ...bodies: ManifestBody[]): void {
  for (const body of bodies) doors[side].held.set(lookUp(nameOf(side), body.digest), body);
}
function tag(doors: MemoryDoors, side: Side, name: string, body: ManifestBody): void {
  put(doors, side, body);
  doors[side].held.set(lookUp(nameOf(side), name), body);
}
function list(doors: MemoryDoors, side: Side, subject: Digest, ...bodies: ManifestBody[]): void {
  put(doors, side, ...bodies);
  tag(doors, side, fallbackTag(subject), fallbackIndex(null, bodies.map(referrerEntry)));
}

/** Upstream has the image with an SBOM, its signature, an SBOM of its child, and a tag of cosign's. */
function stage(): MemoryDoors {
  const doors = memoryDoors();
  put(doors, 'upstream', CONFIG, LAYER, CHILD, IMAGE);
  tag(doors, 'upstream', '1', IMAGE);
  list(doors, 'upstream', IMAGE.digest, SBOM);
  list(doors, 'upstream', SBOM.digest, SIGNED_SBOM);
  list(doors, 'upstream', CHILD.digest, CHILD_SBOM);
  tag(doors, 'upstream', sigTag(IMAGE.digest), sig('a'));
  return doors;
}
function mirrored(doors: MemoryDoors): MemoryDoors {
  put(doors, 'mirror', CONFIG, LAYER, CHILD, IMAGE);
  tag(doors, 'mirror', '1', IMAGE);
  return doors;
}

const asking = (more: Partial<Policies> = {}) =>
  wanted('1', { policies: policies({ referrers: 'all', ...more }) });
const fresh = (more: Partial<Policies> = {}): Plan => ({
  tags: [{ wanted: asking(more), kind: 'fresh', digest: IMAGE.digest }],
  patterns: [],
});
const stale = (more: Partial<Policies> = {}): Plan => {
  const moves = [{ tag: '1', expected: null, manifest: IMAGE }];
  const step = {
    source: RUBY,
    pull: PULL,
    mirror: MIRROR,
    bring: [IMAGE.digest],
    moves,
    reason: 'missing',
  } as const;
  return { tags: [{ wanted: asking(more), kind: 'stale', step, doubt: null }], patterns: [] };
};
const callsOf = ({ upstream, mirror }: MemoryDoors): string[] => [...upstream.calls, ...mirror.calls];
const writesTo = ({ mirror }: MemoryDoors): string[] =>
  mirror.calls
    .filter((call) => call.startsWith('put'))
    .map((call) => call.replace(`put ${formatName(MIRROR)}`, '').replace(/^[:@]/, ''));
async function looked(plan: Plan, doors: MemoryDoors): Promise<PlannedTag | undefined> {
  return (await withReferrers(plan, doors)).plan.tags[0];
}

describe('without the policy', () => {
  it('nothing is asked, and the plan is the same', async () => {
    const doors = mirrored(stage());
    const plan: Plan = { ...fresh(), tags: [{ wanted: wanted('1'), kind: 'fresh', digest: IMAGE.digest }] };
    const { plan: after, notices } = await withReferrers(plan, doors);
    expect(after).toBe(plan);
    expect([notices, callsOf(doors)]).toEqual([[], []]);
  });
});

describe('a fresh tag', () => {
  it('that lacks what is attached is work, and its tag stays as it is', async () => {
    const doors = mirrored(stage());
    const { plan } = await withReferrers(fresh(), doors);
    expect(plan.tags[0]).toMatchObject({ kind: 'stale', step: { reason: 'referrer', bring: [] } });
    const outcomes = await apply(plan, doors);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['copied']);
    const puts = writesTo(doors);
    expect(puts).not.toContain('1');
    expect(puts).toEqual([
      fallbackTag(IMAGE.digest),
      sigTag(IMAGE.digest),
      fallbackTag(CHILD.digest),
      fallbackTag(SBOM.digest),
    ]);
  });

  it('that has all of it is fresh', async () => {
    const doors = mirrored(stage());
    await apply((await withReferrers(fresh(), doors)).plan, doors);
    // Another run.
    const later = memoryDoors();
    for (const [key, body] of doors.upstream.held) later.upstream.held.set(key, body);
    for (const [key, body] of doors.mirror.held) later.mirror.held.set(key, body);
    expect(await looked(fresh(), later)).toMatchObject({ kind: 'fresh' });
    // With `verify: deep` it is looked into: what the mirror lists and has lost comes again.
    later.mirror.held.delete(lookUp(MIRROR, SIGNED_SBOM.digest));
    const again = memoryDoors();
    for (const [key, body] of later.upstream.held) again.upstream.held.set(key, body);
    for (const [key, body] of later.mirror.held) again.mirror.held.set(key, body);
    expect(await looked(fresh(), again)).toMatchObject({ kind: 'fresh' });
    expect(await looked(fresh({ verify: 'deep' }), again)).toMatchObject({
      kind: 'stale',
      step: { attach: [{ subject: SBOM.digest, manifests: [SIGNED_SBOM] }] },
    });
  });

  it('gets only what is asked for, and what is attached to that', async () => {
    const doors = mirrored(stage());
    const tags = await looked(fresh({ referrers: ['sboms'] }), doors);
    expect(tags).toMatchObject({
      step: {
        attach: [
          { manifests: [SBOM], tags: [] },
          { manifests: [CHILD_SBOM], tags: [] },
        ],
      },
    });
  });
});

describe('a stale tag', () => {
  it('moves after everything that is attached, which comes after its image', async () => {
    const doors = stage();
    const { plan } = await withReferrers(stale(), doors);
    await apply(plan, doors);
    expect(doors.copies.map((copy) => copy.split('@')[1])).toEqual([
      IMAGE.digest,
      SBOM.digest,
      sig('a').digest,
      CHILD_SBOM.digest,
      SIGNED_SBOM.digest,
    ]);
    expect(doors.extents.every((extent) => extent === 'whole')).toBe(true);
    expect(writesTo(doors).at(-1)).toBe('1');
  });

  it.each([
    ['a manifest', SBOM.digest],
    ['what is attached to that', SIGNED_SBOM.digest],
    ['what a tag of cosign leads to', sig('a').digest],
  ])('stays where it is when %s cannot be brought', async (_name, digest) => {
    const doors = memoryDoors(new Map([[digest, new Failure('server-error', 'down')]]));
    for (const [key, body] of stage().upstream.held) doors.upstream.held.set(key, body);
    const outcomes = await apply((await withReferrers(stale(), doors)).plan, doors);
    expect(outcomes).toMatchObject([{ kind: 'failed', failure: { reason: 'server-error' } }]);
    expect(outcomes[0]).toMatchObject({
      failure: { message: expect.stringContaining('could not be attached to') },
    });
    expect(writesTo(doors)).not.toContain('1');
  });

  it('fails where it cannot be read what is attached', async () => {
    const doors = stage();
    const key = `get ${lookUp(PULL, fallbackTag(IMAGE.digest))}`;
    doors.upstream.faults.set(key, new Failure('server-error', 'down'));
    expect(await looked(stale(), doors)).toMatchObject({
      kind: 'failed',
      failure: { reason: 'server-error' },
    });
  });
});

describe('hostile upstreams', () => {
  it('a circle of tags ends', async () => {
    const doors = stage();
    const other = json(OCI_MANIFEST, {
      config: point(CONFIG),
      layers: [point(LAYER)],
      annotations: { a: 'b' },
    });
    tag(doors, 'upstream', sigTag(IMAGE.digest), other);
    tag(doors, 'upstream', sigTag(other.digest), IMAGE);
    const { plan } = await withReferrers(stale(), doors);
    const subjects = stepsOf(plan).flatMap(({ attach = [] }) => attach.map(({ subject }) => subject));
    expect(subjects.length).toBeGreaterThan(2);
    expect(new Set(subjects).size).toBe(subjects.length);
  });

  it('a chain is followed three deep', async () => {
    const doors = stage();
    const third = attachedBy(SIGNED_SBOM.digest, 'third');
    const fourth = attachedBy(third.digest, 'fourth');
    list(doors, 'upstream', SIGNED_SBOM.digest, third);
    list(doors, 'upstream', third.digest, fourth);
    const planned = await looked(stale(), doors);
    const text = JSON.stringify(planned);
    expect([text.includes(third.digest), text.includes(fourth.digest)]).toEqual([true, false]);
  });

  it('more than a thousand of all digests together fail the tag, before they are read', async () => {
    const doors = stage();
    for (const { digest } of [IMAGE, CHILD]) {
      const many = Array.from({ length: 600 }, (_, at) => attachedBy(digest, `${at}`));
      list(doors, 'upstream', digest, ...many);
    }
    expect(await looked(stale(), doors)).toMatchObject({
      kind: 'failed',
      failure: { reason: 'unsupported' },
    });
    expect(writesTo(doors)).toEqual([]);
  });

  it('a foreign subject in the list is dropped, told, and not brought', async () => {
    const doors = stage();
    const foreign = attachedBy(CHILD.digest, 'foreign');
    list(doors, 'upstream', IMAGE.digest, SBOM, foreign);
    const { plan, notices } = await withReferrers(stale(), doors);
    expect(notices).toMatchObject([
      { kind: 'referrers', message: expect.stringContaining('names another subject') },
    ]);
    await apply(plan, doors);
    expect(doors.copies.join()).not.toContain(foreign.digest);
  });
});

describe("the mirror's own", () => {
  it('signatures are kept where the mirror has all of upstream', async () => {
    const doors = mirrored(stage());
    tag(doors, 'mirror', sigTag(IMAGE.digest), sig('a', 'own'));
    await apply((await withReferrers(fresh(), doors)).plan, doors);
    expect(doors.mirror.held.get(lookUp(MIRROR, sigTag(IMAGE.digest)))?.digest).toBe(sig('a', 'own').digest);
  });

  it('tag follows where upstream gained a signature', async () => {
    const doors = mirrored(stage());
    tag(doors, 'mirror', sigTag(IMAGE.digest), sig('a'));
    tag(doors, 'upstream', sigTag(IMAGE.digest), sig('a', 'b'));
    await apply((await withReferrers(fresh(), doors)).plan, doors);
    expect(doors.mirror.held.get(lookUp(MIRROR, sigTag(IMAGE.digest)))?.digest).toBe(sig('a', 'b').digest);
  });

  it('signatures are never lost: where each side has some of its own the tag fails', async () => {
    const doors = mirrored(stage());
    tag(doors, 'mirror', sigTag(IMAGE.digest), sig('own'));
    expect(await looked(fresh(), doors)).toMatchObject({ kind: 'failed', failure: { reason: 'conflict' } });
    expect(writesTo(doors)).toEqual([]);
  });

  it('list keeps what somebody else attached', async () => {
    const doors = mirrored(stage());
    const own = attachedBy(IMAGE.digest, 'own');
    list(doors, 'mirror', IMAGE.digest, own);
    await apply((await withReferrers(fresh(), doors)).plan, doors);
    const index = doors.mirror.held.get(lookUp(MIRROR, fallbackTag(IMAGE.digest)));
    const text = Buffer.from(index?.bytes ?? []).toString();
    expect([text.includes(own.digest), text.includes(SBOM.digest)]).toEqual([true, true]);
  });

  it('index, made here, is said not to be covered: what is attached to its images travels', async () => {
    const doors = stage();
    const annotations = {
      'io.github.fresh-mirror.source': formatName(RUBY),
      'io.github.fresh-mirror.upstream': IMAGE.digest,
      'io.github.fresh-mirror.policy': 'platforms=linux/amd64',
    };
    const made = json(OCI_INDEX, { manifests: [point(CHILD)], annotations });
    list(doors, 'upstream', made.digest, attachedBy(made.digest, 'of what is only here'));
    const moves = [{ tag: '1', expected: null, manifest: made }];
    const step = {
      source: RUBY,
      pull: PULL,
      mirror: MIRROR,
      bring: [CHILD.digest],
      moves,
      reason: 'missing',
    } as const;
    const plan: Plan = { tags: [{ wanted: asking(), kind: 'stale', step, doubt: null }], patterns: [] };
    const after = await withReferrers(plan, doors);
    expect(after.notices).toMatchObject([
      {
        kind: 'made-here',
        message: expect.stringContaining("upstream's signatures of the whole image do not cover it"),
      },
    ]);
    const attach = stepsOf(after.plan).flatMap((one) => one.attach ?? []);
    expect(attach.map(({ subject }) => subject)).toEqual([CHILD.digest]);
    expect(callsOf(doors).join()).not.toContain(fallbackTag(IMAGE.digest));
  });
});
