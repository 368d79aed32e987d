// Tags of a regsync.yml: ranges, what `allow` lets through and what `deny` leaves out, each set for itself. Their meaning:
// github.com/regclient/regclient, filterTagList in cmd/regsync/root.go and internal/semver.

import { show } from '../../base/errors/mistake.ts';
import { compileGlob, isGlob } from '../../image/tags/glob.ts';
import type { Chosen, FollowWish } from '../draft/wish.ts';
import type { Findings } from '../foreign/findings.ts';
import type { ForeignPart } from '../foreign/part.ts';
import { selectedBy } from '../selection/globs.ts';
import { type Bounds, boundsOf } from '../selection/version-ranges.ts';
import { everyTag, inRange, listed, matching, type Route, type TagChoice, wishFor } from './choose.ts';

/** `tags` and each of `tagSets` select for themselves; without any of them every tag is wanted. */
export function setsOf(step: ForeignPart): readonly ForeignPart[] {
  const sets = [...(step.get('tagSets')?.items() ?? []), ...(step.get('tags')?.items() ?? [])];
  return sets.length === 0 ? [step] : sets;
}

const NO_SUFFIX = 'tags with a suffix, and prereleases';

/** Notes the tags of one set as wishes. */
export function readSet(set: ForeignPart, route: Omit<Route, 'exclude'>, findings: Findings): void {
  const itemsOf = (key: string) => set.get(key)?.items() ?? [];
  const allowed = itemsOf('allow').flatMap((part) => allowedBy(part, findings));
  const wanted = wantedBy(set, allowed, itemsOf('semverRange'), findings);
  const denied = itemsOf('deny').map((part) => readDenied(part, wanted, findings));
  const doubt = denied.includes(null) ? 'what deny leaves out cannot be said here' : null;
  const exclude = denied.flatMap((globs) => globs ?? []);
  const choices = wanted
    .map((choice) => withoutDenied({ ...choice, doubt: choice.doubt ?? doubt }, exclude))
    .filter(({ chosen }) => chosen.kind !== 'tags' || chosen.tags.length > 0);
  wishFor(choices, { ...route, exclude }, findings);
}

/** A text that is a tag with dots in it is meant as that tag; `a|b` between ^ and $ begins with a, or ends with b. */
function allowedBy(part: ForeignPart, findings: Findings): readonly TagChoice[] {
  const text = patternOf(part, findings);
  if (!/^[\w-]+(?:\.[\w-]+)+$/.test(text)) return matching(part, `^${text}$`, findings);
  findings.warn(part.place, [
    'a dot is any character in a regular expression: what is a tag as it stands is written as that one tag',
    'write 1?0 in place of 1.0 where other tags are meant too',
  ]);
  return [listed([text])];
}

function readDenied(
  part: ForeignPart,
  wanted: readonly TagChoice[],
  findings: Findings,
): readonly string[] | null {
  const globs = deniedBy(`^${patternOf(part, findings)}$`, wanted);
  if (globs !== null) return globs;
  findings.warn(part.place, [
    `what ${show(part.text() ?? '')} denies cannot be said here`,
    'its set is written as a comment: write exclude: with globs',
  ]);
  return null;
}

const FREE_N = /(?<![A-Z0-9])N(?![A-Za-z0-9])/g;

/**
 * The globs that take out of `wanted` what a regular expression denies; null where they would take out more. A form with
 * numbers becomes a glob, which also matches longer tags, so it may stand beside forms of its own shape alone.
 */
function deniedBy(whole: string, wanted: readonly TagChoice[]): readonly string[] | null {
  const selected = selectedBy(whole);
  if (selected === null || selected.wider.length > 0) return null;
  const isAlone = selected.forms.every((form) => {
    const shape = shapeOf(form);
    return wanted.every(({ chosen }) =>
      textsOf(chosen).every((text) => shapeOf(text) === shape || isPlain(text)),
    );
  });
  if (!isAlone) return null;
  return [...selected.tags, ...selected.forms.map((form) => form.replace(FREE_N, '[0-9]*'))];
}

function textsOf(chosen: Chosen): readonly string[] {
  if (chosen.kind === 'tags') return chosen.tags;
  return chosen.kind === 'follow' ? chosen.rules.map(({ tags }) => tags) : [];
}

