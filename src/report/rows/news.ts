// New tags as the report has them: what upstream has beyond the lists, and what policies brought in.

import { type Diagnostic, formatPlace } from '../../base/errors/diagnostic.ts';
import type { Reason } from '../../base/errors/failure.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { count } from '../../base/text/words.ts';
import type { Config, Entry } from '../../config/images/config.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { familiarName, formatName, formatTag, type Name } from '../../image/names/reference.ts';
import { compileGlob } from '../../image/tags/glob.ts';
import { isKeepTag } from '../../image/tags/keep-tag.ts';
import { isDigestNamed } from '../../image/tags/tag.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import type { Cost } from '../../plan/select/cost.ts';
import type { EndedSeries } from '../../plan/select/ended-series.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';
import type { News, Selection, Wanted } from '../../plan/select/select.ts';
import { hasArrived, type Outcome, type Plan, type PlannedTag } from '../../plan/steps/step.ts';

/**
 * A tag that nobody listed. `series` is the form it shares with the list; `mirrored` is true once the mirror has it,
 * `declined` where a person said no to it.
 */
export type NewTagRow = {
  readonly source: string;
  readonly tag: string;
  readonly series: string;
  readonly beside: string;
  readonly mirrored: boolean;
  readonly declined?: boolean;
  readonly cost: Cost | null;
};

/**
 * Every new tag once: those that `new-tags` announces, and those that `granularity`, `follow` and `new-tags: mirror`
 * bring to the mirror for the first time.
 */
export function newTagRows(
  newTags: readonly NewTag[],
  plan: Plan,
  outcomes: readonly Outcome[],
  prices: ReadonlyMap<string, Cost> = new Map(),
): NewTagRow[] {
  const isMirrored = mirroredBy(plan, outcomes);
  const priceOf = (mirror: Name, tag: string) => prices.get(formatTag(mirror, tag)) ?? null;
  const offered = newTags.map(({ entry, ...newTag }) => {
    const mirrored = isMirrored(entry.source, newTag.tag);
    const cost = newTag.cost ?? priceOf(entry.mirror, newTag.tag);
    return { source: formatName(entry.source), ...newTag, mirrored, cost };
  });
  const brought = plan.tags.filter(isBrought).map(({ wanted: { source, mirror, tag, origin } }) => {
    const mirrored = isMirrored(source, tag);
    const cost = priceOf(mirror, tag);
    return { source: formatName(source), tag, series: origin, beside: '', mirrored, cost };
  });
  return [...brought, ...offered];
}

/** Tells the tags that the mirror has after the run. */
export function mirroredBy(plan: Plan, outcomes: readonly Outcome[]): (source: Name, tag: string) => boolean {
  const arrived = new Set(outcomes.filter(hasArrived).map(({ step }) => step));
  const there = plan.tags.filter((tag) => isThere(tag, arrived));
  const names = new Set(there.map(({ wanted }) => formatTag(wanted.source, wanted.tag)));
  return (source, tag) => names.has(formatTag(source, tag));
}

function isThere(tag: PlannedTag, arrived: ReadonlySet<unknown>): boolean {
  return tag.kind === 'fresh' || (tag.kind === 'stale' && arrived.has(tag.step));
}

/** Selected by a policy and not on the mirror before this run; upstream knows no platform tags. */
function isBrought(tag: PlannedTag): boolean {
  if (tag.wanted.madeOf !== undefined) return false;
  const byPolicy = tag.wanted.origin === 'follow' || tag.wanted.origin === 'patch';
  return byPolicy && tag.kind === 'stale' && tag.step.reason === 'missing';
}

/** One sentence for each thing about upstream's tags that a person should know but that needs no row. */
export function newsNotices(news: Selection['news']): Notice[] {
  return news.flatMap(noticesOf);
}

function noticesOf({ entry, gaps, ended }: News): Notice[] {
  const { source } = entry;
  const endings = ended.map((series) => endedNotice(source, series));
  if (gaps.length === 0) return endings;
  const message = `${familiarName(source)}: ${count(gaps.length, 'older tag')} between the listed ones ${gaps.length === 1 ? 'is' : 'are'} not mirrored`;
  return [...endings, { kind: 'gap', source: formatName(source), message }];
}

