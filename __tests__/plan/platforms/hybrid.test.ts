import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { DOCKER_LIST, decodeManifest, OCI_INDEX } from '../../../src/image/manifest/manifest.ts';
import { formatPlatform } from '../../../src/image/manifest/platform.ts';
import { type GuardResult, guardPlatforms, isFreshlyMade } from '../../../src/plan/platforms/guard.ts';
import { isMadeFor, keptIn, makeIndex } from '../../../src/plan/platforms/index-build.ts';
import { policyText } from '../../../src/plan/platforms/loss.ts';
import { type OpenManifest, platformsIn, serves } from '../../../src/plan/platforms/served.ts';
import { platformTagTargets } from '../../../src/plan/platforms/tag-targets.ts';
import { digestOfImage, platforms, policyOf, side, sideOf } from './sides.ts';

const FEDORA = { registry: 'registry.fedoraproject.org', repository: 'fedora' };

function guard(
  current: OpenManifest | null,
  candidate: OpenManifest,
  policy: string,
  today = '2026-09-01',
): GuardResult {
  return guardPlatforms({
    source: FEDORA,
    tag: '40',
    current,
    candidate,
    policy: policyOf(policy),
    where: 'entry',
    today,
  });
}

/** What a verdict publishes, as a side that the next run finds on the mirror. */
function published(verdict: GuardResult, ...known: OpenManifest[]): OpenManifest {
  if (verdict.kind === 'refused') throw new Error(verdict.message);
  return sideOf(verdict.manifest, ...known);
}

function listing(one: OpenManifest): string[] {
  if (one.manifest.kind !== 'index') return [one.body.digest];
  return one.manifest.entries.map(
    ({ platform, digest }) => `${platform && formatPlatform(platform)} ${digest}`,
  );
}

function annotations({ manifest }: OpenManifest) {
  return manifest.kind === 'index' ? manifest.annotations : {};
}

const of = (name: string, platform: string) => `${platform} ${digestOfImage(name)}`;

