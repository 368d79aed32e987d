// Tags as people read them: the version at the head, how far it has come (rc1), builds and stamps (_11, 20250108), and
// the suffix that stays (slim). There is no standard for this; the forms are those of the Docker official images
// (github.com/docker-library/official-images). What is not clearly a version is a plain name: a wrong guess would offer
// a hash as the newest release, a missed version only goes unreported.

/**
 * A tag with a version or a stamp in it. `version` holds its numbers (empty where there is only a stamp), `builds` the
 * build numbers and stamps in the order of the text. `stage` is empty for a release, else [rank of the word, counter].
 * `suffix` is the rest, with D for each stamp; `release` is the text as it would be without its prerelease words.
 * Two tags belong to one series when `series` is equal: `N.N|slim`, `vN.N.N`, `*B|jdk`, `N.N~pre|slim`, `|bookworm-D`.
 */
export type Tag = {
  readonly text: string;
  readonly prefix: string;
  readonly version: readonly number[];
  readonly stage: readonly number[];
  readonly builds: readonly number[];
  readonly prerelease: boolean;
  readonly hasBuild: boolean;
  readonly suffix: string;
  readonly release: string;
  readonly series: string;
};

type Head = { prefix: string; digits: string; word: string; counter: string; builds: string };
type Tail = { stage: readonly number[]; builds: readonly number[]; taken: number };

const HEAD =
  /^(v?)(\d+(?:\.\d+)*)(?:[_.~]?(a|b|c|rc|alpha|beta|preview|pre|dev|m|ea)[._]?(\d*))?((?:_\d+|u\d+)*)$/i;
const WORD = /^(rc|ea|alpha|beta|preview|pre|dev|m|snapshot|nightly|canary|next|milestone)[._]?(\d*)$/i;
const NUMBER = /^\d{1,15}$/;
const COUNTER = /^\d{1,3}$/;
const STAMP = /^(\d{8}|\d{9,15})((?:\.\d{1,15})*)$/;
const HYPHENATED_DATE = /^(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)/;
// Short commit ids are seven hex digits or more, and one in thirty of them has digits alone.
const HASH = /^[0-9a-f]{7,}$/;
const DIGEST_NAME = /^(sha256|sha384|sha512)-[0-9a-f]{8,}/;
// Numbers beyond this many digits are not exact in JavaScript; no version has them.
const TOO_LONG = /\d{16}/;

const EARLY = ['dev', 'snapshot', 'nightly', 'canary', 'next'];
const BETA = ['b', 'beta'];
const CANDIDATE = ['c', 'rc'];

/** Reads a tag; null for a plain name (`latest`, `bookworm`, a hash, a hyphenated date), which has no order. */
export function parseTag(text: string): Tag | null {
  if (HYPHENATED_DATE.test(text)) return null;
  const tokens = text.split('-');
  const head = readHead(tokens[0] ?? '');
  return head === null ? readStamped(text, tokens) : readVersioned(text, head, tokens.slice(1));
}

/** Numeric order: version (missing numbers are 0), then prerelease before release, then builds and stamps. */
export function compareTags(a: Tag, b: Tag): number {
  return (
    compareNumbers(a.version, b.version) ||
    Number(b.prerelease) - Number(a.prerelease) ||
    compareNumbers(a.stage, b.stage) ||
    compareNumbers(a.builds, b.builds)
  );
}

