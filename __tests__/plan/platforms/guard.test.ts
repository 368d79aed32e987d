import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import {
  adviceWords,
  type GuardResult,
  guardPlatforms,
  type PlatformRefusal,
} from '../../../src/plan/platforms/guard.ts';
import type { PlatformPolicy } from '../../../src/plan/platforms/loss.ts';
import { platforms, policyOf, side } from './sides.ts';

const RUBY = { registry: 'docker.io', repository: 'library/ruby' };

function guard(before: string | null, after: string, policy: string | PlatformPolicy = ''): GuardResult {
  const current = before === null ? null : side(before);
  const policies = typeof policy === 'string' ? policyOf(policy) : policy;
  const today = '2026-09-01';
  return guardPlatforms({
    source: RUBY,
    tag: '3.4',
    current,
    candidate: side(after),
    policy: policies,
    where: 'entry',
    today,
  });
}

function lineOf({ advice }: PlatformRefusal): string | null {
  return advice.kind === 'accept' ? advice.line : null;
}

function inWords(verdict: GuardResult): string {
  switch (verdict.kind) {
    case 'ok':
      return 'ok';
    case 'accepted':
      return `accepted ${verdict.lost.join(' ')}`;
    case 'hybrid':
      return [
        'kept',
        ...verdict.kept.map((one) => one.platform),
        ...verdict.lost.map((one) => `-${one}`),
      ].join(' ');
    case 'refused':
      return [
        verdict.reason.slice('platform-'.length),
        ...verdict.lost,
        ...verdict.missing.map((one) => `?${one}`),
      ].join(' ');
  }
}

const LTSC22 = 'windows/amd64:10.0.20348.2582';
const EIGHT = 'amd64 arm/v5 arm/v7 arm64/v8 386 mips64le ppc64le s390x';