describe('a hybrid index', () => {
  const before = side('amd64=X1 att arm64=A1 att');
  const upstream = side('amd64=X2 att', {
    annotations: { 'org.example': 'kept', 'io.github.fresh-mirror.kept': 'no' },
  });
  const verdict = guard(before, upstream, 'hybrid');
  const made = published(verdict);

  it('has upstream’s entries as they stand, then the kept images with their attestations', () => {
    expect(listing(made)).toEqual([
      ...listing(upstream),
      of('A1', 'linux/arm64'),
      `null ${digestOfImage('attestation of A1')}`,
    ]);
  });

  it('brings upstream’s index alone: what is kept is there', () => {
    expect(verdict).toMatchObject({ kind: 'hybrid', bring: [upstream.body.digest], lost: [] });
  });

  it('says for what it was made and what it keeps, beside upstream’s own annotations', () => {
    expect(annotations(made)).toEqual({
      'org.example': 'kept',
      'io.github.fresh-mirror.source': 'registry.fedoraproject.org/fedora',
      'io.github.fresh-mirror.upstream': upstream.body.digest,
      'io.github.fresh-mirror.policy': 'lost-platforms=hybrid',
      'io.github.fresh-mirror.kept': JSON.stringify([
        { platform: 'linux/arm64', digest: digestOfImage('A1'), since: '2026-09-01' },
      ]),
    });
  });

  it('is fresh while source, upstream and policy are the same', () => {
    const fresh = (source: typeof FEDORA, digest = upstream.body.digest, policy = 'hybrid') =>
      isFreshlyMade(made.manifest, source, digest, policyOf(policy));
    expect(fresh(FEDORA)).toBe(true);
    expect(fresh({ ...FEDORA, repository: 'fedora/fedora' })).toBe(false);
    expect(fresh(FEDORA, before.body.digest)).toBe(false);
    expect(fresh(FEDORA, undefined, 'hybrid expected=amd64')).toBe(false);
    expect(fresh(FEDORA, undefined, 'refuse')).toBe(false);
    expect(isFreshlyMade(upstream.manifest, FEDORA, upstream.body.digest, policyOf('hybrid'))).toBe(false);
  });

  it('made again from itself is itself, on whatever day', () => {
    expect(published(guard(made, upstream, 'hybrid', '2027-01-01')).body).toEqual(made.body);
  });

  it('keeps the day when upstream moves on without the platform', () => {
    const later = guard(made, side('amd64=X3'), 'hybrid', '2026-10-01');
    expect(later).toMatchObject({ kind: 'hybrid', kept: [{ platform: 'linux/arm64', since: '2026-09-01' }] });
    expect(listing(published(later))).toEqual([of('X3', 'linux/amd64'), ...listing(made).slice(-2)]);
  });

  it('gives way to upstream’s own index when the platform is back', () => {
    const back = side('amd64=X3 arm64=A3');
    expect(guard(made, back, 'hybrid')).toMatchObject({ kind: 'ok', manifest: back.body });
  });

  it('begins a new day for another image, and for a mirror of another source', () => {
    const other = sideOf(
      published(guard(side('amd64 arm64=A2'), side('amd64=X3'), 'hybrid', '2026-08-01')).body,
    );
    expect(guard(other, upstream, 'hybrid')).toMatchObject({ kept: [{ since: '2026-08-01' }] });
    const stranger = guardPlatforms({
      source: { ...FEDORA, repository: 'x' },
      tag: '40',
      current: other,
      candidate: upstream,
      policy: policyOf('hybrid'),
      where: 'entry',
      today: '2026-09-01',
    });
    expect(stranger).toMatchObject({ kept: [{ since: '2026-09-01' }] });
  });

  it('lists what was missing before in one order, whatever the order on the mirror', () => {
    const [one, two] = ['amd64 s390x arm64', 's390x arm64 amd64'].map((text) =>
      published(guard(side(text), side('amd64=X2'), 'hybrid')),
    );
    expect(one?.body).toEqual(two?.body);
  });

  it('keeps one image of a platform that the mirror lists twice', () => {
    const made = published(guard(side('amd64 arm64=A1 arm64/v8=A2'), side('amd64'), 'hybrid'));
    expect(listing(made)).toEqual([of('amd64', 'linux/amd64'), of('A1', 'linux/arm64')]);
  });

  it('has an attestation once that upstream lists too', () => {
    const made = published(guard(side('arm64=A1 att'), side('arm64/v9=A1 att'), 'hybrid'));
    expect(listing(made).filter((line) => line.startsWith('null'))).toHaveLength(1);
  });

  it('begins a new day for an image that somebody put in the place of the kept one', () => {
    const replaced = annotations(made);
    const current = side('amd64=X2 arm64=A9', { annotations: replaced });
    expect(guard(current, upstream, 'hybrid', '2026-12-24')).toMatchObject({
      kept: [{ since: '2026-12-24' }],
    });
  });

  it('does not depend on the order of keys', () => {
    const [one, two] = [side('amd64', { a: 1, b: 2 }), side('amd64', { b: 2, a: 1 })];
    const madeFor = { source: FEDORA, upstream: one.body.digest, policy: 'x' };
    const [first, second] = [
      { size: 1, urls: [] },
      { urls: [], size: 1 },
    ];
    expect(makeIndex(one.manifest, [first], madeFor)).toEqual(makeIndex(two.manifest, [second], madeFor));
  });

  it('keeps the Windows revision and every other field of an entry', () => {
    const made = published(guard(side('amd64 windows/amd64:10.0.20348.7'), side('amd64'), 'hybrid'));
    expect(new TextDecoder().decode(made.body.bytes)).toContain('"os.version":"10.0.20348.7"');
  });

  it.each([
    ['an OCI index', 'amd64 arm64', 'amd64', OCI_INDEX],
    ['a Docker list stays one', 'docker: amd64 arm64', 'docker: amd64', DOCKER_LIST],
    ['a Docker manifest gets a Docker list', 'docker: amd64 arm64', 'plain-docker: amd64', DOCKER_LIST],
    ['an OCI image does not fit into a Docker list', 'amd64 arm64', 'docker: amd64', OCI_INDEX],
    ['a Docker image fits into an OCI index', 'docker: amd64 arm64', 'amd64', OCI_INDEX],
  ])('media type: %s', (_, mirror, above, mediaType) => {
    const { body, manifest } = published(guard(side(mirror), side(above), 'hybrid'));
    expect([body.mediaType, manifest.mediaType]).toEqual([mediaType, mediaType]);
  });

  it('writes the platform of a plain manifest as its config says it', () => {
    const made = published(guard(side('amd64 arm64'), side('plain: arm/v6'), 'hybrid'));
    expect(listing(made)[0]).toBe(of('arm/v6', 'linux/arm/v6'));
  });
});