/** Compares number by number from the left; 3.4 equals 3.4.0. */
export function compareNumbers(a: readonly number[], b: readonly number[]): number {
  const length = Math.max(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [left, right] = [a[at] ?? 0, b[at] ?? 0];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/**
 * The release branch that a tag belongs to: its numbers but the last. Tags with a build number have none, because
 * Java writes 21_35, 21.0.1_12 and 17.0.4.1_1 side by side.
 */
export function branchOf(tag: Tag): readonly number[] {
  return tag.hasBuild ? [] : tag.version.slice(0, -1);
}

/** The series that a prerelease will join once it is released; a release's own series. */
export function releaseSeries(tag: Tag): string {
  return tag.series.replace('~pre', '');
}

/** The series of the prereleases of a release; a prerelease's own series. */
export function prereleaseSeries(tag: Tag): string {
  const [form, ...suffix] = releaseSeries(tag).split('|');
  return [`${form}~pre`, ...suffix].join('|');
}

/** A series as people write it: `N.N-slim`. */
export function formatSeries(tag: Tag): string {
  return tag.series.replace('|', tag.series.startsWith('|') ? '' : '-');
}

/**
 * The tags that a pattern may choose from. Tags named for a digest (`sha256-…`: signatures, and referrers where the
 * registry has no referrers API, OCI distribution-spec, "Referrers Tag Schema") are not images; a pattern that
 * begins like that asks for them.
 */
export function withoutDigestTags(pattern: string, tags: readonly string[]): readonly string[] {
  return /^sha\d{3}-/.test(pattern) ? tags : tags.filter((tag) => !isDigestNamed(tag));
}

/** True for `sha256-<hex>`, with or without something after it (`.sig`, `.att`). */
export function isDigestNamed(tag: string): boolean {
  return DIGEST_NAME.test(tag);
}

function readHead(token: string): Head | null {
  if (isStamp(token) || HASH.test(token) || TOO_LONG.test(token)) return null;
  const [, prefix = '', digits = '', word = '', counter = '', builds = ''] = HEAD.exec(token) ?? [];
  return digits === '' || prefix === 'V' ? null : { prefix, digits, word, counter, builds };
}

function readVersioned(text: string, head: Head, rest: readonly string[]): Tag {
  const tail = readTail(rest);
  const ofHead = head.word === '' ? [] : stageOf(head.word, head.counter);
  const headBuilds = (head.builds.match(/\d+/g) ?? []).map(Number);
  const hasBuild = headBuilds.length + tail.builds.length > 0;
  const prerelease = ofHead.length + tail.stage.length > 0;
  const version = head.digits.split('.').map(Number);
  const { suffix, stamps } = readSuffix(rest.slice(tail.taken));
  const start = `${head.prefix}${head.digits}${head.builds}`;
  const after = tail.stage.length > 0 ? rest.slice(tail.taken) : rest;
  const form = hasBuild ? '*B' : version.map(() => 'N').join('.');
  return {
    text,
    prefix: head.prefix,
    version,
    stage: [...ofHead, ...tail.stage],
    builds: [...headBuilds, ...tail.builds, ...stamps],
    prerelease,
    hasBuild,
    suffix,
    release: [start, ...after].join('-'),
    series: `${head.prefix}${form}${prerelease ? '~pre' : ''}${suffix === '' ? '' : '|'}${suffix}`,
  };
}

/**
 * A tag without version belongs to a series only by a day in it. The number of a clock alone tells one build from the
 * next (main-1736404036), and looks like a hash of digits alone (sha-123456789).
 */
function readStamped(text: string, tokens: readonly string[]): Tag | null {
  const { suffix, stamps } = readSuffix(tokens);
  if (!tokens.some((token) => isDay(STAMP.exec(token)?.[1] ?? ''))) return null;
  const rest = { prefix: '', version: [], stage: [], prerelease: false, hasBuild: false, release: text };
  return { text, ...rest, builds: stamps, suffix, series: `|${suffix}` };
}

/** What directly follows the version: `rc1`, `ea-11`, `b07` or a bare number; how many tokens that took. */
function readTail(rest: readonly string[]): Tail {
  const [first = '', second = ''] = rest;
  const word = WORD.exec(first);
  if (word !== null) {
    const apart = word[2] === '' && COUNTER.test(second);
    return {
      stage: stageOf(word[1] ?? '', apart ? second : (word[2] ?? '')),
      builds: [],
      taken: apart ? 2 : 1,
    };
  }
  const build = /^b?(\d+)$/i.exec(first)?.[1] ?? '';
  if (!NUMBER.test(build) || isStamp(first)) return { stage: [], builds: [], taken: 0 };
  return { stage: [], builds: [Number(build)], taken: 1 };
}

/** `3.15-rc` moves with the newest candidate, so without a counter it ranks above all that have one. */
function stageOf(word: string, counter: string): readonly number[] {
  const name = word.toLowerCase();
  const rank = EARLY.includes(name) ? 0 : CANDIDATE.includes(name) ? 3 : BETA.includes(name) ? 2 : 1;
  return [rank, counter === '' ? Number.POSITIVE_INFINITY : Number(counter)];
}

function readSuffix(tokens: readonly string[]): { suffix: string; stamps: number[] } {
  const stamps = tokens.filter(isStamp).flatMap((token) => token.split('.').map(Number));
  return { suffix: tokens.map((token) => (isStamp(token) ? 'D' : token)).join('-'), stamps };
}

/** A day (20250108, or 20260811.1 for the second build of a day) or a number that only a clock makes (1736404036). */
function isStamp(token: string): boolean {
  const digits = STAMP.exec(token)?.[1];
  if (digits === undefined) return false;
  return digits.length > 8 || isDay(digits);
}

function isDay(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1990 && year < 2100 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** True for a tag that registries take: at most 128 of `A-Za-z0-9._-`, the first neither `.` nor `-`. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