/** New tags once they were asked for by HEAD: `found` can be offered, `notices` name those that upstream does not have. */
type Confirmed = {
  readonly found: readonly NewTag[];
  readonly notices: readonly Notice[];
  /** One for each entry with tags that could not be read: they may be new or not. */
  readonly unread: readonly Notice[];
};

/** Sorts new tags by what upstream answered for each. */
export function confirmNews(news: Selection['news'], upstream: Observation['upstream']): Confirmed {
  const seen = ({ entry, tag }: NewTag) => upstream.get(lookUp(entry.pull, tag));
  const isSeen = (tag: NewTag) => seen(tag)?.kind === 'seen';
  return {
    found: news.flatMap(({ newTags }) => newTags.filter(isSeen)),
    notices: news.flatMap(({ entry, newTags }): Notice[] => {
      const absent = newTags.filter((tag) => seen(tag)?.kind === 'absent').map(({ tag }) => tag);
      if (absent.length === 0) return [];
      const [them, they] = absent.length === 1 ? ['it', 'it is'] : ['them', 'they are'];
      const message = `${familiarName(entry.source)}: upstream lists ${firstThree(absent)} and has no manifest for ${them}, so ${they} not offered`;
      return [{ kind: 'no-manifest', source: formatName(entry.source), message }];
    }),
    unread: news.flatMap(({ entry, newTags }): Notice[] => {
      const unknown = newTags.flatMap((tag) => {
        const head = seen(tag);
        return head?.kind === 'unknown' ? [{ tag: tag.tag, because: head.because }] : [];
      });
      const [first] = unknown;
      if (first === undefined) return [];
      const tags = firstThree(unknown.map(({ tag }) => tag));
      const message = `${familiarName(entry.source)}: ${tags} may be new, but ${unknown.length === 1 ? 'it' : 'they'} could not be read (${first.because.message})`;
      return [{ kind: 'unread-list', source: formatName(entry.source), message }];
    }),
  };
}

/** Patterns that match nothing while others of their entry do: lists look forward, so that alone is no failure. */
export function noMatchNotices({ unmatched }: Pick<Selection, 'unmatched'>): Notice[] {
  return unmatched.flatMap(({ source, pattern, place, isBeside }): Notice[] => {
    if (isBeside !== true) return [];
    const message = `${familiarName(source)}: no upstream tag matches ${pattern} (${formatPlace(place)}) yet; the rest of its list does match`;
    return [{ kind: 'no-match', source: formatName(source), message }];
  });
}

/** Without this sentence a mirror that lists alpine3.22 silently stops getting new lines. */
function endedNotice(source: Name, { series, line, missing, nearest }: EndedSeries): Notice {
  const instead = nearest.length === 0 ? '' : `; upstream has ${nearest.join(', ')}`;
  const message = `${familiarName(source)}: upstream's line ${line} has no ${missing}, so the listed series ${series} ends${instead}`;
  return { kind: 'series-ended', source: formatName(source), message };
}

/**
 * Tags of the mirror that no entry keeps fresh any more, counted by source. Nothing is ever deleted for it. Silent of the
 * repositories in `isUnsure`: where a list that selects tags could not be read, nobody knows what is wanted there.
 */
export function orphanNotices(
  { tags }: Pick<Plan, 'tags'>,
  mirrorLists: Observation['mirrorLists'],
  isUnsure: (mirror: Name) => boolean = () => false,
): Notice[] {
  const repositories = [...Map.groupBy(tags, ({ wanted }) => formatName(wanted.mirror))];
  return repositories.flatMap(([mirror, planned]): Notice[] => {
    const list = mirrorLists.get(mirror);
    const [first] = planned;
    if (list?.kind !== 'seen' || first === undefined || isUnsure(first.wanted.mirror)) return [];
    const kept = new Set(planned.map(({ wanted }) => wanted.tag));
    const mayBeMade = planned
      .filter(({ kind }) => kind === 'failed')
      .map(({ wanted }) => platformTagsOf(wanted));
    const isOrphan = (tag: string) =>
      !kept.has(tag) && !isDigestNamed(tag) && !mayBeMade.some((isMadeOf) => isMadeOf(tag));
    const source = formatName(first.wanted.source);
    const { orphans = [], keeps = [] } = Object.groupBy(list.value.filter(isOrphan), (tag) =>
      isKeepTag(tag) ? 'keeps' : 'orphans',
    );
    const rows = [
      [orphans, 'orphans', `${count(orphans.length, 'tag')} that no entry keeps fresh`],
      [keeps, 'keep-tags', `${count(keeps.length, 'keep-tag')} of earlier pins`],
    ] as const;
    return rows.flatMap(([found, kind, words]): Notice[] =>
      found.length === 0 ? [] : [{ kind, source, message: `${mirror}: ${words} (${firstThree(found)})` }],
    );
  });
}

