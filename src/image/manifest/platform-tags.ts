// Tags for single platforms, written from a template: `{tag}-{arch}` makes 40-arm64 beside 40.

import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import { isTag } from '../tags/tag.ts';
import { formatPlatform, type Platform, samePlatform } from './platform.ts';

/** The tag that one platform of an image has. */
export type PlatformTag = { readonly tag: string; readonly platform: Platform };

// What `uname -m` says, and distributions write in file names, where that differs from Go's name.
const MACHINES = new Map([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
  ['386', 'i686'],
  ['loong64', 'loongarch64'],
  ['mipsle', 'mipsel'],
  ['mips64le', 'mips64el'],
]);
const KNOWN = ['{tag}', '{arch}', '{machine}', '{os}'];
const SAMPLES: readonly Platform[] = ['amd64', 'arm64'].map((architecture) => ({
  os: 'linux',
  architecture,
  variant: '',
  build: '',
}));

/** Says why a template can never work, or null: an unknown placeholder, one tag for two platforms, an invalid tag. */
export function platformTagsMistake(template: string): Mistake | null {
  const unknown = (template.match(/\{[^}]*\}?|\}/g) ?? []).find((found) => !KNOWN.includes(found));
  if (unknown !== undefined) {
    return {
      mistake: `${show(template)} has ${show(unknown)}`,
      hint: `known placeholders are ${KNOWN.join(' ')}`,
    };
  }
  if (!template.includes('{tag}')) {
    return { mistake: `${show(template)} has no {tag}`, hint: 'write {tag}-{arch}' };
  }
  const made = platformTags(template, 'x', SAMPLES);
  return isMistake(made) ? made : null;
}

/**
 * The tag of each platform, in the order given. A mistake when two platforms would share a tag, when one would be
 * `tag` itself, and when the result is not a valid tag.
 */
export function platformTags(
  template: string,
  tag: string,
  platforms: readonly Platform[],
): readonly PlatformTag[] | Mistake {
  const taken = new Map<string, Platform>();
  const rows = platforms.map((platform) => ({ tag: expand(template, tag, platform), platform }));
  for (const row of rows) {
    const other = taken.get(row.tag);
    if (other !== undefined && !samePlatform(other, row.platform)) return sharedTag(template, row, other);
    if (row.tag === tag || !isTag(row.tag)) return unusableTag(template, row, tag);
    taken.set(row.tag, row.platform);
  }
  return rows;
}

function expand(template: string, tag: string, platform: Platform): string {
  const values: Readonly<Record<string, string>> = {
    '{tag}': tag,
    '{arch}': [platform.architecture, platform.variant].filter((part) => part !== '').join('-'),
    '{machine}': machine(platform),
    '{os}': platform.os,
  };
  return template.replace(/\{\w+\}/g, (found) => values[found] ?? found);
}

/** `armv7l` as the kernel says it; a variant of another architecture follows a hyphen (`x86_64-v3`). */
function machine({ architecture, variant }: Platform): string {
  if (architecture === 'arm' && /^v\d+$/.test(variant)) return `arm${variant}l`;
  return [MACHINES.get(architecture) ?? architecture, variant].filter((part) => part !== '').join('-');
}

function sharedTag(template: string, row: PlatformTag, other: Platform): Mistake {
  const both = `${formatPlatform(other)} and ${formatPlatform(row.platform)}`;
  const hint =
    other.os === row.platform.os
      ? 'put {arch} or {machine} into the template, or list the wanted ones in platforms'
      : 'put {os} into the template';
  return { mistake: `${show(template)} makes ${row.tag} of ${both}`, hint };
}

function unusableTag(template: string, row: PlatformTag, tag: string): Mistake {
  const made = `${show(template)} makes ${show(row.tag)} of ${formatPlatform(row.platform)}`;
  if (row.tag === tag) return { mistake: `${made}, the tag itself`, hint: 'write {tag}-{arch}' };
  return {
    mistake: `${made}, which is not a valid tag`,
    hint: 'a tag has at most 128 characters of A-Za-z0-9._-',
  };
}
