// Many platforms against many wishes, each asked for once: an index may list a thousand, and pairs of thousands take
// seconds in which nobody hears a signal.

import { formatPlatform, type Platform } from '../../image/manifest/platform.ts';

/** Platforms as texts, to be asked with `offers` or `asksFor`. */
type PlatformSet = ReadonlySet<string>;

/** What platforms offer: each by its own name and, as a wish without a Windows build accepts every build, without one. */
export function offerSet(platforms: readonly Platform[]): PlatformSet {
  return new Set(platforms.flatMap(namesOf));
}

/** True when a platform in a set made by `offerSet` is what `wish` asks for. */
export function offers(offered: PlatformSet, wish: Platform): boolean {
  return offered.has(formatPlatform(wish));
}

/** Wishes, to be asked with `asksFor`. */
export function wishSet(wishes: readonly Platform[]): PlatformSet {
  return new Set(wishes.map(formatPlatform));
}

/** True when a wish in a set made by `wishSet` asks for `platform`. */
export function asksFor(wishes: PlatformSet, platform: Platform): boolean {
  return namesOf(platform).some((name) => wishes.has(name));
}

function namesOf(platform: Platform): string[] {
  const name = formatPlatform(platform);
  return platform.build === '' ? [name] : [name, formatPlatform({ ...platform, build: '' })];
}

/** The platforms, each once, in the order in which they come first. */
export function uniquePlatforms(platforms: readonly Platform[]): Platform[] {
  const seen = new Map<string, Platform>();
  for (const platform of platforms) {
    const name = formatPlatform(platform);
    if (!seen.has(name)) seen.set(name, platform);
  }
  return [...seen.values()];
}
