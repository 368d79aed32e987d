// Which pins are stale: asks upstream for the digests of their tags, for newer tags where that is wanted, and for what the
// platform guard must see. Pure functions of `plan/bumps` decide; this file only asks.

import { asFailure, type Failure } from '../../base/errors/failure.ts';
import { newLookUps } from '../../base/flow/alive.ts';
import { failureOrStop } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { isImageType, type ManifestHead } from '../../image/manifest/manifest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { keepTag } from '../../image/tags/keep-tag.ts';
import { type GuardedMove, guardMove } from '../../plan/bumps/bump-guard.ts';
import { nextTag } from '../../plan/bumps/next-tag.ts';
import type { Pin, StalePin } from '../../plan/bumps/pin.ts';
import type { Observation, Seen } from '../../plan/observation/observation.ts';
import { type Read, readerOf } from '../../plan/observation/reads.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { askAll, readMore } from '../observe/ask.ts';
import { listsImage } from '../references/parts.ts';

/** What upstream says of pins. `unasked` are those of which nobody knows, and why. */
type LookedAt = {
  readonly stale: readonly StalePin[];
  readonly unasked: readonly { readonly pin: Pin; readonly failure: Failure }[];
};

type Heads = ReadonlyMap<string, Seen<ManifestHead>>;

/** Asks for every tag that is pinned, each once; what the run has asked already (`known`) is not asked again. */
export async function lookAtPins(
  pins: readonly Pin[],
  { upstream: known, mirror }: Pick<Observation, 'upstream' | 'mirror'>,
  doors: Doors,
): Promise<LookedAt> {
  if (pins.length > 0) doors.log.info(`asking upstream about ${count(pins.length, 'pinned image')}`);
  const lists = await listsOf(pins, doors);
  const listOf = ({ pull }: Pin) => lists.get(formatName(pull));
  const aims = pins.map((pin) => {
    const list = listOf(pin);
    const newer = list?.kind === 'seen' ? nextTag(pin.tag, list.value, pin.bumpTags) : null;
    return { pin, tag: newer ?? pin.tag };
  });
  const heads = await headsOf(aims, known, doors);
  const looked = aims.map((aim): LookedAt => {
    const list = listOf(aim.pin);
    return list?.kind === 'unknown' ? unasked(aim.pin, list.because) : lookedAt(aim, heads);
  });
  const stale = await withoutParts(
    looked.flatMap((pins) => pins.stale),
    { heads, mirror },
    doors,
  );
  return { stale, unasked: looked.flatMap((pins) => pins.unasked) };
}

/** Those that are not one image of the index that their tag has. Of what cannot be read nobody knows that it is. */
async function withoutParts(
  stale: readonly StalePin[],
  { heads, mirror }: { readonly heads: Heads; readonly mirror: Heads },
  doors: Doors,
): Promise<StalePin[]> {
  const mayBePart = ({ pin, to }: StalePin): boolean => {
    const head = heads.get(lookUp(pin.pull, to.tag));
    return to.tag === pin.tag && head?.kind === 'seen' && !isImageType(head.value.mediaType);
  };
  const keyOf = ({ pin, to }: StalePin): string => `${lookUp(pin.pull, pin.digest)} ${to.digest}`;
  const parts = await askAll<StalePin, boolean>(
    { stop: doors.stop, lookUps: newLookUps() },
    { items: stale.filter(mayBePart), keyOf, ask: (pin) => isPart(pin, mirror, doors) },
  );
  return stale.filter((pin) => {
    const part = parts.get(keyOf(pin));
    return part?.kind !== 'seen' || !part.value;
  });
}

/** One HEAD where the mirror was not asked about the pin already; of an image alone the index is read. */
async function isPart({ pin, to }: StalePin, mirror: Heads, { upstream }: Doors): Promise<boolean> {
  const own = typeOnMirror(pin, mirror) ?? (await upstream.head(pin.pull, pin.digest))?.mediaType ?? '';
  return isImageType(own) && listsImage(upstream, pin.pull, to.digest, pin.digest);
}

/** What the mirror said that a pin is, by the tags that it lives under; null where it did not. */
function typeOnMirror({ mirror: name, tag, digest }: Pin, heads: Heads): string | null {
  if (name === null) return null;
  const seen = [tag, keepTag(tag, digest)].map((at) => heads.get(lookUp(name, at)));
  const own = seen.find((head) => head?.kind === 'seen' && head.value.digest === digest);
  // Lists of digests tell no types.
  return own?.kind === 'seen' && own.value.mediaType !== '' ? own.value.mediaType : null;
}

function unasked(pin: Pin, failure: Failure): LookedAt {
  return { stale: [], unasked: [{ pin, failure }] };
}

/** A tag that is gone has no newer digest; lint reports it. */
function lookedAt({ pin, tag }: Aim, heads: Heads): LookedAt {
  const head = heads.get(lookUp(pin.pull, tag));
  if (head?.kind === 'unknown') return unasked(pin, head.because);
  const isStale = head?.kind === 'seen' && (tag !== pin.tag || head.value.digest !== pin.digest);
  return { stale: isStale ? [{ pin, to: { tag, digest: head.value.digest } }] : [], unasked: [] };
}

function listsOf(pins: readonly Pin[], doors: Doors): Promise<Map<string, Seen<readonly string[]>>> {
  const items = pins.filter(({ bumpTags }) => bumpTags !== 'none').map(({ pull }) => pull);
  const asking = { stop: doors.stop, lookUps: newLookUps() };
  return askAll<Name, readonly string[]>(asking, {
    items,
    keyOf: formatName,
    ask: (name) => doors.lister.list(name),
  });
}

type Aim = { readonly pin: Pin; readonly tag: string };

async function headsOf(aims: readonly Aim[], known: Heads, doors: Doors): Promise<Heads> {
  const keyOf = ({ pin, tag }: Aim) => lookUp(pin.pull, tag);
  const asked = await askAll<Aim, ManifestHead>(
    { stop: doors.stop, lookUps: newLookUps() },
    {
      items: aims.filter((aim) => !known.has(keyOf(aim))),
      keyOf,
      ask: ({ pin, tag }) => doors.upstream.head(pin.pull, tag),
    },
  );
  return new Map([...known, ...asked]);
}

/** A stale pin with what the guard says of its move. */
export type Guarded = { readonly stale: StalePin; readonly move: Exclude<GuardedMove, { kind: 'waiting' }> };

/** Reads what the guard must see of each stale pin, and hears it. Never throws. */
export async function guardPins(
  stale: readonly StalePin[],
  seen: Observation,
  doors: Doors,
): Promise<Guarded[]> {
  let observation = seen;
  for (;;) {
    const missing = new Map<string, Read>();
    const reader = readerOf(observation, missing);
    const judged = stale.map((pin) => ({ stale: pin, move: guarded(pin, reader, observation, doors) }));
    if (missing.size === 0)
      return judged.flatMap(({ stale: pin, move }) =>
        move.kind === 'waiting' ? [] : [{ stale: pin, move }],
      );
    observation = await readMore([...missing.values()], observation, { ...doors, lookUps: newLookUps() });
  }
}

function guarded(
  stale: StalePin,
  reader: Parameters<typeof guardMove>[1],
  { today }: Observation,
  doors: Doors,
): GuardedMove {
  try {
    return guardMove(stale, reader, today);
  } catch (thrown) {
    return { kind: 'failed', failure: failureOrStop(asFailure(thrown), doors.stop) };
  }
}