// Each row: where the case is from; the mirror now (null: nothing yet); upstream; policy; verdict.
const CASES: readonly (readonly [string, string | null, string, string, string])[] = [
  // What is no loss.
  ['image-spec, image-index.md: nothing changed', 'amd64 arm64', 'amd64 arm64', '', 'ok'],
  ['first publication', null, 'amd64', '', 'ok'],
  ['first publication of a plain manifest', null, 'plain: amd64', '', 'ok'],
  ['image-spec: order is preference, not content', 'amd64 arm64', 'arm64 amd64', '', 'ok'],
  ['ruby 2024: riscv64 gained', 'amd64 arm64', 'amd64 arm64 riscv64', '', 'ok'],
  ['a plain manifest becomes an index with it', 'plain: amd64', 'amd64 arm64', '', 'ok'],
  ['plain to plain', 'plain: amd64=X1', 'plain: amd64=X2', '', 'ok'],
  ['containerd/platforms database.go: arm64 is arm64/v8', 'amd64 arm64', 'amd64 arm64/v8', '', 'ok'],
  ['containerd/platforms database.go: arm is arm/v7', 'arm/v7', 'arm', '', 'ok'],
  ['containerd/platforms database.go: armhf is arm/v7', 'arm/v7', 'armhf', '', 'ok'],
  ['containerd/platforms database.go: amd64 is amd64/v1', 'amd64/v1', 'amd64', '', 'ok'],
  [
    'containerd/platforms database.go: x86_64, aarch64, i386',
    'amd64 arm64 386',
    'x86_64 aarch64 i386',
    '',
    'ok',
  ],
  ['Windows: a new revision every month', 'windows/amd64:10.0.20348.1', LTSC22, '', 'ok'],
  ['Windows: an entry without os.version runs on any build', 'windows/amd64', LTSC22, '', 'ok'],
  ['attestations gained (BuildKit)', 'amd64', 'amd64 att', '', 'ok'],
  ['attestations gone (BuildKit)', 'amd64 att arm64 att', 'amd64 arm64', '', 'ok'],
  ['a Docker list becomes an OCI index', 'docker: amd64 arm64', 'amd64 arm64', '', 'ok'],
  ['a chart stays a chart', 'chart', 'chart', '', 'ok'],
  ['an index of artifacts alone', 'artifact', 'artifact artifact', '', 'ok'],
  ['the same platform twice, then once', 'amd64=A amd64=B', 'amd64=B', '', 'ok'],
  ['image-index.md: a nested index that was read', 'amd64 arm64', 'amd64 nested:arm64', '', 'ok'],
  ['nested on the mirror, flat upstream', 'nested:amd64+arm64', 'arm64 amd64', '', 'ok'],
  ['an entry whose platform its config tells', 'amd64 arm64', 'amd64 silent:arm64', '', 'ok'],
  ['a nested index not read, but the same one', 'amd64 closed:arm64', 'amd64=X2 closed:arm64', '', 'ok'],
  ['a nested index not read, and nothing missing', 'amd64', 'amd64 closed:arm64', '', 'ok'],
  // What is one, and refused.
  ['Fedora 40, the tag that started it', 'amd64=X1 arm64=A1', 'amd64=X2', '', 'lost linux/arm64'],
  ['an index becomes a plain manifest', 'amd64 arm64', 'plain: amd64', '', 'lost linux/arm64'],
  ['... and of another platform altogether', 'amd64', 'plain: arm64', '', 'lost linux/amd64'],
  ['plain to plain, another platform', 'plain: amd64', 'plain: arm64', '', 'lost linux/amd64'],
  ['an index becomes a chart', 'amd64 arm64', 'chart', '', 'lost linux/amd64 linux/arm64'],
  ['an index becomes empty', 'amd64 arm64', 'empty', '', 'lost linux/amd64 linux/arm64'],
  ['nothing but attestations left', 'amd64 att', 'att', '', 'lost linux/amd64'],
  ['ruby:3.4 2025-08-12: mips64le', `${EIGHT}`, EIGHT.replace(' mips64le', ''), '', 'lost linux/mips64le'],
  [
    'python:3.10.1 2022-01-18: Windows alone',
    `${EIGHT} ${LTSC22}`,
    LTSC22,
    '',
    'lost linux/386 linux/amd64 linux/arm/v5 linux/arm/v7 linux/arm64 linux/mips64le linux/ppc64le linux/s390x',
  ],
  ['python:3.9 2022-09-07: Windows gone', `amd64 ${LTSC22}`, 'amd64', '', 'lost windows/amd64:10.0.20348'],
  [
    'Windows: a build gone',
    `windows/amd64:10.0.17763.1 ${LTSC22}`,
    LTSC22,
    '',
    'lost windows/amd64:10.0.17763',
  ],
  [
    'Windows: the builds are no more told apart',
    LTSC22,
    'windows/amd64',
    '',
    'lost windows/amd64:10.0.20348',
  ],
  ['arm/v6 is not arm/v7 (alpine has both)', 'arm/v6 arm/v7', 'arm/v7', '', 'lost linux/arm/v6'],
  ['amd64/v3 is not amd64 (almalinux has both)', 'amd64 amd64/v2', 'amd64', '', 'lost linux/amd64/v2'],
  ['a nested index on the mirror, read', 'amd64 nested:arm64+s390x', 'amd64 s390x', '', 'lost linux/arm64'],
  ['a nested index upstream, not read', 'amd64 arm64', 'amd64 closed:arm64', '', 'lost linux/arm64'],
  ['a nested index on the mirror, not read', 'amd64 closed:arm64', 'amd64', '', 'lost'],
  // expected-platforms.
  ['it accepts the loss of others', 'amd64 arm64', 'amd64', 'refuse expected=amd64', 'accepted linux/arm64'],
  ['it holds at the first publication', null, 'amd64', 'refuse expected=amd64,arm64', 'missing ?linux/arm64'],
  ['it holds where nothing was lost', 'amd64', 'amd64', 'refuse expected=arm64', 'missing ?linux/arm64'],
  [
    'one lost, one never there',
    'amd64 arm64',
    'amd64',
    'refuse expected=arm64,s390x',
    'lost linux/arm64 ?linux/s390x',
  ],
  ['it holds against accept', 'amd64 arm64', 'amd64', 'accept expected=amd64,arm64', 'lost linux/arm64'],
  ['it is met', 'amd64', 'amd64 arm64', 'refuse expected=amd64,arm64', 'ok'],
  [
    'no build: any Windows build',
    `windows/amd64:10.0.17763.1 ${LTSC22}`,
    LTSC22,
    'refuse expected=windows/amd64',
    'accepted windows/amd64:10.0.17763',
  ],
  [
    'a build: this one',
    null,
    LTSC22,
    'refuse expected=windows/amd64:10.0.17763',
    'missing ?windows/amd64:10.0.17763',
  ],
  ['a chart has none of them', null, 'chart', 'refuse expected=amd64', 'missing ?linux/amd64'],
  [
    'unread content does not matter when all are there',
    'amd64 closed:s390x',
    'amd64',
    'refuse expected=amd64',
    'ok',
  ],
  // accept.
  ['accept says what goes', 'amd64 arm64', 'plain: amd64', 'accept', 'accepted linux/arm64'],
  ['accept of an empty index', 'amd64', 'empty', 'accept', 'accepted linux/amd64'],
  ['accept takes what cannot be read', 'amd64 closed:arm64', 'amd64', 'accept', 'ok'],
  // platforms.
  [
    'a subset lets the others go',
    'amd64 arm64 s390x',
    'amd64 arm64 s390x',
    'refuse platforms=amd64,arm64',
    'ok',
  ],
  ['a subset is guarded', 'amd64 arm64', 'amd64 s390x', 'refuse platforms=amd64,arm64', 'lost linux/arm64'],
  ['what upstream never had of it is no loss', null, 'amd64', 'refuse platforms=amd64,arm64', 'ok'],
  ['none of it there', null, 'amd64', 'refuse platforms=arm64', 'missing ?linux/arm64'],
  [
    'none of it there any more, accepted or not',
    'arm64',
    'amd64',
    'accept platforms=arm64',
    'missing ?linux/arm64',
  ],
  [
    'a plain manifest that is not in it',
    null,
    'plain: amd64',
    'refuse platforms=arm64',
    'missing ?linux/arm64',
  ],
  ['a chart has no platforms to choose from', null, 'chart', 'refuse platforms=arm64', 'ok'],
  ['a subset of what was not read', null, 'amd64 closed:arm64', 'refuse platforms=amd64', 'missing'],
  // hybrid.
  ['Fedora 40: the old image is kept', 'amd64=X1 arm64=A1', 'amd64=X2', 'hybrid', 'kept linux/arm64'],
  ['nothing lost, nothing made', 'amd64', 'amd64 arm64', 'hybrid', 'ok'],
  [
    'python:3.10.1 2022-01-18 keeps Linux',
    `amd64 arm64 ${LTSC22}`,
    LTSC22,
    'hybrid',
    'kept linux/amd64 linux/arm64',
  ],
  ['a plain manifest gets an index', 'amd64 arm64', 'plain: amd64=X2', 'hybrid', 'kept linux/arm64'],
  ['the mirror has a plain manifest', 'plain: amd64', 'arm64', 'hybrid', 'kept linux/amd64'],
  ['from inside a nested index', 'amd64 nested:arm64', 'amd64', 'hybrid', 'kept linux/arm64'],
  ['an empty index', 'amd64 arm64', 'empty', 'hybrid', 'kept linux/amd64 linux/arm64'],
  [
    'those that count alone',
    'amd64 arm64 s390x',
    'amd64',
    'hybrid expected=amd64,arm64',
    'kept linux/arm64 -linux/s390x',
  ],
  ['expected, and on neither side', 'amd64', 'amd64', 'hybrid expected=amd64,arm64', 'missing ?linux/arm64'],
  [
    'of a subset',
    'amd64 arm64 s390x',
    'amd64=X2 riscv64',
    'hybrid platforms=amd64,arm64',
    'kept linux/arm64',
  ],
  ['a chart can be no part of an index', 'amd64', 'chart', 'hybrid', 'lost linux/amd64'],
  ['what cannot be read might be doubled', 'amd64 arm64', 'amd64 closed:arm64', 'hybrid', 'lost linux/arm64'],
];