/** Where numbers stand, and what between them: v1.0.N and vN.N.N have one shape. */
function shapeOf(text: string): string {
  return text.replace(/\d+/g, 'N');
}

/** A tag without a number: no form matches it, nor the glob that a form becomes. */
function isPlain(text: string): boolean {
  return !isGlob(text) && !/[\dN]/.test(text);
}

/** What `allow` lets through of what is in one of the ranges; every tag where there is neither. */
function wantedBy(
  set: ForeignPart,
  allowed: readonly TagChoice[],
  ranges: readonly ForeignPart[],
  findings: Findings,
): readonly TagChoice[] {
  const isFiltered = (set.get('allow')?.items() ?? []).length > 0;
  if (ranges.length === 0) return isFiltered ? allowed : everyTag(set, findings);
  if (!isFiltered) {
    return ranges.map((part) => inRange(part, part.text() ?? '', { missed: NO_SUFFIX }, findings));
  }
  const bounds = ranges.map((part) => exactBounds(part.text() ?? ''));
  const known = bounds.every((bound) => bound !== null) ? bounds.flat() : null;
  const choices = allowed.map((choice): TagChoice => {
    if (known !== null && choice.chosen.kind === 'follow') return withinBounds(choice.chosen.rules, known);
    return { ...choice, doubt: choice.doubt ?? BOTH };
  });
  const doubts = new Set(choices.map(({ doubt }) => doubt));
  for (const doubt of [BOTH, SUFFIXED].filter((words) => doubts.has(words))) {
    findings.warn(set.place, [
      doubt,
      'what is near is written as a comment: write follow with from and below',
    ]);
  }
  return choices;
}

const BOTH = 'semverRange and allow hold together in regsync';
const SUFFIXED =
  'regsync takes a tag with a suffix for older than the version itself, so a range begins and ends later';

const VERSION_FORM = /^v?N(?:\.N){0,2}$/;

/** Forms in each of the bounds; certain for those of whole versions. */
function withinBounds(rules: readonly FollowWish[], bounds: readonly Bounds[]): TagChoice {
  const within = rules.flatMap(({ tags }) => bounds.map((bound) => ({ tags, ...bound })));
  const isWhole = rules.every(({ tags }) => VERSION_FORM.test(tags));
  return { chosen: { kind: 'follow', rules: within }, doubt: isWhole ? null : SUFFIXED };
}

/** The bounds of a range that regsync reads as everybody does; of a lone 1.2, and of > and <=, its reading is its own. */
function exactBounds(range: string): readonly Bounds[] | null {
  const terms = range.trim().split(/\s+/);
  const isPlain = terms.every((term) => /^(?:(?:>=|<)v?\d+(?:\.\d+){0,2}|[~^]v?\d+\.\d+\.\d+)$/.test(term));
  return isPlain ? boundsOf(range) : null;
}

/** A tag that is written out is never excluded here, so it is not written where regsync would deny it. */
function withoutDenied(choice: TagChoice, exclude: readonly string[]): TagChoice {
  if (choice.chosen.kind !== 'tags') return choice;
  const isDenied = (tag: string) => !isGlob(tag) && exclude.some((glob) => compileGlob(glob)(tag));
  const tags = choice.chosen.tags.filter((tag) => !isDenied(tag));
  return { ...choice, chosen: { kind: 'tags', tags } };
}

/** The text of a pattern; what regsync reads in it that nobody means is told. */
function patternOf(part: ForeignPart, findings: Findings): string {
  const text = part.text() ?? '';
  if (typeof part.value === 'number' && String(part.value) !== text) {
    findings.warn(part.place, [
      `the number ${text} is taken as the text that is written; regsync drops zeros at its end`,
      `write "${text}" in quotes where regsync still reads the file`,
    ]);
  }
  const bare = text.replace(/\\.|\[[^\]]*\]/g, '').replace(/\([^()]*\)/g, '');
  if (bare.includes('|')) {
    findings.warn(part.place, [
      `${show(text)} is read as regsync reads it: ^ belongs to the first part alone, and $ to the last`,
      `write (${text}) where each part is a whole tag`,
    ]);
  }
  return text;
}
