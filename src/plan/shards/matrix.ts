// The rows of a job matrix: which part of a config each job looks after.

import { type Mistake, show } from '../../base/errors/mistake.ts';
import type { Config } from '../../config/images/config.ts';
import { formatName } from '../../image/names/reference.ts';
import { cutShards, type MirrorUnit, registriesOf, spread, tagsOf, unitsOf } from './cut.ts';
import { fileNameOf, MOST_SHARDS } from './part.ts';
import { packWeights } from './weights.ts';

/** How the rows are made; null where the config decides. */
export type MatrixWish = { readonly by: 'registry' | 'shards' | null; readonly shards: number | null };

/** Reads a number of shards; what else was asked for may have no use for it. */
export function parseShards(written: string, by: MatrixWish['by']): number | Mistake {
  if (by === 'registry') {
    const hint = 'remove shards, or write matrix-by: shards';
    return { mistake: 'matrix-by: registry makes a row for each registry', hint };
  }
  const number = /^\d{1,9}$/.test(written) ? Number(written) : 0;
  if (number >= 1 && number <= MOST_SHARDS) return number;
  return { mistake: `${show(written)} is not a number of shards`, hint: `write 1 to ${MOST_SHARDS}` };
}

/**
 * What one job of a matrix is given. `name` has only letters, digits, dots, hyphens and underscores, so that it may name
 * an artifact; `tags` is how many it is likely to look after.
 */
export type MatrixRow = {
  readonly name: string;
  readonly 'only-registries'?: string;
  readonly shard?: string;
  readonly tags: number;
};

/** The rows, and whether the weights that are `known` went into them. */
export type Matrix = { readonly include: readonly MatrixRow[]; readonly isWeighed: boolean };

/** The shards where nobody says how many. */
const USUAL_SHARDS = 8;
/** Bytes of weights in all rows: an output has room for 100,000, and rows must not be left out. */
const MOST_WEIGHTS = 60_000;

/**
 * The matrix of a config, empty where there is nothing to look after; `more` is true where something belongs to no
 * repository of the mirror. `known` are the tags that each source had when it was last looked after. At most 256 rows.
 */
export function makeMatrix(
  config: Pick<Config, 'entries' | 'ownMirrors'>,
  wish: MatrixWish,
  { more, known }: { readonly more: boolean; readonly known: ReadonlyMap<string, number> },
): Matrix {
  const units = unitsOf(config);
  const registries = registriesOf(units);
  const tagsIn = ({ entry }: MirrorUnit) => known.get(formatName(entry.source)) ?? tagsOf(entry);
  if (units.length === 0 && !more) return { include: [], isWeighed: false };
  const by = wish.by ?? (wish.shards === null && registries.length > 1 ? 'registry' : 'shards');
  // Without a repository no registry is named, and one shard has the rest.
  if (by === 'registry' && units.length > 0) {
    return { include: registryRows(units, tagsIn), isWeighed: known.size > 0 };
  }
  const of = Math.max(1, Math.min(wish.shards ?? USUAL_SHARDS, units.length));
  const weights = units.some(({ entry }) => known.has(formatName(entry.source)))
    ? packWeights(units.map(tagsIn))
    : '';
  const isWeighed = weights !== '' && weights.length * of <= MOST_WEIGHTS;
  return { include: shardRows(units, of, { weights: isWeighed ? weights : '', tagsIn }), isWeighed };
}

/** One row for each upstream registry; where there are more than a matrix has jobs, rows share them. */
function registryRows(units: readonly MirrorUnit[], tagsIn: (unit: MirrorUnit) => number): MatrixRow[] {
  const tags = new Map<string, number>();
  for (const unit of units) tags.set(unit.registry, (tags.get(unit.registry) ?? 0) + tagsIn(unit));
  const all = [...tags.keys()].sort();
  const groups =
    all.length <= MOST_SHARDS
      ? all.map((registry) => [registry])
      : spread(all, MOST_SHARDS, (registry) => tags.get(registry) ?? 0);
  return groups.map((group) => {
    const registries = group.toSorted();
    return {
      name: fileNameOf({ by: 'registry', registries }),
      'only-registries': registries.join(','),
      tags: group.reduce((sum, registry) => sum + (tags.get(registry) ?? 0), 0),
    };
  });
}

type Weighing = { readonly weights: string; readonly tagsIn: (unit: MirrorUnit) => number };

/** The jobs cut as these rows do: with the weights that a row passes on, else by the config alone. */
function shardRows(units: readonly MirrorUnit[], of: number, { weights, tagsIn }: Weighing): MatrixRow[] {
  return cutShards(units, of, weights).map((own, at) => ({
    name: fileNameOf({ by: 'shards', number: at + 1, of, weights }),
    shard: `${at + 1}/${of}${weights === '' ? '' : `:${weights}`}`,
    tags: own.reduce((sum, unit) => sum + tagsIn(unit), 0),
  }));
}
