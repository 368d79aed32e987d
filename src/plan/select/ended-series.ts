// Series that upstream goes on with under another name: 1.27 exists with alpine3.23 and alpine3.24, and the list has
// 1.26-alpine3.22. Such a list would get nothing new any more and nobody would notice, so a notice says it.

import { naturalOrder } from '../../base/text/words.ts';
import { compareNumbers, formatSeries, type Tag } from '../../image/tags/tag.ts';
import { type Listed, type ListedSeries, positionOf } from './series.ts';

/**
 * A listed series that the newest line upstream does not have. `missing` is the tag that one would look for,
 * `nearest` what upstream has instead; `newest` is the newest listed tag of the series.
 */
export type EndedSeries = {
  readonly series: string;
  readonly newest: string;
  readonly line: string;
  readonly missing: string;
  readonly nearest: readonly string[];
};

type Family = {
  readonly newestOf: Map<string, readonly number[]>;
  readonly newest: Tag[];
};

// Only operating systems move on by themselves: php8.2 or jdk21 in a suffix is a choice that its reader made.
const NUMBERED =
  /(^|-)(alma|almalinux|alpine|al|amazonlinux|azurelinux|bci|cbl-mariner|centos|debian|el|fedora|leap|mariner|ol|oraclelinux|photon|rhel|rocky|rockylinux|sles|ubi|ubuntu)-?\d+(?:\.\d+)*(?=-|$)/g;
const WINDOWS = /(^|-)(nanoserver|windowsservercore)-(?:ltsc\d{4}|sac\d{4}|\d{4}|\d\dh\d)(?=-|$)/gi;
// From debian.org/releases and releases.ubuntu.com; a code name that is not here costs a notice, nothing else.
const DEBIAN = /(^|-)(?:wheezy|jessie|stretch|buster|bullseye|bookworm|trixie|forky|duke)(?=-|$)/g;
const UBUNTU =
  /(^|-)(?:trusty|xenial|bionic|focal|hirsute|impish|jammy|kinetic|lunar|mantic|noble|oracular|plucky|questing|resolute|stonking)(?=-|$)/g;

/**
 * Finds the listed series that end: the newest line of the same suffix, operating-system versions left out, is newer
 * than anything that this suffix has. Silent where a tag of that line is listed already, and for tags with stamps.
 * `isUnwanted` takes tags away from what is named; a series whose next tag is unwanted is not missed.
 */
export function findEndedSeries(
  listed: Listed,
  upstream: readonly Tag[],
  isUnwanted: (tag: string) => boolean,
): EndedSeries[] {
  const familyOf = familyReader();
  const moving = [...listed.series.values()].filter(({ newest }) => familyOf(newest) !== null);
  const families = new Map<string, Family>();
  for (const { newest } of moving) families.set(familyOf(newest) ?? '', { newestOf: new Map(), newest: [] });
  if (families.size === 0) return [];
  for (const tag of [...moving.flatMap(({ members }) => members), ...upstream]) {
    const family = families.get(familyOf(tag) ?? '');
    if (family === undefined) continue;
    if (listed.names.has(tag.text) || !isUnwanted(tag.text)) addTo(family, tag);
  }
  return moving.flatMap((candidate) => {
    const family = families.get(familyOf(candidate.newest) ?? '');
    const ended = family === undefined ? null : describeEnd(listed, candidate, family);
    return ended === null || isUnwanted(ended.missing) ? [] : [ended];
  });
}

/** The series with operating-system versions blanked; null where there is none, and where nothing counts upwards. */
function familyReader(): (tag: Tag) => string | null {
  const blanked = new Map<string, string>();
  return ({ suffix, series, version, builds, hasBuild }) => {
    if (version.length === 0 || (builds.length > 0 && !hasBuild)) return null;
    const known = blanked.get(suffix) ?? blankSystems(suffix);
    blanked.set(suffix, known);
    return known === suffix ? null : `${series.slice(0, series.length - suffix.length)}${known}`;
  };
}

/** `slim-bookworm` and `slim-trixie` both become `slim-debian#`: no tag has that sign. */
function blankSystems(suffix: string): string {
  return suffix
    .replace(NUMBERED, '$1$2#')
    .replace(WINDOWS, '$1$2#')
    .replace(DEBIAN, '$1debian#')
    .replace(UBUNTU, '$1ubuntu#');
}

function addTo(family: Family, tag: Tag): void {
  const before = family.newestOf.get(tag.series);
  if (before === undefined || compareNumbers(tag.version, before) > 0) {
    family.newestOf.set(tag.series, tag.version);
  }
  const order = compareNumbers(tag.version, family.newest[0]?.version ?? []);
  if (order > 0) family.newest.length = 0;
  if (order >= 0) family.newest.push(tag);
}

function describeEnd(listed: Listed, of: ListedSeries, family: Family): EndedSeries | null {
  const first = family.newest[0];
  const reached = family.newestOf.get(of.newest.series);
  if (first === undefined || reached === undefined) return null;
  if (
    compareNumbers(first.version, reached) <= 0 ||
    family.newest.some((tag) => listed.names.has(tag.text))
  ) {
    return null;
  }
  const { suffix, series } = of.newest;
  if (positionOf(listed, of, { ...first, suffix, series }) !== 'new') return null;
  const line = first.text.slice(0, -first.suffix.length - 1);
  const names = new Set(family.newest.map(({ text }) => text));
  return {
    series: formatSeries(of.newest),
    newest: of.newest.text,
    line,
    missing: `${line}-${suffix}`,
    nearest: [...names].sort(naturalOrder()),
  };
}
