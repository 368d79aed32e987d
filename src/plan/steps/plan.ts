// From what is wanted and what was seen to what is to be done. Pure: the same input gives the same plan.

import { Failure } from '../../base/errors/failure.ts';
import { familiarName, formatName } from '../../image/names/reference.ts';
import { compare } from '../observation/compare.ts';
import type { Selected } from '../observation/heads-needed.ts';
import type { Observation } from '../observation/observation.ts';
import { type Read, readerOf } from '../observation/reads.ts';
import type { Unmatched, Wanted } from '../select/select.ts';
import { judgeTrust, type TrustJudgement } from '../trust/judge.ts';
import { judge } from './fresh-or-stale.ts';
import { type PlanContext, pinsOf } from './keep-moves.ts';
import { planPlatformTags } from './platform-tag-steps.ts';
import type { FailedPattern, Plan, PlannedTag } from './step.ts';
import { withoutConflicts } from './tag-owners.ts';

/**
 * What must be read before the plan can be made, each once; asked again with the answers until nothing is left.
 * A tag that is fresh, and that upstream made, needs nothing.
 */
export function readsNeeded(selection: Selected, observation: Observation): Read[] {
  const missing = new Map<string, Read>();
  const context = contextOf(selection, observation, missing);
  for (const wanted of selection.wanted) planTag(wanted, observation, context);
  return [...missing.values()];
}

/**
 * What every selected tag needs, in the order of the selection, each followed by its platform tags; beside them the
 * patterns of entries that gave no tag at all. Throws UserError('config') where two tags would move one tag of the mirror to two digests.
 */
export function makePlan(selection: Selected, observation: Observation): Plan {
  const missing = new Map<string, Read>();
  const context = contextOf(selection, observation, missing);
  const groups = selection.wanted.map((wanted) => planTag(wanted, observation, context));
  for (const key of missing.keys()) throw new Error(`nothing was observed for ${key}`);
  const failed = selection.unmatched.filter(({ isBeside }) => isBeside !== true);
  const unmatched = failed.map((pattern) => failPattern(pattern, observation));
  return {
    tags: withoutConflicts(groups.map(({ tags }) => tags)),
    patterns: [...groups.flatMap(({ patterns }) => patterns), ...unmatched],
  };
}

function failPattern(unmatched: Unmatched, observation: Observation): FailedPattern {
  const { source, pull, pattern, place } = unmatched;
  const list = observation.lists.get(formatName(pull));
  const failure = list?.kind === 'unknown' ? list.because : noMatch(unmatched);
  return { source, pattern, place, failure };
}

function noMatch({ source, pattern }: Unmatched): Failure {
  return new Failure('no-match', `no upstream tag of ${familiarName(source)} matches ${pattern}`, {
    hint: 'correct the pattern or remove it from the list',
  });
}

/** What every tag is planned with; what is not observed yet is put into `missing`. */
function contextOf({ wanted }: Selected, observation: Observation, missing: Map<string, Read>): PlanContext {
  return { reader: readerOf(observation, missing), isPinned: pinsOf(wanted) };
}

/** The selected tag and its platform tags; incomplete while something is missing. */
function planTag(wanted: Wanted, observation: Observation, context: PlanContext): Plan {
  const compared = compare(wanted, observation);
  if (compared.kind === 'failed') {
    return { tags: [{ wanted, kind: 'failed', failure: compared.failure }], patterns: [] };
  }
  const judgement = judge(wanted, compared, context, observation.today);
  if (judgement.kind === 'waiting') return { tags: [], patterns: [] };
  const { tags, patterns } = planPlatformTags(wanted, judgement.images, context);
  const planned = [judgement.tag, ...tags];
  if (!planned.some(asksTrust)) return { tags: planned, patterns };
  const trust = judgeTrust(wanted, compared.digest, context.reader);
  if (trust.kind === 'waiting') return { tags: [], patterns: [] };
  return { tags: planned.map((tag) => (asksTrust(tag) ? trusted(tag, trust) : tag)), patterns };
}

/** Whatever writes asks who signed. What the mirror has already was asked about when it moved, and is again where it is looked into. */
function asksTrust({ kind, wanted: { policies } }: PlannedTag): boolean {
  if (policies.signedBy.length === 0) return false;
  return kind === 'stale' || (kind === 'fresh' && policies.verify === 'deep');
}

/** The tag as it may be after all; a platform tag depends on whom its index depends on. */
function trusted(tag: PlannedTag, trust: Exclude<TrustJudgement, { kind: 'waiting' }>): PlannedTag {
  if (trust.kind === 'trusted') return { ...tag, signature: trust.signature };
  const { kind, failure } = trust;
  return { wanted: tag.wanted, kind, failure };
}