describe('the guard', () => {
  it.each(CASES)('%s', (_, before, after, policy, expected) => {
    expect(inWords(guard(before, after, policy))).toBe(expected);
  });

  it('is tried on forty cases and more', () => expect(CASES.length).toBeGreaterThanOrEqual(40));
});

describe('a refusal', () => {
  function refusal(before: string | null, after: string, policy = '') {
    const verdict = guard(before, after, policy);
    if (verdict.kind !== 'refused') throw new Error(verdict.kind);
    return verdict;
  }

  it('says what would be lost, what is left, and the line that accepts it', () => {
    expect(refusal('amd64 arm64 s390x arm/v7', 'amd64 arm/v7')).toEqual({
      kind: 'refused',
      reason: 'platform-lost',
      lost: ['linux/arm64', 'linux/s390x'],
      missing: [],
      message:
        "ruby:3.4 would lose linux/arm64 and linux/s390x, which the mirror has; upstream's index has linux/amd64 and linux/arm/v7",
      advice: {
        kind: 'accept',
        line: 'expected-platforms: [linux/amd64, linux/arm/v7]',
        where: 'entry',
      },
    });
  });

  it('says it as docs/platforms.md quotes it', () => {
    const result = guard('amd64 arm64 mips64le', 'amd64 arm64');
    if (result.kind !== 'refused') throw new Error(`it is ${result.kind}`);
    expect([result.message, adviceWords(result.advice)]).toEqual([
      "ruby:3.4 would lose linux/mips64le, which the mirror has; upstream's index has linux/amd64 and linux/arm64",
      'wait for upstream, or accept it with this line: expected-platforms: [linux/amd64, linux/arm64]',
    ]);
  });

  it.each([
    ['entry', 'wait for upstream, or accept it with this line: x: y'],
    ['defaults', 'wait for upstream, or accept it with this line under defaults: x: y'],
  ] as const)('names the line for the %s in one sentence', (where, words) => {
    expect(adviceWords({ kind: 'accept', line: 'x: y', where })).toBe(words);
  });

  it.each([
    [
      'the builds of Windows',
      `amd64 ${LTSC22}`,
      LTSC22,
      '',
      'expected-platforms: [windows/amd64:10.0.20348]',
    ],
    [
      'of the expected ones those left',
      'amd64 arm64',
      'amd64 s390x',
      'refuse expected=amd64,arm64',
      'expected-platforms: [linux/amd64]',
    ],
    [
      'none of the expected left',
      null,
      'amd64',
      'refuse expected=arm64',
      'expected-platforms: [linux/amd64]',
    ],
    [
      'names that the config does not know are left out',
      'amd64 arm64',
      'amd64 vax freebsd/amd64,evil',
      '',
      'expected-platforms: [linux/amd64]',
    ],
    [
      'a build that the config cannot name',
      `amd64 ${LTSC22}`,
      'windows/amd64:ltsc2025',
      '',
      'expected-platforms: [windows/amd64]',
    ],
    ['nothing left', 'amd64', 'empty', '', null],
  ])('line: %s', (_, before, after, policy, line) => {
    expect(lineOf(refusal(before, after, policy))).toBe(line);
  });

  it.each([
    ['an empty index', 'amd64', 'empty', '', 'lost-platforms: accept'],
    [
      'an empty index, with expectations',
      'amd64',
      'empty',
      'refuse expected=amd64',
      'remove expected-platforms',
    ],
    ['a subset that is not there', null, 'amd64', 'refuse platforms=arm64', 'correct platforms'],
    ['a subset of what was not read', null, 'closed:amd64', 'refuse platforms=arm64', 'run again'],
  ])('hint: %s', (_, before, after, policy, words) => {
    expect(adviceWords(refusal(before, after, policy).advice)).toContain(words);
  });

  it('of a plain manifest says that it is none', () => {
    expect(refusal('amd64 arm64', 'plain: amd64').message).toBe(
      "ruby:3.4 would lose linux/arm64, which the mirror has; upstream's manifest is not an index and has linux/amd64",
    );
  });

  it('of what neither side has says who asks for it', () => {
    expect(refusal(null, 'amd64', 'refuse expected=arm64,s390x').message).toBe(
      "ruby:3.4 lacks linux/arm64 and linux/s390x, which the config asks for; upstream's index has linux/amd64",
    );
  });
});

