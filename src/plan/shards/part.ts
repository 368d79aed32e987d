// A part of a run: what a job of a matrix looks after while others look after the rest.

import { isMistake, type Mistake, show } from '../../base/errors/mistake.ts';
import { parseHost } from '../../image/names/reference.ts';

/** What a job was asked to look after: entries of these upstream registries, or one shard of so many. */
export type AskedPart =
  | { readonly by: 'registry'; readonly registries: readonly string[] }
  | {
      readonly by: 'shards';
      readonly number: number;
      readonly of: number;
      /** How much each repository of the mirror counts, where the matrix knew better than the config. */
      readonly weights: string;
    };

/**
 * What a narrowed run looked after, as its report tells: `pieces` are registries (`quay.io`) or shards (`2/5`), `of` every
 * piece that there is, empty where the config could not be read. Reports whose pieces make up `of` are the whole.
 */
export type RunPart = {
  readonly by: AskedPart['by'];
  readonly name: string;
  readonly pieces: readonly string[];
  readonly of: readonly string[];
};

/** A job matrix on GitHub has at most this many jobs. */
const MOST_SHARDS = 256;

const SHARD = /^(\d{1,9})\/(\d{1,9})(?::([0-9a-z]+))?$/;

/** Reads `2/5`, and `2/5:…` as a row of a matrix passes it on. */
export function parseShard(written: string): AskedPart | Mistake {
  const [, first = '', second = '', weights = ''] = SHARD.exec(written) ?? [];
  const [number, of] = [Number(first), Number(second)];
  const what = show(written);
  if (first === '') {
    return { mistake: `${what} is not a shard`, hint: 'write its number and how many there are, as in 2/5' };
  }
  if (of < 1 || of > MOST_SHARDS) {
    return { mistake: `${what} has ${second} shards`, hint: `write a number from 1 to ${MOST_SHARDS}` };
  }
  if (number >= 1 && number <= of) return { by: 'shards', number, of, weights };
  const range = of === 1 ? '1/1' : `1/${of} to ${of}/${of}`;
  return { mistake: `there is no shard ${first} of ${of}`, hint: `write ${range}` };
}

/** Reads registries with commas, blanks or lines between them, in any spelling, each once. */
export function parseRegistries(written: string): AskedPart | Mistake {
  const hosts = written
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map(parseHost);
  const mistake = hosts.find(isMistake);
  if (mistake !== undefined) return mistake;
  const registries = [...new Set(hosts.filter((host) => typeof host === 'string'))].sort();
  return registries.length === 0
    ? { mistake: 'no registry is named', hint: 'write docker.io, or remove the input' }
    : { by: 'registry', registries };
}

/** How a part is told before its config was read. */
export function askedPart(asked: AskedPart): RunPart {
  if (asked.by === 'registry') return partOf(asked.by, asked.registries, []);
  const all = Array.from({ length: asked.of }, (_, at) => `${at + 1}/${asked.of}`);
  return partOf(asked.by, [`${asked.number}/${asked.of}`], all);
}

/** A part with its name. */
export function partOf(by: AskedPart['by'], pieces: readonly string[], of: readonly string[]): RunPart {
  return { by, name: pieces.join(', '), pieces, of };
}