/** Of a tag that could not be read the platforms are unknown, so whatever its template could make counts. */
function platformTagsOf({ tag, policies }: Wanted): (found: string) => boolean {
  const { platformTags } = policies;
  if (platformTags === '') return () => false;
  return compileGlob(
    platformTags.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'tag' ? tag : '*')),
  );
}

/**
 * Repositories that the mirror would not show, or does not have, each once: for a mode that writes nothing:
 * where something is written the push shows it.
 */
export function accessNotices(
  { tags }: Pick<Plan, 'tags'>,
  mirrorLists: Observation['mirrorLists'],
): Notice[] {
  const repositories = [...Map.groupBy(tags, ({ wanted }) => formatName(wanted.mirror))];
  return repositories.flatMap(([mirror, planned]): Notice[] => {
    const hidden = planned.find((tag) => tag.kind === 'stale' && tag.doubt !== null) ?? null;
    const isAbsent =
      mirrorLists.get(mirror)?.kind === 'absent' && planned.some(({ kind }) => kind === 'stale');
    const tag = hidden ?? (isAbsent ? planned[0] : undefined);
    if (tag === undefined) return [];
    const why = tag.kind === 'stale' && tag.doubt !== null ? ` (${tag.doubt.message})` : '';
    const message = `${mirror}: not there yet, or no access${why}`;
    return [{ kind: 'no-access', source: formatName(tag.wanted.source), message }];
  });
}

/**
 * Repositories whose tags the mirror could not list, so that nobody knows what else is there. That it refuses to show one
 * is usual before the first push and worth no word.
 */
export function unlistedNotices({ wanted }: Selection, mirrorLists: Observation['mirrorLists']): Notice[] {
  const sources = new Map(wanted.map(({ mirror, source }) => [formatName(mirror), formatName(source)]));
  return [...mirrorLists].flatMap(([mirror, list]): Notice[] => {
    if (list.kind !== 'unknown' || USUAL.includes(list.because.reason)) return [];
    const message = `${mirror}: its tags could not be listed, so nobody knows which of them no entry keeps fresh (${list.because.message})`;
    return [{ kind: 'unread-list', source: sources.get(mirror) ?? '', message }];
  });
}

const USUAL: readonly Reason[] = ['denied', 'not-found', 'cancelled', 'budget'];

function firstThree(tags: readonly string[]): string {
  return tags.length <= 3 ? tags.join(', ') : `${tags.slice(0, 3).join(', ')}, …`;
}

/** One sentence for each source that was passed over because its mirror would have been compared with itself. */
export function ownMirrorNotices({ ownMirrors }: Pick<Config, 'ownMirrors'>): Notice[] {
  return ownMirrors.map((entry) => ({
    kind: 'own-mirror',
    source: formatName(entry.source),
    message: ownMirrorWords(entry),
  }));
}

/** The same at the places in the config, for annotations. */
export function ownMirrorWarnings({ ownMirrors }: Pick<Config, 'ownMirrors'>): Diagnostic[] {
  return ownMirrors.map((entry) => ({
    severity: 'warning',
    rule: 'mirror-as-source',
    place: entry.place,
    message: ownMirrorWords(entry),
    hint: '',
  }));
}

function ownMirrorWords({ source, pull }: Entry): string {
  return `${familiarName(source)} was skipped: read-from leads to its own mirror repository, ${formatName(pull)}, so there is nothing to compare`;
}
