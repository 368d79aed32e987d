// Builds judged by what the mirror serves: what published images record, one look-up for each base, and an index where a
// record may be one of its entries.

import { Failure } from '../../base/errors/failure.ts';
import { isMistake } from '../../base/errors/mistake.ts';
import { UserError } from '../../base/errors/user-error.ts';
import { newLookUps, soFar, whileTelling } from '../../base/flow/alive.ts';
import { count } from '../../base/text/words.ts';
import type { BaseUse, Build } from '../../config/builds/build.ts';
import { type BuildSource, publishedId, publishedTag } from '../../config/builds/sources.ts';
import type { Config } from '../../config/images/config.ts';
import { isIndexType } from '../../image/manifest/manifest.ts';
import { parseReference } from '../../image/names/reference.ts';
import { type BaseAsk, type BaseNames, baseNames } from '../../plan/builds/base-names.ts';
import { findCircle } from '../../plan/builds/graph.ts';
import {
  type BaseNow,
  baseAsks,
  type FailedBase,
  type Ground,
  groundOf,
  indexesNeeded,
  type Judged,
  judge,
} from '../../plan/builds/judge.ts';
import type { RecordedBase } from '../../plan/builds/published.ts';
import type { Seen } from '../../plan/observation/observation.ts';
import type { Doors } from '../../registry/doors/doors.ts';
import { askAll } from '../observe/ask.ts';
import { entriesOf, type PublishedImage, readPublished } from './published.ts';

/** Every build as it was judged, and what it was judged by. */
type JudgedBuilds = { readonly ground: Ground; readonly judged: readonly Judged[] };

/** @throws UserError where builds are based on each other in a circle */
export function refuseCircle({ builds, graph }: Ground): void {
  const circle = findCircle(graph);
  if (circle === null) return;
  const [first] = circle.map((at) => builds[at]);
  const path = circle.map((at) => builds[at]?.id ?? '').join(' → ');
  const message = `builds are based on each other in a circle: ${path}`;
  const hint = 'give at least one build of the circle another base';
  const place = first?.place ?? { file: '', line: 1, column: 1 };
  throw new UserError('config', message, {
    hint,
    diagnostics: [{ severity: 'error', rule: 'build-circle', place, message, hint }],
  });
}

type PublishedSource = Extract<BuildSource, { kind: 'image' }>;

/** Judges `builds`, which files and the config record, and the published images of the config. @throws UserError */
export async function judgeBuilds(
  config: Config,
  builds: readonly Build[],
  doors: Doors,
): Promise<JudgedBuilds> {
  const names = baseNames(config);
  const lookUps = newLookUps();
  const work = async (): Promise<JudgedBuilds> => {
    const images = config.builds.filter((source) => source.kind === 'image');
    const asks = new Map(images.map((image) => [image, askOfImage(image, names)]));
    const published = await askAll<BaseAsk, PublishedImage>(
      { stop: doors.stop, lookUps },
      {
        items: [...asks.values()],
        keyOf: ({ key }) => key,
        ask: (ask) => readPublished(doors[ask.side], ask.name, ask.tag),
      },
    );
    const read = images.map((image) => builtImage(image, asks.get(image), published, names));
    const ground = groundOf([...builds, ...read.map(({ build }) => build)], names);
    refuseCircle(ground);
    const bases = await lookUpBases(ground, published, { doors, lookUps });
    const unread = read.filter(({ failed }) => failed.length > 0);
    const judged = judge(ground, bases, new Map(unread.map(({ build, failed }) => [build, failed])));
    doors.log.info(`${count(ground.builds.length, 'build')}, ${count(bases.size, 'base')} looked up`);
    return { ground, judged };
  };
  return whileTelling(() => soFar('judging builds', lookUps, 'look-ups answered'), work, doors);
}

type Answers = ReadonlyMap<string, Seen<PublishedImage>>;

