// What cannot be read is that failure, never a lost platform; and what the mirror itself has lost cannot be lost.

import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { type ManifestBody, OCI_INDEX, OCI_MANIFEST } from '../../../src/image/manifest/manifest.ts';
import type { RawPlatform } from '../../../src/image/manifest/platform.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { ImageConfig, Observation, Seen } from '../../../src/plan/observation/observation.ts';
import { makePlan, readsNeeded } from '../../../src/plan/steps/plan.ts';
import type { PlannedTag } from '../../../src/plan/steps/step.ts';
import { makeReport } from '../../../src/report/rows/report.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { bodyOf, side } from '../platforms/sides.ts';
import { MIRROR, PULL, policies, wanted } from './builders.ts';

type Answers = Readonly<Record<string, ManifestBody | RawPlatform | Failure>>;
type World = {
  readonly upstream: ManifestBody;
  readonly mirror: ManifestBody;
  /** What the two sides answer, by `up` or `mirror` and digest; anything else is not there. */
  readonly answers: Answers;
  readonly expected?: boolean;
};

const AMD64 = { os: 'linux', architecture: 'amd64' };

function answerOf(value: Answers[string] | undefined): Seen<never> | { kind: 'seen'; value: unknown } {
  if (value === undefined) return { kind: 'absent', doubt: null };
  return value instanceof Failure ? { kind: 'unknown', because: value } : { kind: 'seen', value };
}

function plan({ upstream, mirror, answers, expected }: World): PlannedTag {
  const some = expected ? { expectedPlatforms: [{ ...AMD64, variant: '', build: '' }] } : {};
  const selection = { wanted: [wanted('1', { policies: policies(some) })], unmatched: [] };
  const head = (body: ManifestBody) => ({ kind: 'seen', value: body }) as const;
  const bodies: Map<string, Seen<ManifestBody>> = new Map();
  const configs = new Map<string, Seen<ImageConfig>>();
  const observation: Observation = {
    today: '2026-09-11',
    lists: new Map(),
    mirrorLists: new Map(),
    upstream: new Map([[lookUp(PULL, '1'), head(upstream)]]),
    mirror: new Map([[lookUp(MIRROR, '1'), head(mirror)]]),
    bodies,
    configs,
  };
  for (;;) {
    const reads = readsNeeded(selection, observation);
    if (reads.length === 0) break;
    for (const { side: at, kind, name, reference } of reads) {
      const given = answers[`${at === 'mirror' ? 'mirror' : 'up'} ${reference}`];
      const answer = answerOf(given);
      const key = lookUp(name, reference);
      if (kind === 'manifest') bodies.set(key, answer as Seen<ManifestBody>);
      else if (answer.kind === 'seen')
        configs.set(key, { kind: 'seen', value: { platform: given } } as never);
      else configs.set(key, answer as never);
    }
  }
  const [tag] = makePlan(selection, observation).tags;
  if (tag === undefined) throw new Error('no tag');
  return tag;
}

const config = (name: string) => digestOf(Buffer.from(name));
const plain = (name: string): ManifestBody => side(`plain: amd64=${name}`).body;
const [OLD, NEW] = [plain('OLD'), plain('NEW')];
const denied = new Failure('denied', '403 DENIED');
const WHOLE: Answers = {
  [`mirror ${OLD.digest}`]: OLD,
  [`mirror ${config('OLD')}`]: AMD64,
  [`up ${NEW.digest}`]: NEW,
  [`up ${config('NEW')}`]: AMD64,
};

function without(key: string, put?: Failure): Answers {
  const { [key]: gone, ...rest } = WHOLE;
  if (gone === undefined) throw new Error(`nothing there: ${key}`);
  return put === undefined ? rest : { ...rest, [key]: put };
}

const outcome = (tag: PlannedTag): string =>
  tag.kind === 'stale'
    ? tag.step.reason
    : tag.kind === 'fresh'
      ? 'fresh'
      : `${tag.kind} ${tag.failure.reason}`;

describe('content that cannot be read', () => {
  it.each<[string, Answers, string]>([
    ['nothing of it', WHOLE, 'moved'],
    ["upstream's config, denied", without(`up ${config('NEW')}`, denied), 'failed denied'],
    ["the mirror's config, denied", without(`mirror ${config('OLD')}`, denied), 'failed denied'],
    ["upstream's config, which is not there", without(`up ${config('NEW')}`), 'failed not-found'],
    ["the mirror's config, which is not there", without(`mirror ${config('OLD')}`), 'moved'],
    ["the mirror's manifest, which is not there", without(`mirror ${OLD.digest}`), 'moved'],
  ])('%s', (_name, answers, expected) => {
    expect(outcome(plan({ upstream: NEW, mirror: OLD, answers }))).toBe(expected);
  });

  it.each([config('OLD'), OLD.digest])('is said of the mirror: %s', (digest) => {
    const tag = plan({ upstream: NEW, mirror: OLD, answers: without(`mirror ${digest}`) });
    const run = {
      ...{
        mode: CHECK.values,
        config: 'c',
        mirror: 'm',
        newTags: [],
        pullRequest: null,
        issue: null,
      },
      ...{ notices: [], usage: { requests: {}, copies: 0 }, craneVersion: '', milliseconds: 1 },
    } as const;
    const { notices } = makeReport(run, { tags: [tag], patterns: [] }, []);
    expect(notices).toMatchObject([
      {
        kind: 'broken-mirror',
        message: expect.stringMatching(`mirror's own image of .*:1 was broken.*${digest}`),
      },
    ]);
  });

  it('of an unchanged tag is asked of upstream, where the mirror lost it', () => {
    const answers = {
      [`mirror ${OLD.digest}`]: OLD,
      [`up ${OLD.digest}`]: OLD,
      [`up ${config('OLD')}`]: AMD64,
    };
    expect(outcome(plan({ upstream: OLD, mirror: OLD, answers, expected: true }))).toBe('fresh');
  });
});

function indexOf(entries: number, more: object = {}): ManifestBody {
  const manifests = Array.from({ length: entries }, (_, at) => ({
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from(`${at}`)),
    size: 1,
    platform: { os: 'linux', architecture: `a${at}` },
    ...more,
  }));
  return bodyOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
}

describe('an index', () => {
  const attestations = { platform: { os: 'unknown', architecture: 'unknown' } };
  it.each<[string, ManifestBody, string]>([
    ['of 1,000 platforms', indexOf(1_000), 'refused platform-lost'],
    ['of 1,001 platforms', indexOf(1_001), 'failed unsupported'],
    ['of 3,000 attestations', indexOf(3_000, attestations), 'refused platform-lost'],
  ])('%s: %3$s', (_name, upstream, expected) => {
    const tag = plan({ upstream, mirror: OLD, answers: { ...WHOLE, [`up ${upstream.digest}`]: upstream } });
    expect(outcome(tag)).toBe(expected);
  });

  it('says how many platforms are too many', () => {
    const upstream = indexOf(1_001);
    const tag = plan({ upstream, mirror: OLD, answers: { ...WHOLE, [`up ${upstream.digest}`]: upstream } });
    expect(tag.kind === 'failed' && tag.failure.message).toMatch(/lists 1,001 platforms; at most 1,000/);
  });
});