describe('a subset', () => {
  const upstream = side('amd64 att arm64 att nested:s390x artifact');
  const verdict = guard(null, upstream, 'refuse platforms=amd64,s390x');
  const made = published(verdict);

  it('has the wanted images with their attestations, and what belongs to no platform', () => {
    expect(listing(made)).toEqual([
      of('amd64', 'linux/amd64'),
      `null ${digestOfImage('attestation of amd64')}`,
      of('s390x', 'linux/s390x'),
      expect.stringMatching(/^null /),
    ]);
  });

  it('brings just these, and is known again', () => {
    expect(verdict).toMatchObject({ kind: 'ok', bring: listing(made).map((line) => line.split(' ')[1]) });
    expect(
      isFreshlyMade(made.manifest, FEDORA, upstream.body.digest, policyOf('refuse platforms=s390x,amd64')),
    ).toBe(true);
  });

  it('of everything is upstream’s index to the byte', () => {
    const whole = side('amd64 att arm64');
    expect(guard(null, whole, 'refuse platforms=amd64,arm64')).toMatchObject({
      kind: 'ok',
      manifest: whole.body,
      bring: [whole.body.digest],
    });
  });

  it('keeps the attestation of an image that is wanted under one of its platforms', () => {
    const one = published(guard(null, side('amd64=X att arm64=X'), 'refuse platforms=amd64'));
    expect(listing(one)).toEqual([of('X', 'linux/amd64'), `null ${digestOfImage('attestation of X')}`]);
  });

  it('does not take over what an upstream of the same kind says it keeps', () => {
    const theirs = { 'io.github.fresh-mirror.kept': '[]', 'org.example': 'x' };
    const one = published(
      guard(null, side('amd64 arm64', { annotations: theirs }), 'refuse platforms=amd64'),
    );
    expect(Object.keys(annotations(one))).toEqual([
      'io.github.fresh-mirror.policy',
      'io.github.fresh-mirror.source',
      'io.github.fresh-mirror.upstream',
      'org.example',
    ]);
  });

  it('and a kept image stand in one index', () => {
    const verdict = guard(side('amd64 arm64=A1'), side('amd64=X2 s390x'), 'hybrid platforms=amd64,arm64');
    expect(listing(published(verdict))).toEqual([of('X2', 'linux/amd64'), of('A1', 'linux/arm64')]);
    expect(verdict).toMatchObject({ bring: [digestOfImage('X2')] });
  });
});

describe('policyText', () => {
  it.each([
    ['refuse', ''],
    ['accept expected=amd64', ''],
    ['hybrid', 'lost-platforms=hybrid'],
    ['hybrid expected=arm64,amd64', 'lost-platforms=hybrid; expected-platforms=linux/amd64,linux/arm64'],
    ['refuse platforms=arm64,amd64,arm64/v8', 'platforms=linux/amd64,linux/arm64'],
    ['hybrid platforms=amd64', 'platforms=linux/amd64; lost-platforms=hybrid'],
  ])('%s', (policy, text) => expect(policyText(policyOf(policy))).toBe(text));
});

describe('annotations that are not ours', () => {
  const key = 'io.github.fresh-mirror.';
  const source = { [`${key}source`]: 'registry.fedoraproject.org/fedora' };
  it.each([
    ['no JSON', '{'],
    ['no list', '{}'],
    ['rows of something', '[1, null, {}, {"platform":"a","digest":"sha256:x","since":"2026-01-01"}]'],
    ['a day that is none', JSON.stringify([{ platform: 'a', digest: digestOfImage('x'), since: '<b>' }])],
  ])('kept: %s', (_, text) => expect(keptIn({ ...source, [`${key}kept`]: text }, FEDORA)).toEqual([]));

  it('no policy is never fresh', () => {
    const upstream = digestOfImage('x');
    const written = { ...source, [`${key}upstream`]: upstream, [`${key}policy`]: '' };
    expect(isMadeFor(written, { source: FEDORA, upstream, policy: '' })).toBe(false);
  });
});