describe('Docker official images, 2021-12 to 2026-08', () => {
  type Event = { repository: string; date: string; lost: string[]; left?: string[]; tags: number };
  const file = new URL('../../data/official-images/arch-losses.json', import.meta.url);
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: Event[] };
  const NAMES: Readonly<Record<string, string>> = {
    arm32v5: 'arm/v5',
    arm32v6: 'arm/v6',
    arm32v7: 'arm/v7',
    arm64v8: 'arm64/v8',
    i386: '386',
    'windows-amd64': LTSC22,
  };
  const written = (names: readonly string[]) => names.map((name) => NAMES[name] ?? name).join(' ');

  it('are 34 events of 336 tags', () => {
    expect([events.length, events.reduce((sum, one) => sum + one.tags, 0)]).toEqual([34, 336]);
  });

  // Where the list does not say what was left, the two architectures that every one of these images kept stand for it.
  it.each(events.map((event) => [event.repository, event.date, event] as const))('%s %s', (_, __, event) => {
    const left = event.left ?? ['amd64', 'arm64v8'];
    const [before, after] = [written([...left, ...event.lost]), written(left)];
    const refused = guard(before, after);
    const line = refused.kind === 'refused' ? lineOf(refused) : null;
    if (refused.kind !== 'refused' || line === null) throw new Error(refused.kind);
    expect(refused.lost).toHaveLength(event.lost.length);

    const pasted = parse(line) as Record<string, string[]>;
    const expected = platforms((pasted['expected-platforms'] ?? []).join(' '));
    const accepted = guard(before, after, { lost: 'refuse', expected, platforms: [] });
    expect(accepted).toMatchObject({ kind: 'accepted', lost: refused.lost });
    expect(guard(before, after, 'hybrid')).toMatchObject({
      kind: 'hybrid',
      kept: { length: event.lost.length },
    });
  });
});
