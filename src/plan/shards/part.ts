// A part of a run: what a job of a matrix looks after while others look after the rest.

import { createHash } from 'node:crypto';
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
 * What a narrowed run looked after, as its report has it: `pieces` are registries (`quay.io`) or shards (`2/5`), `of` every
 * piece that there is, empty where the config could not be read. Reports whose pieces make up `of` are the whole.
 */
export type RunPart = {
  readonly by: AskedPart['by'];
  readonly name: string;
  readonly pieces: readonly string[];
  readonly of: readonly string[];
};

/** A job matrix on GitHub has at most this many jobs. */
export const MOST_SHARDS = 256;

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

/** How a part is described before its config was read. */
export function askedPart(asked: AskedPart): RunPart {
  if (asked.by === 'registry') return partOf(asked.by, asked.registries, []);
  const all = Array.from({ length: asked.of }, (_, at) => `${at + 1}/${asked.of}`);
  return partOf(asked.by, [`${asked.number}/${asked.of}`], all);
}

const LONGEST_NAME = 80;

/**
 * The name of a part in names of files, artifacts and jobs: letters, digits, dots, hyphens and underscores, at most 80.
 * Two parts have two names, whatever their registries are called.
 */
export function fileNameOf(asked: AskedPart): string {
  if (asked.by === 'shards') return `shard-${asked.number}-of-${asked.of}`;
  const whole = asked.registries.join('-and-');
  const safe = whole.replaceAll(/[^a-z0-9.-]/g, '_');
  // A colon before a port is the one thing that a host cannot have as well; addresses in brackets are full of them.
  const isPlain = asked.registries.length === 1 && !whole.startsWith('[');
  if (isPlain && safe.length <= LONGEST_NAME) return safe;
  const hash = createHash('sha256').update(asked.registries.join(' ')).digest('hex').slice(0, 12);
  return `${safe.slice(0, LONGEST_NAME - 13)}-${hash}`;
}

/** A part with its name. */
export function partOf(by: AskedPart['by'], pieces: readonly string[], of: readonly string[]): RunPart {
  return { by, name: pieces.join(', '), pieces, of };
}
