import { describe, expect, it } from '@jest/globals';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { type Platform, parsePlatform } from '../../../src/image/manifest/platform.ts';
import { platformTags, platformTagsMistake } from '../../../src/image/manifest/platform-tags.ts';

function platforms(text: string): Platform[] {
  return text.split(' ').map((one) => {
    const parsed = parsePlatform(one);
    if (isMistake(parsed)) throw new Error(parsed.mistake);
    return parsed;
  });
}

function tags(template: string, text: string, tag = '40'): string {
  const rows = platformTags(template, tag, platforms(text));
  return isMistake(rows) ? rows.mistake : rows.map((row) => row.tag).join(' ');
}

describe('platformTags', () => {
  it.each([
    [
      '{tag}-{arch}',
      'amd64 arm64 arm arm/v6 386 s390x',
      '40-amd64 40-arm64 40-arm-v7 40-arm-v6 40-386 40-s390x',
    ],
    ['{tag}-{machine}', 'amd64 arm64 arm arm/v6', '40-x86_64 40-aarch64 40-armv7l 40-armv6l'],
    [
      '{tag}-{machine}',
      '386 mips64le mipsle loong64 ppc64le riscv64',
      '40-i686 40-mips64el 40-mipsel 40-loongarch64 40-ppc64le 40-riscv64',
    ],
    ['{tag}-{machine}', 'amd64/v3 arm64/v9', '40-x86_64-v3 40-aarch64-v9'],
    ['{tag}-{arch}', 'amd64/v2', '40-amd64-v2'],
    ['{os}_{arch}.{tag}', 'amd64 windows/amd64:10.0.20348', 'linux_amd64.40 windows_amd64.40'],
    ['{tag}-{tag}-{arch}', 'amd64', '40-40-amd64'],
    ['{tag}-{arch}', 'amd64 amd64', '40-amd64 40-amd64'],
  ])('%s of %s', (template, text, expected) => expect(tags(template, text)).toBe(expected));

  it.each([
    ['{tag}-{os}', 'amd64 arm64', 'makes 40-linux of linux/amd64 and linux/arm64'],
    ['{tag}-{arch}', 'amd64 windows/amd64', 'makes 40-amd64 of linux/amd64 and windows/amd64'],
    ['{tag}', 'amd64', 'makes "40" of linux/amd64, the tag itself'],
    ['-{tag}-{arch}', 'amd64', 'makes "-40-amd64" of linux/amd64, which is not a valid tag'],
  ])('%s of %s is a mistake', (template, text, words) => expect(tags(template, text)).toContain(words));

  it('a tag that grows too long is a mistake', () => {
    expect(tags('{tag}-{arch}', 'amd64', 'a'.repeat(123))).toContain('which is not a valid tag');
    expect(tags('{tag}-{arch}', 'amd64', 'a'.repeat(122))).toHaveLength(128);
  });

  it('says how two builds of Windows are told apart: not at all', () => {
    const rows = platformTags(
      '{tag}-{os}-{arch}',
      '40',
      platforms('windows/amd64:10.0.20348 windows/amd64:10.0.17763'),
    );
    expect(isMistake(rows) && rows.hint).toContain('platforms');
  });
});

describe('platformTagsMistake', () => {
  it.each([
    ['{tag}-{arch}', null],
    ['{tag}-{machine}', null],
    ['{os}-{tag}-{arch}', null],
    ['{tag}-{platform}', 'has "{platform}"'],
    ['{tag}-{arch', 'has "{arch"'],
    ['{tag}-arch}', 'has "}"'],
    ['{arch}', 'has no {tag}'],
    ['{tag}', 'the tag itself'],
    ['{tag}-{os}', 'of linux/amd64 and linux/arm64'],
    ['{tag}/{arch}', 'which is not a valid tag'],
  ])('%s', (template, words) => {
    const mistake = platformTagsMistake(template);
    expect(mistake === null ? null : mistake.mistake).toEqual(
      words === null ? null : expect.stringContaining(words),
    );
  });
});
