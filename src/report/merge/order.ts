// The one order of a report: that of the config, whoever saw its tags first. The parts of a run then put together say
// what one run says.

import { byPlace } from '../../base/errors/diagnostic.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { compareTexts } from '../../base/text/words.ts';
import type { Config } from '../../config/images/config.ts';
import { formatName } from '../../image/names/reference.ts';
import type { Report } from '../rows/report.ts';

/** The canonical names of a config's entries, in their order. */
export function sourcesOf({ entries }: Pick<Config, 'entries'>): string[] {
  return entries.map(({ source }) => formatName(source));
}

/** Kinds of notices in the order of a report; whatever is not named comes last. */
const KINDS: readonly Notice['kind'][] = [
  'parts',
  'untagged',
  'own-mirror',
  'series-ended',
  'gap',
  'no-match',
  'unread-list',
  'no-manifest',
  'orphans',
  'no-access',
  'unread-pin',
  'unmoved-pin',
  'keep-tags',
  'lost-platforms',
  'broken-mirror',
  'builds',
  'declined',
  'github',
];

type OfSource = { readonly source: string };

/** The report with its lists in the order of `sources`, the canonical names of the entries; other names follow theirs. */
export function inOrder<R extends Report>(report: R, sources: readonly string[]): R {
  const bySource = rankedBy(sources);
  const sorted = <T extends OfSource>(rows: readonly T[]): T[] => rows.toSorted(bySource);
  const { keepTags, stalePins } = report;
  return {
    ...report,
    sources: sorted(report.sources),
    stale: sorted(report.stale),
    copied: sorted(report.copied),
    failed: sorted(report.failed),
    refused: sorted(report.refused),
    deferred: sorted(report.deferred),
    newTags: report.newTags.toSorted((a, b) => Number(isListed(a)) - Number(isListed(b)) || bySource(a, b)),
    kept: sorted(report.kept),
    ...(keepTags === undefined ? {} : { keepTags: sorted(keepTags) }),
    ...(stalePins === undefined ? {} : { stalePins: stalePins.toSorted(byPlaceOfPin) }),
    notices: noticesInOrder(report.notices, sources),
  };
}

/** The notices each once: by kind, then by source. */
export function noticesInOrder(notices: readonly Notice[], sources: readonly string[]): Notice[] {
  const bySource = rankedBy(sources);
  const known = new Set(sources);
  return distinct(notices).toSorted(
    (a, b) =>
      kindRank(a) - kindRank(b) ||
      bySource(a, b) ||
      // What is about no entry was said by whoever came first, so its own words give it its place.
      (known.has(a.source) ? 0 : compareTexts(a.message, b.message)),
  );
}

/** The order of the entries; other names come after them, in alphabetical order. */
function rankedBy(sources: readonly string[]): (a: OfSource, b: OfSource) => number {
  const ranks = new Map(sources.map((source, at) => [source, at]));
  const rank = ({ source }: OfSource): number => ranks.get(source) ?? sources.length;
  return (a, b) => rank(a) - rank(b) || (rank(a) === sources.length ? compareTexts(a.source, b.source) : 0);
}

/** What `granularity` and `follow` bring comes before what is offered. */
function isListed({ beside }: Report['newTags'][number]): boolean {
  return beside !== '';
}

type PinRow = NonNullable<Report['stalePins']>[number];

function byPlaceOfPin(a: PinRow, b: PinRow): number {
  return byPlace({ place: a }, { place: b });
}

function kindRank({ kind }: Notice): number {
  const at = KINDS.indexOf(kind);
  return at < 0 ? KINDS.length : at;
}

function distinct(notices: readonly Notice[]): Notice[] {
  const keys = notices.map(({ kind, source, message }) => [JSON.stringify([kind, source, message])] as const);
  return [...new Map(notices.map((notice, at) => [keys[at]?.[0] ?? '', notice])).values()];
}
