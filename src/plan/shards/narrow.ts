// Narrows a run to one part of its config.

import { show } from '../../base/errors/mistake.ts';
import { UserError } from '../../base/errors/user-error.ts';
import type { Config } from '../../config/images/config.ts';
import { formatName, type Name } from '../../image/names/reference.ts';
import { cutShards, type MirrorUnit, registriesOf, unitsOf } from './cut.ts';
import { type AskedPart, askedPart, partOf, type RunPart } from './part.ts';

/**
 * What a run looks after: all of its config, where `part` is null. The first part also looks after what belongs to no
 * repository of the mirror: builds, references that lead nowhere, and pins of what is not copied.
 */
type Scope = {
  readonly part: RunPart | null;
  /** Whether this run looks after an upstream repository. */
  owns(source: Name): boolean;
};

/** Everything: a run that was not narrowed. */
const EVERYTHING: Scope = { part: null, owns: () => true };

/** What may be narrowed: a config with all that other files ask of its mirror. */
type Wide<Stray> = { readonly config: Config; readonly strays: readonly Stray[] };

/**
 * The part of a config that was asked for; `whole` is the config itself, in which names are looked up. Throws
 * UserError('input') where there is no such part.
 */
export function narrow<Stray, W extends Wide<Stray>>(
  wide: W,
  asked: AskedPart | null,
): W & Scope & { readonly whole: Config } {
  if (asked === null) return { ...wide, ...EVERYTHING, whole: wide.config };
  const { config, strays } = wide;
  const units = unitsOf(config);
  const { part, own, isFirst } = pick(units, asked, config.file);
  const mine = new Set(own.map(({ entry }) => entry));
  const names = new Set(own.map(({ entry }) => formatName(entry.source)));
  const all = new Set(units.map(({ entry }) => formatName(entry.source)));
  return {
    ...wide,
    config: {
      ...config,
      entries: config.entries.filter((entry) => mine.has(entry)),
      ownMirrors: config.ownMirrors.filter((entry) => mine.has(entry)),
      builds: isFirst ? config.builds : [],
    },
    strays: isFirst ? strays : [],
    whole: config,
    part,
    owns: (source) => names.has(formatName(source)) || (isFirst && !all.has(formatName(source))),
  };
}

/** A part with its units. */
type Picked = { readonly part: RunPart; readonly own: readonly MirrorUnit[]; readonly isFirst: boolean };

function pick(units: readonly MirrorUnit[], asked: AskedPart, file: string): Picked {
  return asked.by === 'registry'
    ? pickRegistries(units, asked.registries, file)
    : pickShard(units, asked, file);
}

function pickRegistries(units: readonly MirrorUnit[], registries: readonly string[], file: string): Picked {
  const known = registriesOf(units);
  const strange = registries.filter((registry) => !known.includes(registry));
  if (strange.length > 0) {
    const message = `input only-registries: no entry of ${file} is from ${strange.join(' or ')}`;
    const hint = known.length === 0 ? 'it lists no images' : `its images come from ${known.join(', ')}`;
    throw new UserError('input', message, { hint });
  }
  const own = units.filter(({ registry }) => registries.includes(registry));
  const isFirst = known[0] !== undefined && registries.includes(known[0]);
  return { part: partOf('registry', registries, known), own, isFirst };
}

type AskedShard = Extract<AskedPart, { by: 'shards' }>;

function pickShard(units: readonly MirrorUnit[], asked: AskedShard, file: string): Picked {
  const { weights, of, number } = asked;
  if (weights !== '' && weights.length !== units.length) {
    const message = `input shard: ${show(weights)} weighs ${weights.length} repositories, and ${file} has ${units.length}`;
    const hint = 'take shard from a row of the output matrix of this very run';
    throw new UserError('input', message, { hint });
  }
  const own = cutShards(units, of, weights)[number - 1] ?? [];
  return { part: askedPart(asked), own, isFirst: number === 1 };
}
