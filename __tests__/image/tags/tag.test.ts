// How tags are read. The rows of tags.json are the yardstick; the tables here add what other images write.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  branchOf,
  compareTags,
  formatSeries,
  isDigestNamed,
  parseTag,
  releaseSeries,
  type Tag,
  withoutDigestTags,
} from '../../../src/image/tags/tag.ts';

type Case = {
  tag: string;
  series: string | null;
  version: number[] | null;
  build: number[];
  prerelease: boolean;
};
const file = new URL('../../data/tag-series/tags.json', import.meta.url);
const { cases: CASES } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly Case[] };

function parsed(text: string): Tag {
  const tag = parseTag(text);
  if (tag === null) throw new Error(`${text} is a plain name`);
  return tag;
}

describe('parseTag', () => {
  it.each(CASES)('reads $tag', ({ tag, series, version, build, prerelease }) => {
    const read = parseTag(tag);
    expect(read?.series ?? null).toBe(series);
    expect(read?.version ?? null).toEqual(version);
    expect(read?.builds ?? []).toEqual(build);
    expect(read?.prerelease ?? false).toBe(prerelease);
  });

  it('has read every row of the file', () => {
    expect(CASES.length).toBe(38);
  });

  it.each([
    ['18', 'N', [18], []],
    ['19beta3-alpine3.24', 'N~pre|alpine3.24', [19], []],
    ['8.10.1-trixie', 'N.N.N|trixie', [8, 10, 1], []],
    ['26-bookworm-slim', 'N|bookworm-slim', [26], []],
    ['8.6.0beta1-cli-trixie', 'N.N.N~pre|cli-trixie', [8, 6, 0], []],
    ['8.5.0RC1-fpm', 'N.N.N~pre|fpm', [8, 5, 0], []],
    ['8.6-rc-cli', 'N.N~pre|cli', [8, 6], []],
    ['21-jdk', 'N|jdk', [21], []],
    ['21_35-jdk', '*B|jdk', [21], [35]],
    ['21.0.5_11-jdk', '*B|jdk', [21, 0, 5], [11]],
    ['17.0.4.1_1-jdk', '*B|jdk', [17, 0, 4, 1], [1]],
    ['8u502-b07-jdk-alpine-3.24', '*B|jdk-alpine-3.24', [8], [502, 7]],
    ['24-ea-11-jdk', 'N~pre|jdk', [24], []],
    ['27-rc-jdk-slim', 'N~pre|jdk-slim', [27], []],
    ['8.96-8.0.504-jdk', 'N.N|8.0.504-jdk', [8, 96], []],
    ['12-slim', 'N|slim', [12], []],
    ['bookworm-20260803-slim', '|bookworm-D-slim', [], [20260803]],
    ['resolute-20260811.1', '|resolute-D', [], [20260811, 1]],
    ['base-20260816.0.574111', '|base-D', [], [20260816, 0, 574111]],
    ['9.5-1736404036', 'N.N|D', [9, 5], [1736404036]],
    ['9.3.20231119', 'N.N.N', [9, 3, 20231119], []],
    ['8.3.8-windowsservercore-ltsc2025', 'N.N.N|windowsservercore-ltsc2025', [8, 3, 8], []],
    ['3.5-dev5-alpine', 'N.N~pre|alpine', [3, 5], []],
    ['11.0.0-M1-jre25', 'N.N.N~pre|jre25', [11, 0, 0], []],
    ['9.0.0.M27', 'N.N.N~pre', [9, 0, 0], []],
    ['3.9.16-eclipse-temurin-11-alpine', 'N.N.N|eclipse-temurin-11-alpine', [3, 9, 16], []],
    ['4.0.0-rc-5-eclipse-temurin-17', 'N.N.N~pre|eclipse-temurin-17', [4, 0, 0], []],
    ['5.0.0-beta.5-apache', 'N.N.N~pre|apache', [5, 0, 0], []],
    ['5.0.0-preview.1-trixie', 'N.N.N~pre|trixie', [5, 0, 0], []],
    ['11.4.5-php8.5-apache-trixie', 'N.N.N|php8.5-apache-trixie', [11, 4, 5], []],
    ['7.1-php8.2-fpm-alpine', 'N.N|php8.2-fpm-alpine', [7, 1], []],
    ['8.0.46-37-centos', '*B|centos', [8, 0, 46], [37]],
    ['v3.7.11-nanoserver-ltsc2025', 'vN.N.N|nanoserver-ltsc2025', [3, 7, 11], []],
    ['v1.19.3-1.0', 'vN.N.N|1.0', [1, 19, 3], []],
    ['1.20.3-otp-29-slim', 'N.N.N|otp-29-slim', [1, 20, 3], []],
    ['2026.07.1-community', 'N.N.N|community', [2026, 7, 1], []],
    ['2.3.0-scala_2.12-java21', 'N.N.N|scala_2.12-java21', [2, 3, 0], []],
    ['1.27-nanoserver-1809', 'N.N|nanoserver-1809', [1, 27], []],
    ['2-20261301', '*B', [2], [20261301]],
  ])('%s is of %s', (text, series, version, builds) => {
    expect(parsed(text)).toMatchObject({ text, series, version, builds });
  });

  it.each([
    ['sha256-0b5f3a9c1e7d2468ace013579bdf02468ace013579bdf02468ace013579bdf02'],
    ['sha256-0b5f3a9c1e7d2468ace013579bdf02468ace013579bdf02468ace013579bdf02.sig'],
    ['sha-3f2a91c'],
    ['3f2a91c'],
    ['1234567'],
    ['12a4567'],
    ['9a3e5c7-slim'],
    ['0123456789012345678901234567890123456789'],
    ['2026-08-03'],
    ['2026-08-03-slim'],
    ['12345678901234567.1'],
    ['V2.1'],
    ['jod-slim'],
    ['alpine3.24'],
    ['php8.5-apache'],
    ['otp-29'],
    ['ce-8.1.2.4'],
    ['cli-2.12.0-php8.2'],
    ['rc-buggy'],
    ['3.x'],
    ['1e3'],
    ['windowsservercore-ltsc2025'],
    ['p10'],
    ['_'],
    [''],
  ])('%j is a plain name', (text) => {
    expect(parseTag(text)).toBeNull();
  });

  it.each([
    ['1.27rc1-alpine', '1.27-alpine'],
    ['3.15-rc-slim', '3.15-slim'],
    ['24-ea-11-jdk', '24-jdk'],
    ['21.0.5_11-jdk', '21.0.5_11-jdk'],
    ['9.0.3-4', '9.0.3-4'],
    ['v2.0.0-beta.1', 'v2.0.0'],
    ['9.5-minimal-20241118', '9.5-minimal-20241118'],
  ])('%s is released as %s', (text, release) => {
    expect(parsed(text).release).toBe(release);
    expect(releaseSeries(parsed(text))).toBe(parsed(release).series);
  });

  it('never throws, and reads what it knows the same way twice', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,40}$/), (text) => {
        const tag = parseTag(text);
        if (tag === null) return;
        expect(tag.version.length + tag.builds.length).toBeGreaterThan(0);
        expect([...tag.version, ...tag.builds].every(Number.isSafeInteger)).toBe(true);
        expect(compareTags(tag, parsed(text))).toBe(0);
      }),
    );
  });
});

