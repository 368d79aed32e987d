// `follow`: tags chosen by a form with numbers in it, as N.N-alpine. Unlike a glob it knows order: from this one on,
// below that one, the newest three.

import {
  compareMatches,
  compileForm,
  type Follow,
  followMistake,
  needsStart,
  readBound,
  startOf,
} from '../../image/tags/form.ts';
import { compileGlob } from '../../image/tags/glob.ts';
import { compareNumbers } from '../../image/tags/tag.ts';
import { selectPatches } from './patches.ts';

/** What a `follow` entry chooses from. `listed` gives the start where the entry has no `from`. */
export type Choice = {
  readonly listed: readonly string[];
  readonly exclude: readonly string[];
  readonly upstream: readonly string[];
};

/** Tags that a `follow` entry selected: the lines, and the patch tags that `patches` adds. From oldest to newest. */
type Followed = { readonly lines: readonly string[]; readonly patches: readonly string[] };

/**
 * The upstream tags that one `follow` entry selects. Without a start (see needsStart) and for an entry with a mistake
 * it selects nothing, so that a slip never mirrors a whole repository.
 */
export function selectFollowed(rule: Follow, choice: Choice): Followed {
  if (followMistake(rule) !== null || needsStart(rule, choice.listed)) return { lines: [], patches: [] };
  const { exclude, upstream } = choice;
  const read = compileForm(rule);
  const from = startOf(rule, choice.listed) ?? [];
  const below = rule.below === null ? null : readBound(rule.below);
  const excluded = exclude.map(compileGlob);
  const matches = [...new Set(upstream)]
    .map(read)
    .filter((match) => match !== null)
    .filter(({ version }) => compareNumbers(version, from) >= 0)
    .filter(({ version }) => below === null || compareNumbers(version, below) < 0)
    .filter(({ text }) => !excluded.some((isExcluded) => isExcluded(text)))
    .sort(compareMatches);
  const lines = matches
    .slice(Math.max(matches.length - (rule.max ?? matches.length), 0))
    .map(({ text }) => text);
  const patches = rule.patches === null ? [] : selectPatches(lines, rule.patches, exclude, upstream);
  const known = new Set(lines);
  return { lines, patches: patches.filter((tag) => !known.has(tag)) };
}
