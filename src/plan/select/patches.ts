// Patch tags: 3.4.1-slim, 3.4.2-slim … of the line 3.4-slim. What a line's patches look like is read from upstream,
// not from the count of numbers: a patch of postgres 17 is 17.2, one of temurin 21-jdk is 21.0.5_11-jdk.

import type { Patches } from '../../image/tags/form.ts';
import { compileGlob } from '../../image/tags/glob.ts';
import { compareNumbers, compareTags, parseTag, type Tag } from '../../image/tags/tag.ts';

/**
 * The patch tags of lines, from the oldest to the newest of each line, each tag once. A patch tag has its line's
 * suffix, begins with its line's numbers, and has as many numbers as the most precise tags of that line upstream.
 * Lines that are plain names, builds or stamps have none. `exclude` holds globs.
 */
export function selectPatches(
  lines: readonly string[],
  patches: Patches,
  exclude: readonly string[],
  upstream: readonly string[],
): string[] {
  const chosen = newestLines(lines, patches.lines);
  const candidates = new Map(chosen.map((line) => [keyOf(line, line.version.length), [] as Tag[]]));
  const excluded = exclude.map(compileGlob);
  for (const text of candidates.size === 0 ? [] : upstream) {
    const tag = parseTag(text);
    if (tag === null || excluded.some((matches) => matches(text))) continue;
    for (let count = 1; count <= tag.version.length; count++) {
      if (count === tag.version.length && !tag.hasBuild) break;
      candidates.get(keyOf(tag, count))?.push(tag);
    }
  }
  const selected = [...candidates.values()].flatMap((tags) => newest(mostPrecise(tags), patches.max));
  return [...new Set(selected.map(({ text }) => text))];
}

function newestLines(texts: readonly string[], count: number | null): Tag[] {
  const tags = texts.map(parseTag).filter((tag) => tag !== null);
  const lines = tags.filter(({ version, builds }) => version.length > 0 && builds.length === 0);
  return [...Map.groupBy(lines, ({ series }) => series).values()].flatMap((members) =>
    newest(members, count ?? members.length),
  );
}

/**
 * The tags of the most precise form that is still alive, as its newest tag is not older than the rest: one stray
 * 3.4.0-1 or 3.4.0.1 of long ago does not hide 3.4.9. Tags with builds are one form, however many numbers they have.
 */
function mostPrecise(tags: readonly Tag[]): readonly Tag[] {
  const forms = Map.groupBy(tags, ({ hasBuild, version }) =>
    hasBuild ? Number.POSITIVE_INFINITY : version.length,
  );
  const top = newest(tags, 1)[0]?.version ?? [];
  const sorted = [...forms].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, form]) => form);
  return sorted.find((form) => compareNumbers(newest(form, 1)[0]?.version ?? [], top) >= 0) ?? [];
}

function newest(tags: readonly Tag[], count: number): Tag[] {
  const sorted = [...tags].sort(compareTags);
  return sorted.slice(Math.max(sorted.length - count, 0));
}

function keyOf(tag: Tag, count: number): string {
  return `${tag.prefix}${tag.version.slice(0, count).join('.')}|${tag.prerelease}|${tag.suffix}`;
}