function askOfImage({ reference }: PublishedSource, names: BaseNames): BaseAsk {
  const { name, tag, digest } = reference;
  return names.ask({ name: names.canonical(name), tag: tag ?? digest });
}

/** The build of a published image; where it could not be read, without bases and with what went wrong. */
function builtImage(
  { reference, place }: PublishedSource,
  ask: BaseAsk | undefined,
  published: Answers,
  names: BaseNames,
): { readonly build: Build; readonly failed: readonly FailedBase[] } {
  const seen = ask === undefined ? undefined : published.get(ask.key);
  const own = { ...reference, name: names.canonical(reference.name) };
  const tag = publishedTag(own);
  const build = {
    kind: 'image' as const,
    id: publishedId(own),
    uses: [],
    makes: tag === null ? [] : [{ name: own.name, tag, digests: null }],
    unreadable: [],
    unrecorded: 0,
    place,
  };
  if (seen?.kind === 'seen') {
    const uses = seen.value.bases.map((recorded) => useOf(recorded, names));
    return { build: { ...build, uses }, failed: [] };
  }
  const failure =
    seen?.kind === 'unknown'
      ? seen.because
      : new Failure('not-found', `${build.id} is not there`, { hint: NOT_THERE });
  return { build, failed: [{ ask: ask ?? null, base: own, failure }] };
}

const NOT_THERE =
  'check its name under builds, or publish it once: nothing can be said of what was never built';

/** A base without a name cannot be asked about: what is not recorded is stale. */
function useOf(written: RecordedBase | null, names: BaseNames): BaseUse {
  const base = written === null ? null : parseReference(written.name);
  if (written === null || base === null || isMistake(base)) return { base: null, recorded: null };
  return { base: { ...base, name: names.canonical(base.name) }, recorded: written.digest };
}

type Looking = { readonly doors: Doors; readonly lookUps: ReturnType<typeof newLookUps> };

/** One look-up a base; what was read as a published image is not asked again. */
async function lookUpBases(ground: Ground, published: Answers, { doors, lookUps }: Looking) {
  const asks = baseAsks(ground);
  const known = [...published].map(([key, seen]): [string, Seen<BaseNow>] => [
    key,
    seen.kind === 'seen' ? { kind: 'seen', value: seen.value.now } : seen,
  ]);
  const asking = { stop: doors.stop, lookUps };
  const keyOf = ({ key }: BaseAsk) => key;
  const heads = await askAll<BaseAsk, BaseNow>(asking, {
    items: asks.filter(({ key }) => !published.has(key)),
    keyOf,
    ask: async ({ side, name, tag }) => {
      const head = await doors[side].head(name, tag);
      return head === null
        ? null
        : { ...head, entries: isIndexType(head.mediaType) ? null : [], since: null };
    },
  });
  const bases = new Map([...known, ...heads]);
  const needed = new Set(indexesNeeded(ground, bases));
  const indexes = await askAll<BaseAsk, Pick<BaseNow, 'entries' | 'since'>>(asking, {
    items: asks.filter(({ key }) => needed.has(key)),
    keyOf,
    ask: async ({ key, side, name }) => {
      const seen = bases.get(key);
      const body = seen?.kind === 'seen' ? await doors[side].get(name, seen.value.digest) : null;
      return body === null ? null : entriesOf(body);
    },
  });
  for (const [key, index] of indexes) {
    const base = bases.get(key);
    if (base?.kind === 'seen')
      bases.set(key, { kind: 'seen', value: { ...base.value, ...readOrFailed(index) } });
  }
  return bases;
}

function readOrFailed(index: Seen<Pick<BaseNow, 'entries' | 'since'>>): Partial<BaseNow> {
  if (index.kind === 'seen') return index.value;
  if (index.kind === 'unknown') return { entries: index.because };
  return { entries: new Failure('not-found', 'an index went away while it was read', { hint: 'run again' }) };
}
