// From what is wanted and what was seen to what is to be done. Pure: the same input gives the same plan.

import { Failure } from '../errors/failure.ts';
import type { Digest } from '../image/digest.ts';
import { familiarName, formatName } from '../image/reference.ts';
import type { Selection, Unmatched, Wanted } from '../select/select.ts';
import { type Body, type Head, lookUp, type Observation, type Seen, seenAt } from './observation.ts';
import type { Plan, PlannedTag, WorkReason } from './step.ts';

/** A manifest to read before the plan is made, named by its digest so that it cannot change underway. */
export type BodyRequest = { readonly wanted: Wanted; readonly digest: Digest };

/** What a plan is made of; new tags that are only told of need no plan. */
type Selected = Pick<Selection, 'wanted' | 'unmatched'>;

/**
 * The tags whose digest upstream must tell. A pinned one has its digest already, whatever the tag does upstream; a
 * settled one that the mirror has is believed.
 */
export function upstreamHeadsNeeded(selection: Selected, mirror: Observation['mirror']): Wanted[] {
  return selection.wanted.filter((wanted) => wanted.pinned === null && !isSettled(wanted, mirror));
}

function isSettled(wanted: Wanted, mirror: Observation['mirror']): boolean {
  return wanted.settled && mirror.get(lookUp(wanted.mirror, wanted.tag))?.kind === 'seen';
}

/**
 * The tags to read whole on the mirror, because a registry that claims by HEAD more than it holds must not pass for
 * fresh: those it does not list, and where its list could not be read one of each repository, another one each `turn`.
 * Docker Hub is left out of the latter, since a GET there is a pull and counts.
 */
export function tagsToProve(
  selection: Selected,
  mirror: Observation['mirror'],
  lists: ReadonlyMap<string, Seen<readonly string[]>>,
  turn: number,
): Wanted[] {
  const claimed = selection.wanted.filter((one) => mirror.get(lookUp(one.mirror, one.tag))?.kind === 'seen');
  return [...Map.groupBy(claimed, (one) => formatName(one.mirror))].flatMap(([name, tags]) => {
    const list = lists.get(name);
    if (list === undefined) return [];
    if (list.kind === 'unknown') return tags.filter((one, at) => at === turn % tags.length && !isHub(one));
    const listed = tagsOf(list);
    return tags.filter((one) => !listed.has(one.tag));
  });
}

function isHub({ mirror }: Wanted): boolean {
  return mirror.registry === 'docker.io';
}

function tagsOf(list: Seen<readonly string[]>): ReadonlySet<string> {
  return new Set(list.kind === 'seen' ? list.value : []);
}

/** The upstream manifests that a plan needs whole: those of the tags that differ, each digest once. */
export function bodiesNeeded(
  selection: Selected,
  heads: Pick<Observation, 'upstream' | 'mirror'>,
): BodyRequest[] {
  const requests = new Map<string, BodyRequest>();
  for (const wanted of selection.wanted) {
    const state = compare(wanted, heads);
    if (state.kind === 'differs') {
      requests.set(lookUp(wanted.pull, state.digest), { wanted, digest: state.digest });
    }
  }
  return [...requests.values()];
}

/**
 * The tags for which upstream told a digest that it then did not have: a wrong digest header, or a tag that moved
 * meanwhile. They are to be read by tag, so that the hash of what comes decides.
 */
export function tagsToRead(
  selection: Selected,
  { upstream, bodies }: Pick<Observation, 'upstream' | 'bodies'>,
): Wanted[] {
  return selection.wanted.filter((wanted) => {
    const head = upstream.get(lookUp(wanted.pull, wanted.tag));
    return head?.kind === 'seen' && bodies.get(lookUp(wanted.pull, head.value.digest))?.kind === 'absent';
  });
}

/** What every selected tag needs, in the order of the selection; globs without a tag come last, as failed rows. */
export function makePlan(selection: Selected, observation: Observation): Plan {
  const tags = selection.wanted.map((wanted) => planTag(wanted, observation));
  const rows = selection.unmatched.map((unmatched) => planUnmatched(unmatched, observation));
  return { tags: [...tags, ...rows] };
}

/** A glob without a tag stands in the plan as a tag of that name; its mirror repository is never touched. */
function planUnmatched(unmatched: Unmatched, observation: Observation): PlannedTag {
  const { source, pull, pattern, place } = unmatched;
  const wanted: Wanted = {
    source,
    pull,
    mirror: pull,
    tag: pattern,
    pinned: null,
    origin: 'glob',
    settled: false,
    place,
  };
  const list = observation.lists.get(formatName(pull));
  if (list?.kind === 'unknown') return { wanted, kind: 'failed', failure: list.because };
  return { wanted, kind: 'failed', failure: noMatch(unmatched) };
}

