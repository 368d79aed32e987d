import { describe, expect, it } from '@jest/globals';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import {
  byPlatform,
  formatPlatform,
  fulfils,
  normalisePlatform,
  type Platform,
  parsePlatform,
  samePlatform,
} from '../../../src/image/manifest/platform.ts';

function platform(text: string): Platform {
  const parsed = parsePlatform(text);
  if (isMistake(parsed)) throw new Error(parsed.mistake);
  return parsed;
}

describe('parsePlatform', () => {
  it.each([
    ['amd64', 'linux/amd64'],
    ['linux/amd64', 'linux/amd64'],
    ['amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['x86_64', 'linux/amd64'],
    ['arm64', 'linux/arm64'],
    ['arm64/v8', 'linux/arm64'],
    ['Linux/ARM64/v9', 'linux/arm64/v9'],
    ['aarch64', 'linux/arm64'],
    ['arm', 'linux/arm/v7'],
    ['arm/v6', 'linux/arm/v6'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['armel', 'linux/arm/v6'],
    ['armhf', 'linux/arm/v7'],
    ['i386', 'linux/386'],
    ['s390x', 'linux/s390x'],
    ['freebsd/amd64', 'freebsd/amd64'],
    ['macos/arm64', 'darwin/arm64'],
    ['windows/amd64', 'windows/amd64'],
    ['windows/amd64:10.0.20348', 'windows/amd64:10.0.20348'],
    ['windows/amd64:10.0.20348.2582', 'windows/amd64:10.0.20348'],
  ])('%s is %s, and reads back', (text, full) => {
    expect(formatPlatform(platform(text))).toBe(full);
    expect(platform(full)).toEqual(platform(text));
  });

  it.each([
    ['amd46', 'no known architecture'],
    ['linux', 'no known architecture'],
    ['linux/amd46', 'no known architecture'],
    ['', 'is not a valid platform'],
    ['linux//amd64', 'is not a valid platform'],
    ['a/b/c/d', 'is not a valid platform'],
    ['linux/amd64 ', 'is not a valid platform'],
    ['linux/amd64:10.0.1', 'does not have a valid build'],
    ['windows/amd64:ltsc2022', 'does not have a valid build'],
    ['windows/amd64:1:2', 'is not a valid platform'],
  ])('refuses %j', (text, words) => {
    expect(parsePlatform(text)).toMatchObject({ mistake: expect.stringContaining(words) });
  });
});

describe('comparison', () => {
  const windows = (osVersion: string) =>
    normalisePlatform({ os: 'windows', architecture: 'amd64', osVersion });

  it('leaves out the revision of Windows, and no build', () => {
    expect(samePlatform(windows('10.0.20348.1'), windows('10.0.20348.2'))).toBe(true);
    expect(samePlatform(windows('10.0.20348.1'), windows('10.0.17763.1'))).toBe(false);
    expect(samePlatform(windows('10.0.20348.1'), windows(''))).toBe(false);
  });

  // containerd/platforms, database.go, normalizeArch: these two names leave no room for a variant.
  it.each([
    ['armhf', 'v6', 'linux/arm/v7'],
    ['i386', 'v3', 'linux/386'],
  ])('%s is one platform, whatever the variant', (architecture, variant, full) => {
    expect(formatPlatform(normalisePlatform({ os: 'linux', architecture, variant }))).toBe(full);
  });

  it('knows os.version of Windows alone', () => {
    const linux = normalisePlatform({
      os: 'linux',
      architecture: 'arm64',
      variant: 'v8',
      osVersion: '6.1.0',
    });
    expect(samePlatform(linux, platform('arm64'))).toBe(true);
  });

  it.each([
    ['windows/amd64:10.0.20348', 'windows/amd64', true],
    ['windows/amd64:10.0.20348', 'windows/amd64:10.0.20348', true],
    ['windows/amd64:10.0.20348', 'windows/amd64:10.0.17763', false],
    ['windows/amd64', 'windows/amd64:10.0.17763', false],
    ['arm/v6', 'arm', false],
  ])('%s fulfils %s: %s', (have, wish, expected) =>
    expect(fulfils(platform(have), platform(wish))).toBe(expected),
  );

  it('orders by text', () => {
    const sorted = ['s390x', 'arm', 'amd64', 'arm64'].map(platform).sort(byPlatform).map(formatPlatform);
    expect(sorted).toEqual(['linux/amd64', 'linux/arm/v7', 'linux/arm64', 'linux/s390x']);
  });
});
