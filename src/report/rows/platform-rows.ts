// What a run reports about platforms: those that a tag lost or would lose, those that are kept and for how long.

import type { Notice } from '../../base/errors/notice.ts';
import type { Digest } from '../../image/names/digest.ts';
import { familiarTag, formatName, formatTag } from '../../image/names/reference.ts';
import type { Acceptance } from '../../plan/platforms/guard.ts';
import type { Plan, PlannedTag, PlatformNotes } from '../../plan/steps/step.ts';

/** An image that upstream let go and the mirror keeps in its index: `since` is a day, `days` how long ago that is. */
export type KeptRow = {
  readonly source: string;
  readonly tag: string;
  readonly mirror: string;
  readonly platform: string;
  readonly digest: Digest;
  readonly since: string;
  readonly days: number;
};

/**
 * What a row reports about platforms; a field that would be empty is left out. Platforms are texts, `linux/arm64`;
 * `line` accepts a refused loss where it is written at the entry, or under `defaults`.
 */
export type PlatformFields = {
  readonly lost?: readonly string[];
  readonly missing?: readonly string[];
  readonly kept?: readonly string[];
  readonly line?: string;
  readonly where?: Acceptance['where'];
  /** The day on which the image was built that the mirror goes on serving, and how long ago that is. */
  readonly servedSince?: string;
  readonly servedDays?: number;
};

/** The fields of one row. */
export function platformFields(notes: PlatformNotes | undefined): PlatformFields {
  if (notes === undefined) return {};
  const { lost, missing, kept, accept, served } = notes;
  return {
    ...(lost.length === 0 ? {} : { lost }),
    ...(missing.length === 0 ? {} : { missing }),
    ...(kept.length === 0 ? {} : { kept: kept.map(({ platform }) => platform) }),
    ...accept,
    ...(served ? { servedSince: served.since, servedDays: served.days } : {}),
  };
}

/** Every kept image of the tags that are as planned: `isDone` knows it of one whose step was to write it. */
export function keptRows({ tags }: Plan, isDone: (tag: PlannedTag) => boolean): KeptRow[] {
  return tags.filter(isDone).flatMap(({ wanted, notes }) =>
    (notes?.kept ?? []).map((kept) => ({
      source: formatName(wanted.source),
      tag: wanted.tag,
      mirror: formatTag(wanted.mirror, wanted.tag),
      ...kept,
    })),
  );
}

/** One sentence for each tag that moves although platforms go: they do not count, or a person let them go. */
export function lossNotices({ tags }: Plan, isDone: (tag: PlannedTag) => boolean): Notice[] {
  const moving = tags.filter((tag) => tag.kind === 'stale' && isDone(tag));
  return moving.flatMap(({ wanted, notes }): Notice[] => {
    if (notes === undefined || notes.lost.length === 0) return [];
    const { expectedPlatforms } = wanted.policies;
    const why = expectedPlatforms.length > 0 ? 'expected-platforms names others' : 'lost-platforms: accept';
    const { source, tag } = wanted;
    const message = `${familiarTag(source, tag)} loses ${notes.lost.join(', ')} (${why})`;
    return [{ kind: 'lost-platforms', source: formatName(source), message }];
  });
}

/** One sentence for each tag that moves on from an image that the mirror itself had lost, or a part of it. */
export function brokenNotices({ tags }: Plan, isDone: (tag: PlannedTag) => boolean): Notice[] {
  const moving = tags.filter((tag) => tag.kind === 'stale' && isDone(tag));
  return moving.flatMap(({ wanted, notes }): Notice[] => {
    const [digest, ...more] = notes?.broken ?? [];
    if (digest === undefined) return [];
    const { source, mirror, tag } = wanted;
    const rest = more.length === 0 ? '' : ` and ${more.length} more`;
    const message = `the mirror's own image of ${formatTag(mirror, tag)} was broken (${digest}${rest} was missing), so nothing is lost by replacing it`;
    return [{ kind: 'broken-mirror', source: formatName(source), message }];
  });
}