it('fields nested without end are corrupt, not a crash', () => {
  const deep = `{"mediaType":"${OCI_INDEX}","manifests":[],"x":${'['.repeat(3000)}${']'.repeat(3000)}}`;
  const bytes = new TextEncoder().encode(deep);
  const candidate = { ...side('amd64'), manifest: decodeManifest(bytes, OCI_INDEX) };
  expect(() => guard(side('amd64 arm64'), candidate, 'hybrid')).toThrow(
    expect.objectContaining({ reason: 'corrupt' }),
  );
});

describe('platform tags', () => {
  function targets(upstream: string, mirror: string | null, template = '{tag}-{arch}'): string[] | string {
    const before = mirror === null ? [] : serves(side(mirror)).leaves;
    const rows = platformTagTargets(template, '40', serves(side(upstream)).leaves, before);
    return isMistake(rows) ? rows.mistake : rows.map((row) => `${row.tag} ${row.from} ${row.digest}`);
  }

  it('are of upstream, and of the mirror for what upstream lost', () => {
    expect(targets('amd64=X2', 'amd64=X1 arm64=A1')).toEqual([
      `40-amd64 upstream ${digestOfImage('X2')}`,
      `40-arm64 mirror ${digestOfImage('A1')}`,
    ]);
  });

  it('are of the first image where a platform is listed twice', () => {
    expect(targets('amd64=X2 amd64=X3', null)).toEqual([`40-amd64 upstream ${digestOfImage('X2')}`]);
  });

  it('a lost build of Windows does not take the tag of the new one', () => {
    expect(targets('windows/amd64:10.0.26100.1=N', 'windows/amd64:10.0.20348.1=O')).toEqual([
      `40-amd64 upstream ${digestOfImage('N')}`,
    ]);
  });

  it('two of upstream’s on one tag are a mistake', () => {
    expect(targets('amd64 windows/amd64:10.0.26100.1', null)).toBe(
      '"{tag}-{arch}" makes 40-amd64 of linux/amd64 and windows/amd64:10.0.26100',
    );
  });
});

describe('Fedora 40, three runs', () => {
  type Side_ = Record<string, Record<string, Record<string, { platforms: Record<string, string> }>>>;
  type Scenario = {
    upstream: Side_[string];
    mirror: Side_[string];
    runs: { inputs: Record<string, string> }[];
  };
  const file = new URL('../../data/scenarios/4-lost-platform.json', import.meta.url);
  const scenario = JSON.parse(readFileSync(file, 'utf8')) as Scenario;
  const sideFrom = (repositories: Side_[string]) => {
    const found = Object.values(repositories)[0]?.['40']?.platforms ?? {};
    return side(
      Object.entries(found)
        .map(([platform, name]) => `${platform}=${name}`)
        .join(' '),
    );
  };

  it('refused, then a hybrid, then fresh', () => {
    const [upstream, mirror] = [sideFrom(scenario.upstream), sideFrom(scenario.mirror)];
    const policies = scenario.runs.map((run) => run.inputs['lost-platforms'] ?? '');
    expect(policies).toEqual(['refuse', 'hybrid', 'hybrid']);

    expect(guard(mirror, upstream, 'refuse')).toMatchObject({ kind: 'refused', lost: ['linux/arm64'] });
    const made = published(guard(mirror, upstream, 'hybrid'));
    expect(listing(made)).toEqual([of('X2', 'linux/amd64'), of('A1', 'linux/arm64')]);
    expect(platformsIn(serves(made).leaves)).toEqual(platforms('amd64 arm64'));
    expect(isFreshlyMade(made.manifest, FEDORA, upstream.body.digest, policyOf('hybrid'))).toBe(true);
  });
});
