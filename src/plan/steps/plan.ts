// From what is wanted and what was seen to what is to be done. Pure: the same input gives the same plan.

import { Failure } from '../../base/errors/failure.ts';
import { BUILT_IN } from '../../config/images/policy.ts';
import { familiarName, formatName } from '../../image/names/reference.ts';
import { compare } from '../observation/compare.ts';
import type { Selected } from '../observation/heads.ts';
import type { Observation } from '../observation/observation.ts';
import { askOf, type Read } from '../observation/reads.ts';
import type { Unmatched, Wanted } from '../select/select.ts';
import { judge } from './judge.ts';
import { withoutConflicts } from './owners.ts';
import { planPlatformTags } from './platform-tag-steps.ts';
import type { Plan, PlannedTag } from './step.ts';

/**
 * What must be read before the plan can be made, each once; asked again with the answers until nothing is left.
 * A tag that is fresh, and that upstream made, needs nothing.
 */
export function readsNeeded(selection: Selected, observation: Observation): Read[] {
  const missing = new Map<string, Read>();
  for (const wanted of selection.wanted) planTag(wanted, observation, missing);
  return [...missing.values()];
}

/**
 * What every selected tag needs, in the order of the selection, each with its platform tags behind it; globs without
 * a tag come last, as failed rows. Throws UserError('config') where two of them would move one tag to two digests.
 */
export function makePlan(selection: Selected, observation: Observation): Plan {
  const missing = new Map<string, Read>();
  const tags = selection.wanted.map((wanted) => planTag(wanted, observation, missing));
  for (const key of missing.keys()) throw new Error(`nothing was observed for ${key}`);
  const rows = selection.unmatched.map((unmatched) => planUnmatched(unmatched, observation));
  return { tags: [...withoutConflicts(tags), ...rows] };
}

/** A glob without a tag stands in the plan as a tag of that name; its mirror repository is never touched. */
function planUnmatched(unmatched: Unmatched, observation: Observation): PlannedTag {
  const { source, pull, pattern, place } = unmatched;
  const row = { source, pull, mirror: pull, tag: pattern, place };
  const wanted: Wanted = { ...row, pinned: null, origin: 'glob', settled: false, policies: BUILT_IN };
  const list = observation.lists.get(formatName(pull));
  if (list?.kind === 'unknown') return { wanted, kind: 'failed', failure: list.because };
  return { wanted, kind: 'failed', failure: noMatch(unmatched) };
}

function noMatch({ source, pattern }: Unmatched): Failure {
  return new Failure('no-match', `no upstream tag of ${familiarName(source)} matches ${pattern}`, {
    hint: 'correct the pattern or take it out of the list',
  });
}

/** The selected tag and its platform tags; incomplete while something is `missing`. */
function planTag(wanted: Wanted, observation: Observation, missing: Map<string, Read>): PlannedTag[] {
  const compared = compare(wanted, observation);
  if (compared instanceof Failure) return [{ wanted, kind: 'failed', failure: compared }];
  const ask = askOf(observation, missing);
  const judgement = judge(wanted, compared, ask, observation.today);
  if (judgement === null) return [];
  return [judgement.tag, ...planPlatformTags(wanted, judgement.images, ask)];
}