describe('compareTags', () => {
  it.each([
    [['8.9', '8.10', '9.4']],
    [['3', '3.0.1', '3.1']],
    [['3.15.0.dev3', '3.15.0a9', '3.15.0a10', '3.15.0b1', '3.15.0rc1', '3.15.0rc2', '3.15.0', '3.15.1']],
    [['1.27beta1', '1.27rc1', '1.27rc2', '1.27-rc', '1.27']],
    [['17.0.4_8-jdk', '17.0.4.1_1-jdk', '17.0.5_8-jdk', '21_35-jdk', '21.0.1_12-jdk']],
    [['8u492-b09-jdk', '8u502-b07-jdk', '8u502-b08-jdk']],
    [['noble-20260731', 'noble-20260810', 'noble-20260810.1', 'noble-20260810.10']],
    [['24.04', '24.10', '25.04']],
  ])('orders %j', (texts) => {
    expect([...texts].reverse().map(parsed).sort(compareTags)).toEqual(texts.map(parsed));
  });

  it.each([
    ['3.4', '3.4.0'],
    ['24.04', '24.4'],
    ['3.4-slim', '3.4-alpine'],
  ])('%s and %s are equal in order', (one, other) => {
    expect(compareTags(parsed(one), parsed(other))).toBe(0);
  });
});

it.each([
  ['3.4.5-slim', [3, 4], 'N.N.N-slim'],
  ['12', [], 'N'],
  ['21.0.5_11-jdk', [], '*B-jdk'],
  ['v1.2', [1], 'vN.N'],
  ['bookworm-20260803-slim', [], 'bookworm-D-slim'],
])('%s is of branch %j and shown as %s', (text, branch, shown) => {
  expect(branchOf(parsed(text))).toEqual(branch);
  expect(formatSeries(parsed(text))).toBe(shown);
});

describe('tags named for a digest', () => {
  const signature = `sha256-${'0b'.repeat(32)}.sig`;

  it.each([
    [signature, true],
    [`sha512-${'0b'.repeat(32)}`, true],
    ['sha256-tools', false],
    ['3.4-slim', false],
  ])('%s: %j', (tag, named) => {
    expect(isDigestNamed(tag)).toBe(named);
  });

  it.each([
    ['*', ['3.4']],
    ['s*', ['3.4']],
    ['sha256-*', ['3.4', signature]],
  ])('are left out for %s unless it asks for them', (pattern, left) => {
    expect(withoutDigestTags(pattern, ['3.4', signature])).toEqual(left);
  });
});
