// New tags as the report tells of them: what upstream has beyond the lists, and what policies brought in.

import { count } from '../../base/text/words.ts';
import { familiarName, formatName } from '../../image/names/reference.ts';
import { isDigestNamed } from '../../image/tags/tag.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import type { Cost } from '../../plan/select/cost.ts';
import type { EndedSeries } from '../../plan/select/ended-series.ts';
import { type News, newsKey, type Selection } from '../../plan/select/select.ts';
import type { Outcome, Plan, PlannedTag } from '../../plan/steps/step.ts';

/** A tag that nobody listed. `series` is the form it shares with the list; `mirrored` is true once the mirror has it. */
export type NewTagRow = {
  readonly source: string;
  readonly tag: string;
  readonly series: string;
  readonly beside: string;
  readonly mirrored: boolean;
  readonly cost: Cost | null;
};

/**
 * Every new tag once: those that `new-tags` tells of, and those that `granularity`, `follow` and `new-tags: mirror`
 * bring to the mirror for the first time. `costs` are by key, where they were measured.
 */
export function newTagRows(
  news: Selection['news'],
  plan: Plan,
  outcomes: readonly Outcome[],
  costs: ReadonlyMap<string, Cost | null>,
): NewTagRow[] {
  const arrived = new Set(
    outcomes.filter(({ kind }) => kind === 'copied' || kind === 'already').map(({ step }) => step),
  );
  const there = new Set(plan.tags.filter((tag) => isThere(tag, arrived)).map(keyOf));
  const told = news.flatMap(({ entry, tags }) =>
    tags.found.map((one): [string, NewTagRow] => {
      const key = newsKey(entry, one);
      const { tag, series, after } = one;
      const cost = costs.get(key) ?? null;
      return [
        key,
        { source: formatName(entry.source), tag, series, beside: after, mirrored: there.has(key), cost },
      ];
    }),
  );
  const brought = plan.tags.filter(isBrought).map((tag): [string, NewTagRow] => {
    const { source, tag: name, origin } = tag.wanted;
    const row = { source: formatName(source), tag: name, series: origin, beside: '', cost: null };
    return [keyOf(tag), { ...row, mirrored: there.has(keyOf(tag)) }];
  });
  return [...new Map([...brought, ...told]).values()];
}

function keyOf({ wanted }: PlannedTag): string {
  return `${formatName(wanted.source)}:${wanted.tag}`;
}

function isThere(tag: PlannedTag, arrived: ReadonlySet<unknown>): boolean {
  return tag.kind === 'fresh' || (tag.kind === 'stale' && arrived.has(tag.step));
}

/** Selected by a policy and not on the mirror before this run. */
function isBrought(tag: PlannedTag): boolean {
  const byPolicy = tag.wanted.origin === 'follow' || tag.wanted.origin === 'patch';
  return byPolicy && tag.kind === 'stale' && tag.step.reason === 'missing';
}

/** One sentence for each thing about upstream's tags that is worth a word but needs no row. */
export function newsNotices(news: Selection['news']): string[] {
  return news.flatMap(noticesOf);
}

function noticesOf({ entry, tags }: News): string[] {
  const source = familiarName(entry.source);
  const gaps =
    tags.gaps.length === 0
      ? []
      : [`${source}: ${count(tags.gaps.length, 'older tag')} between the listed ones not mirrored`];
  return [...tags.ended.map((ended) => endedNotice(source, ended)), ...gaps];
}

/** `series-ended`: without this sentence a mirror that lists alpine3.22 silently stops getting new lines. */
function endedNotice(source: string, { series, line, missing, nearest }: EndedSeries): string {
  const instead = nearest.length === 0 ? '' : `; upstream has ${nearest.join(', ')}`;
  return `${source}: upstream's line ${line} has no ${missing}, so the listed series ${series} ends${instead}`;
}

/** Tags of the mirror that no entry keeps fresh any more, counted by source. Nothing is ever deleted for it. */
export function orphanNotices({ wanted }: Selection, held: Observation['held']): string[] {
  return [...Map.groupBy(wanted, (one) => formatName(one.mirror))].flatMap(([mirror, tags]) => {
    const list = held.get(mirror);
    const kept = new Set(tags.map((one) => one.tag));
    const orphans =
      list?.kind === 'seen' ? list.value.filter((tag) => !kept.has(tag) && !isDigestNamed(tag)) : [];
    if (orphans.length === 0) return [];
    return [`${mirror}: ${count(orphans.length, 'tag')} that no entry keeps fresh (${some(orphans)})`];
  });
}

function some(tags: readonly string[]): string {
  return tags.length <= 3 ? tags.join(', ') : `${tags.slice(0, 3).join(', ')}, …`;
}