function noMatch({ source, pattern }: Unmatched): Failure {
  return new Failure('no-match', `no upstream tag of ${familiarName(source)} matches ${pattern}`, {
    hint: 'correct the pattern or take it out of the list',
  });
}

function planTag(wanted: Wanted, observation: Observation): PlannedTag {
  const state = compare(wanted, observation);
  switch (state.kind) {
    case 'fresh':
      return { wanted, kind: 'fresh', digest: state.digest };
    case 'failed':
      return { wanted, kind: 'failed', failure: state.failure };
    case 'differs':
      return planWork(wanted, state, seenAt(observation.bodies, lookUp(wanted.pull, state.digest)));
  }
}

function planWork(wanted: Wanted, state: Differs, body: Seen<Body>): PlannedTag {
  if (body.kind === 'unknown') return { wanted, kind: 'failed', failure: body.because };
  if (body.kind === 'absent') return { wanted, kind: 'failed', failure: vanished(wanted, state.digest) };
  const { source, pull, mirror } = wanted;
  const move = { tag: wanted.tag, expected: state.current, manifest: body.value };
  const step = {
    source,
    pull,
    mirror,
    bring: [state.digest],
    moves: [move],
    reason: reasonFor(wanted, state),
  };
  return { wanted, kind: 'stale', step, doubt: state.doubt };
}

function reasonFor(wanted: Wanted, state: Differs): WorkReason {
  if (state.current === null) return 'missing';
  return wanted.pinned === null ? 'moved' : 'pin';
}

type Differs = {
  readonly kind: 'differs';
  readonly digest: Digest;
  readonly current: Digest | null;
  readonly doubt: Failure | null;
};

type Comparison =
  | { readonly kind: 'fresh'; readonly digest: Digest }
  | Differs
  | { readonly kind: 'failed'; readonly failure: Failure };

function compare(wanted: Wanted, heads: Pick<Observation, 'upstream' | 'mirror'>): Comparison {
  const mirror = seenAt(heads.mirror, lookUp(wanted.mirror, wanted.tag));
  const target = targetDigest(wanted, heads.upstream, mirror);
  if (target instanceof Failure) return { kind: 'failed', failure: target };
  if (mirror.kind === 'unknown') return { kind: 'failed', failure: mirror.because };
  if (mirror.kind === 'absent')
    return { kind: 'differs', digest: target, current: null, doubt: mirror.doubt };
  const current = mirror.value.digest;
  if (current === target) return { kind: 'fresh', digest: target };
  return { kind: 'differs', digest: target, current, doubt: null };
}

/** The digest that the mirror's tag should have: the pin, or what upstream answers for the tag. */
function targetDigest(
  wanted: Wanted,
  upstream: Observation['upstream'],
  mirror: Seen<Head>,
): Digest | Failure {
  if (wanted.pinned !== null) return wanted.pinned;
  if (wanted.settled && mirror.kind === 'seen') return mirror.value.digest;
  const seen = seenAt(upstream, lookUp(wanted.pull, wanted.tag));
  switch (seen.kind) {
    case 'seen':
      return seen.value.digest;
    case 'absent':
      return notUpstream(wanted, mirror);
    case 'unknown':
      return seen.because;
  }
}

function notUpstream(wanted: Wanted, mirror: Seen<Head>): Failure {
  const reference = `${familiarName(wanted.source)}:${wanted.tag}`;
  const { file, line } = wanted.place;
  if (mirror.kind === 'seen') {
    return new Failure('gone', `upstream no longer has ${reference}; the mirror keeps its copy`, {
      hint: `delete the tag from ${file}, line ${line}, if it is no longer wanted`,
    });
  }
  return new Failure('not-found', `upstream has no ${reference}, or this login may not see it`, {
    hint: `correct the tag in ${file}, line ${line}, or log in to ${wanted.pull.registry}`,
  });
}

function vanished(wanted: Wanted, digest: Digest): Failure {
  const reference = `${familiarName(wanted.source)}@${digest}`;
  if (wanted.pinned === null) {
    return new Failure(
      'not-found',
      `upstream answered ${reference} for ${wanted.tag} and then did not have it`,
      {
        hint: 'run again; a registry behind a cache answers like this for a while',
      },
    );
  }
  const { file, line } = wanted.place;
  return new Failure('not-found', `upstream has no ${reference}, or this login may not see it`, {
    hint: `correct the pin in ${file}, line ${line}`,
  });
}
