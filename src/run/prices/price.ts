// Measures what tags would cost the mirror. Reads manifests upstream, which count as pulls, so it is bounded in tags and
// in pulls, and asked for only where a person decides.

import { asFailure } from '../../base/errors/failure.ts';
import { soFar, whileTelling } from '../../base/flow/alive.ts';
import { inParallel } from '../../base/flow/limit.ts';
import { unlessStopped } from '../../base/flow/stop.ts';
import { count } from '../../base/text/words.ts';
import { decodeManifest, type Manifest, type ManifestBody } from '../../image/manifest/manifest.ts';
import type { Digest } from '../../image/names/digest.ts';
import { lookUp } from '../../image/names/look-up.ts';
import { formatName, formatTag, type Name } from '../../image/names/reference.ts';
import type { Observation } from '../../plan/observation/observation.ts';
import { MOST_PLATFORMS } from '../../plan/observation/open-manifest.ts';
import { wantedImages } from '../../plan/platforms/guard.ts';
import {
  imageKey,
  type Measured,
  type Measurements,
  type Priced,
  tagsToMeasure,
} from '../../plan/select/cost.ts';
import type { Doors } from '../../registry/doors/doors.ts';

/** Measures images, each once a run. */
type Pricer = {
  /** At most so many more images; what could not be had is left out, and not tried again. Never throws. */
  measure(tags: readonly Priced[], most: number): Promise<Measurements>;
  /** How many images were measured, or tried in vain. */
  images(): number;
  /** How many manifests were read upstream for it: each is a pull. */
  pulls(): number;
};

/** Images measured exactly in one run; beyond these the newest of each series stands for the others. */
export const MOST_IMAGES = 20;

/** Manifests or blobs that are asked for at once; images are measured one after the other, so that a limit holds. */
const AT_ONCE = 16;

/** What the run has `known` already is not read again; of the rest at most so many manifests, each of which is a pull. */
export function createPricer(
  doors: Doors,
  known: Pick<Observation, 'bodies' | 'mirrorLists'>,
  mostPulls = Number.POSITIVE_INFINITY,
): Pricer {
  const state: State = {
    ...doors,
    known,
    mostPulls,
    bodies: new Map(),
    blobs: new Map(),
    short: new Set(),
    pulls: 0,
  };
  const tried = new Map<string, Measured | null>();
  return {
    images: () => tried.size,
    pulls: () => state.pulls,
    async measure(tags, most) {
      const untried = tags.filter((tag) => !tried.has(imageKey(tag)));
      const chosen = tagsToMeasure(untried, most);
      const before = state.pulls;
      const lookUps = { asked: chosen.length, answered: 0 };
      const measureAll = async (): Promise<void> => {
        for (const tag of chosen) {
          tried.set(imageKey(tag), await measureOrNull(tag, state));
          lookUps.answered += 1;
        }
      };
      await whileTelling(() => soFar('measuring costs', lookUps, 'measured'), measureAll, doors);
      const images = chosen.filter((tag) => tried.get(imageKey(tag)) !== null);
      if (chosen.length > 0) doors.log.info(spentWords(tags.length, images.length, state.pulls - before));
      if (chosen.length > images.length && state.short.size > 0) doors.log.info(ENOUGH);
      return new Map([...tried].flatMap(([key, image]) => (image === null ? [] : [[key, image]])));
    },
  };
}

function spentWords(tags: number, images: number, pulls: number): string {
  const spent = pulls === 0 ? 'no pull' : count(pulls, 'pull');
  return `measured ${count(images, 'image')} to price ${count(tags, 'tag')}: ${spent} spent`;
}

const ENOUGH =
  'no more pulls are spent on prices in this run; other tags cost about as much as the newest of their series';

type State = Doors & {
  readonly known: Pick<Observation, 'bodies' | 'mirrorLists'>;
  readonly mostPulls: number;
  readonly bodies: Map<string, Manifest | null>;
  readonly blobs: Map<string, boolean>;
  /** Registries where no more pulls are spent. */
  readonly short: Set<string>;
  pulls: number;
};

async function measureOrNull(tag: Priced, state: State): Promise<Measured | null> {
  try {
    return await measure(tag, state);
  } catch (thrown) {
    state.log.debug(`${formatTag(tag.pull, tag.tag)} could not be measured: ${String(thrown)}`);
    return null;
  }
}

