// From images to what is attached to them, and to what is attached to that: what upstream has and the mirror lacks.

import { asFailure, Failure } from '../../base/errors/failure.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { compareCosignTags } from '../../image/manifest/fallback-index.ts';
import {
  type Attached,
  type AttachedEntry,
  MOST_ATTACHED,
  mayBeAskedFor,
  tooManyAttached,
} from '../../image/manifest/referrers.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatTag } from '../../image/names/reference.ts';
import type { Wanted } from '../../plan/select/select.ts';
import type { Attaching, Move } from '../../plan/steps/step.ts';
import type { AttachedList } from '../../registry/doors/attached.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { missingContent } from '../observe/content.ts';

/** An SBOM, its signature, and what is attached to that; deeper ones are nobody's. */
const MOST_DEPTH = 3;
const WIDTH = 8;

/** What the mirror lacks, in the order in which it is brought, and sentences on what does not belong where it was listed. */
type Walked = { readonly attach: readonly Attaching[]; readonly dropped: readonly string[] };

/** Looks at the images of one tag. @throws Failure */
export type Walk = (wanted: Wanted, images: readonly Digest[]) => Promise<Walked>;

/** What one digest has attached: what is to be brought, what to say, and where to look next. */
type Found = {
  readonly attaching: Attaching | null;
  readonly dropped: readonly string[];
  readonly below: readonly Digest[];
};

type WalkDoors = Pick<Doors, 'attached' | 'mirror'>;

/** `count` hears of what is listed before any of it is read. @throws Failure where it is too much */
type LookDoors = WalkDoors & { readonly count: (more: number) => void };

/** Looks with these doors. */
export function createWalk(doors: WalkDoors): Walk {
  return async (wanted, images) => {
    const seen = new Set<Digest>(images);
    const found: Found[] = [];
    let level: readonly Digest[] = images;
    let listed = 0;
    const count = (more: number): void => {
      listed += more;
      if (listed > MOST_ATTACHED) throw tooManyAttached(formatTag(wanted.source, wanted.tag));
    };
    const counted = { ...doors, count };
    for (let depth = 0; depth < MOST_DEPTH && level.length > 0; depth += 1) {
      const looked = await inParallel(level, WIDTH, (digest) => lookAt(digest, wanted, counted));
      found.push(...looked);
      // What was seen is not looked at again: tags of cosign's may lead in a circle.
      const below = new Set(looked.flatMap(({ below }) => below));
      level = [...below].filter((digest) => !seen.has(digest));
      for (const digest of level) seen.add(digest);
    }
    return {
      attach: found.flatMap(({ attaching }) => (attaching === null ? [] : [attaching])),
      dropped: found.flatMap(({ dropped }) => dropped),
    };
  };
}

async function lookAt(subject: Digest, wanted: Wanted, doors: LookDoors): Promise<Found> {
  const { pull, policies } = wanted;
  const { entries } = await doors.attached.list(pull, subject);
  const asked = entries.filter((entry) => mayBeAskedFor(policies.referrers, entry));
  doors.count(asked.length);
  if (asked.length === 0) return { attaching: null, dropped: [], below: [] };
  const there = await thereOf(subject, wanted, doors);
  const lacking = await lackingOf(asked, there, wanted, doors);
  const { found, dropped } = await doors.attached.read(pull, subject, lacking, policies.referrers);
  const manifests = found.filter(({ attachment }) => attachment.by === 'subject').map(({ body }) => body);
  const moves = await Promise.all(found.map((attached) => tagMove(attached, there, wanted, doors)));
  const tags = moves.filter((move) => move !== null);
  const isRead = new Set(lacking.map(({ digest }) => digest));
  const whole = asked.map(({ digest }) => digest).filter((digest) => !isRead.has(digest));
  return {
    attaching: manifests.length + tags.length === 0 ? null : { subject, manifests, tags },
    dropped,
    below: [...whole, ...found.map(({ body }) => body.digest)],
  };
}

const NOTHING: AttachedList = { entries: [], hasApi: false };

/** What the mirror has. One that does not show its repository may still take a push into it: the push decides. */
async function thereOf(subject: Digest, { mirror }: Wanted, { attached }: WalkDoors): Promise<AttachedList> {
  return attached.list(mirror, subject).catch((thrown: unknown) => {
    const { reason, status } = asFailure(thrown);
    if (reason === 'denied' && (status === 401 || status === 403)) return NOTHING;
    throw thrown;
  });
}

/** Those that the mirror does not list as upstream does; with `verify: deep`, also those that it lists and has lost. */
async function lackingOf(
  asked: readonly AttachedEntry[],
  { entries }: AttachedList,
  { mirror: name, policies }: Wanted,
  { mirror }: WalkDoors,
): Promise<AttachedEntry[]> {
  const keyOf = ({ attachment, digest }: AttachedEntry): string =>
    attachment.by === 'tag' ? `${attachment.tag} ${digest}` : digest;
  const known = new Set(entries.map(keyOf));
  const isLacking = async (entry: AttachedEntry): Promise<boolean> => {
    if (!known.has(keyOf(entry))) return true;
    if (policies.verify !== 'deep') return false;
    const body = await mirror.get(name, entry.digest);
    return body === null || (await missingContent(name, body, mirror)).length > 0;
  };
  const lacking = await inParallel(asked, WIDTH, isLacking);
  return asked.filter((_, at) => lacking[at]);
}

/**
 * How the mirror's tag of cosign's becomes what upstream's is; null where it has all of that, and for what has no tag.
 * @throws Failure `conflict` where the mirror's own signatures would be lost
 */
async function tagMove(
  { attachment, body }: Attached,
  { entries }: AttachedList,
  { mirror: name }: Wanted,
  { mirror }: WalkDoors,
): Promise<Move | null> {
  if (attachment.by === 'subject') return null;
  const { tag } = attachment;
  const there = entries.find((entry) => entry.attachment.by === 'tag' && entry.attachment.tag === tag);
  const move = { tag, expected: there?.digest ?? null, manifest: body };
  const own = there === undefined ? null : await mirror.get(name, there.digest);
  // Nothing is lost with a tag that leads nowhere.
  const compared = own === null ? 'move' : compareCosignTags(own, body);
  if (compared !== 'conflict') return compared === 'move' ? move : null;
  const message = `${formatTag(name, tag)} has signatures that upstream's tag of that name lacks, and lacks some that upstream's has`;
  throw new Failure('conflict', message, {
    hint: 'sign the copies in the new bundle format, which needs no tag, or in a repository of your own (COSIGN_REPOSITORY), and delete that tag from the mirror',
  });
}
