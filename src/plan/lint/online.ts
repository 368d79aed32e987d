// What registries say of the pinned digests: which look-ups a reference needs, and what their answers mean.

import type { Failure } from '../../base/errors/failure.ts';
import { isImageType } from '../../image/manifest/manifest.ts';
import { type Digest, shortDigest } from '../../image/names/digest.ts';
import { formatName, formatTag, type Name, tagOrLatest } from '../../image/names/reference.ts';
import { pinKey } from '../references/pins.ts';
import type { SeenReference } from '../references/reading.ts';
import type { Draft } from './finding.ts';
import { draftOf } from './judge.ts';

/** What a registry said of a tag or digest. `absent`: it answered that it has none; not answering is `failed`. */
export type PinAnswer =
  | { readonly kind: 'there'; readonly digest: Digest; readonly mediaType: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Asks one of the two sides for a tag or a digest. Never throws; what was asked before is not asked again. */
export type AskPin = (side: 'upstream' | 'mirror', name: Name, reference: string) => Promise<PinAnswer>;

/** Whether an index of upstream lists an image; false where that cannot be read. */
export type AskPart = (pull: Name, index: Digest, image: Digest) => Promise<boolean>;

/** What the look-ups of one reference came to; null for one that nothing depends on. */
export type PinAnswers = {
  readonly seen: SeenReference;
  /** Where the image is pulled: the mirror, or the approved registry. */
  readonly digest: PinAnswer | null;
  readonly tag: PinAnswer | null;
  /** The same questions to the upstream of a copy; null for what is pulled from upstream itself. */
  readonly upstreamDigest: PinAnswer | null;
  readonly upstreamTag: PinAnswer | null;
  /** The pin is one image of the index that its tag has: it has not moved on. */
  readonly isPart: boolean;
};

/**
 * Makes the look-ups of one reference. Registries that nobody approved are not asked: their references are errors anyway,
 * and in a pull request a stranger wrote them. `pull` is the name that upstream is asked for.
 */
export async function askFor(
  seen: SeenReference,
  pull: Name,
  { ask, isPartOf }: { readonly ask: AskPin; readonly isPartOf: AskPart },
): Promise<PinAnswers | null> {
  const { kind } = seen.origin;
  if (kind !== 'mirror' && kind !== 'approved') return null;
  const { tag, digest, name } = seen.reference;
  const isCopy = kind === 'mirror';
  const here = (reference: string) =>
    isCopy ? ask('mirror', name, reference) : ask('upstream', pull, reference);
  const [tagAnswer, digestAnswer, upstreamTag] = await Promise.all([
    tag !== null || digest === null ? here(tagOrLatest(seen.reference)) : null,
    digest === null ? null : here(digest),
    isCopy && tag !== null ? ask('upstream', pull, tag) : null,
  ]);
  const isMissing = isCopy && digest !== null && digestAnswer?.kind === 'absent';
  const upstreamDigest = isMissing ? await ask('upstream', pull, digest) : null;
  const moved = upstreamTag ?? tagAnswer;
  const mayBePart = isImage(digestAnswer) && !isImage(moved) && moved?.kind === 'there' && digest !== null;
  const isPart = mayBePart && (await isPartOf(pull, moved.digest, digest));
  return { seen, tag: tagAnswer, digest: digestAnswer, upstreamTag, upstreamDigest, isPart };
}

function isImage(answer: PinAnswer | null): boolean {
  return answer?.kind === 'there' && isImageType(answer.mediaType);
}

/** The findings of one reference, its tag's digest where it has none, and the look-ups that nobody answered. */
type JudgedAnswers = {
  readonly drafts: readonly Draft[];
  readonly digest: readonly [key: string, digest: Digest] | null;
  readonly failures: readonly Failure[];
};

/** What the answers mean. One that did not come is a failure: nothing is clean because nobody could be asked. */
export function judgeAnswers(answers: PinAnswers): JudgedAnswers {
  const { seen, tag, digest, upstreamTag, upstreamDigest } = answers;
  const all = [tag, digest, upstreamTag, upstreamDigest].filter((answer) => answer !== null);
  const failures = all.flatMap((answer) => (answer.kind === 'failed' ? [answer.failure] : []));
  const pinned = seen.reference.digest;
  if (pinned === null) {
    const found = [upstreamTag, tag].find((answer) => answer?.kind === 'there');
    const known = found?.kind === 'there' ? found.digest : null;
    return { drafts: [], digest: known === null ? null : [pinKey(seen), known], failures };
  }
  const drafts = [...digestDrafts(answers), ...tagDrafts(answers, pinned)];
  return { drafts, digest: null, failures };
}

function digestDrafts({ seen, digest, upstreamDigest }: PinAnswers): Draft[] {
  if (digest?.kind !== 'absent') return [];
  const upstream = formatName(seen.origin.upstream);
  if (upstreamDigest === null) return [draftOf('gone', seen, `${upstream} does not have this digest`, '')];
  if (upstreamDigest.kind === 'failed') return [];
  if (upstreamDigest.kind === 'absent') {
    const message = `neither the mirror nor ${upstream} has this digest`;
    return [draftOf('gone', seen, message, '')];
  }
  const message = `the mirror does not have this digest yet, but ${upstream} does - run mode sync before it is used`;
  return [draftOf('not-mirrored-yet', seen, message, '')];
}

/** Upstream goes first: where its tag has moved on, the mirror's is not looked at. */
function tagDrafts({ seen, tag, upstreamTag, isPart }: PinAnswers, pinned: Digest): Draft[] {
  if (seen.reference.tag === null || isPart) return [];
  const asked = upstreamTag ?? tag;
  const key = formatTag(seen.origin.upstream, seen.reference.tag);
  if (asked?.kind === 'absent') {
    return [draftOf('tag-mismatch', seen, `${key} no longer exists; the digest decides what is pulled`, '')];
  }
  if (asked?.kind === 'there' && asked.digest !== pinned) return [stalePin(seen, key, asked.digest)];
  if (tag?.kind !== 'there' || tag.digest === pinned) return [];
  const here = formatTag(seen.reference.name, seen.reference.tag);
  const next = upstreamTag?.kind === 'there' ? 'mode sync moves it' : 'the pinned one decides what is pulled';
  const message = `${here} has another digest, ${shortDigest(tag.digest)}; ${next}`;
  return [draftOf('tag-mismatch', seen, message, '')];
}

function stalePin(seen: SeenReference, key: string, digest: Digest): Draft {
  const { written } = seen.site;
  const replacement = `${written.slice(0, written.indexOf('@') + 1)}${digest}`;
  const message = `${key} has moved on to ${shortDigest(digest)} - write ${replacement}`;
  return draftOf('stale-pin', seen, message, replacement);
}