async function measure(tag: Priced, state: State): Promise<Measured | null> {
  const [top] = await readAll([tag.digest], tag, state);
  if (top === undefined) return null;
  const { images, platforms } = imagesBehind(top, tag);
  if (platforms > MOST_PLATFORMS) return null;
  // One level deep: an index inside an index is rare, and only its estimate suffers.
  const children = top.kind === 'index' ? await readAll(images, tag, state) : [top];
  const blobs = children.flatMap((image) => (image.kind === 'image' ? [image.config, ...image.layers] : []));
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
  const missing = await missingBlobs([...sizes.keys()], tag, state);
  return {
    platforms,
    size: [...sizes.values()].reduce((total, size) => total + size, 0),
    missing: new Map([...sizes].filter(([digest]) => missing.has(digest))),
  };
}

/** The images of the platforms that are mirrored, and how many platforms those are. */
function imagesBehind(top: Manifest, { digest, platforms }: Priced): { images: Digest[]; platforms: number } {
  if (top.kind !== 'index') return { images: [digest], platforms: 1 };
  if (platforms.length === 0) {
    const images = [...new Set(top.entries.map((entry) => entry.digest))];
    return { images, platforms: top.entries.filter((entry) => !entry.attestation).length };
  }
  const body = { digest, mediaType: top.mediaType, bytes: new Uint8Array() };
  const opened = { body, manifest: top, manifests: new Map(), configs: new Map() };
  const leaves = wantedImages(opened, { lost: 'refuse', expected: [], platforms });
  return {
    images: [...new Set(leaves.map((leaf) => leaf.digest))],
    platforms: leaves.filter((leaf) => leaf.platform !== null).length,
  };
}

/** Manifests by digest, those that are there; throws a plain Error where reading them all would take too many pulls. */
async function readAll(digests: readonly Digest[], tag: Priced, state: State): Promise<Manifest[]> {
  const name = tag.isThere ? tag.mirror : tag.pull;
  const unread = digests.filter((digest) => recall(name, digest, state) === undefined);
  if (unread.length > 0) takePulls(tag, unread.length, state);
  await inParallel(unread, AT_ONCE, async (digest) => {
    const registry = tag.isThere ? state.mirror : state.upstream;
    const body = await unlessStopped(() => registry.get(name, digest), state.stop);
    state.bodies.set(lookUp(name, digest), body === null ? null : decode(body));
  });
  return digests.flatMap((digest) => recall(name, digest, state) ?? []);
}

/** Throws a plain Error where there are not so many: then nothing more is begun at that registry that would end half way. */
function takePulls({ pull, mirror, isThere }: Priced, pulls: number, state: State): void {
  const name = isThere ? mirror : pull;
  const all = state.pulls + (isThere ? 0 : pulls);
  if (all > state.mostPulls || state.short.has(name.registry) || !state.mayPull(name, pulls)) {
    state.short.add(name.registry);
    throw new Error(`${count(pulls, 'more pull')} would be too many`);
  }
  state.pulls = all;
}

/** Null for one that is known not to be there, undefined for one that was not read. */
function recall(name: Name, digest: Digest, { known, bodies }: State): Manifest | null | undefined {
  const key = lookUp(name, digest);
  const seen = known.bodies.get(key);
  return seen?.kind === 'seen' ? decode(seen.value) : bodies.get(key);
}

function decode({ bytes, mediaType }: ManifestBody): Manifest {
  return decodeManifest(bytes, mediaType);
}

async function missingBlobs(
  digests: readonly Digest[],
  { mirror }: Priced,
  { known, blobs, stop, ...doors }: State,
): Promise<ReadonlySet<Digest>> {
  // Nothing is looked for piece by piece in a repository that is not there.
  if (known.mirrorLists.get(formatName(mirror))?.kind === 'absent') return new Set(digests);
  const has = async (digest: Digest): Promise<boolean> => {
    const key = lookUp(mirror, digest);
    const ask = () => unlessStopped(() => doors.mirror.hasBlob(mirror, digest), stop).catch(falseIfDenied);
    const answer = blobs.get(key) ?? (await ask());
    blobs.set(key, answer);
    return answer;
  };
  const present = await inParallel(digests, AT_ONCE, has);
  return new Set(digests.filter((_, at) => !present[at]));
}

/** A repository that nobody has pushed to yet may be hidden, and has nothing. */
function falseIfDenied(thrown: unknown): false {
  if (asFailure(thrown).reason === 'denied') return false;
  throw thrown;
}
