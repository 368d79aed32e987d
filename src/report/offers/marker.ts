// What a pull request or issue remembers: the tags it proposes, in a comment of its body that nobody sees. There is no
// other memory between two runs. The comment is read back from GitHub, so it is checked like any other input.

import { asObject } from '../../base/text/json.ts';
import { formatName } from '../../image/names/reference.ts';
import type { Cost } from '../../plan/select/cost.ts';
import type { NewTag } from '../../plan/select/new-tags.ts';

/** A new tag as GitHub shows and remembers it, by the canonical name of its source. */
export type ProposedTag = {
  readonly source: string;
  readonly tag: string;
  readonly beside: string;
  readonly series: string;
  readonly cost: Cost | null;
};

/** A new tag with what GitHub remembers of it. */
export function proposedTag({
  entry,
  tag,
  beside,
  series,
  cost,
}: NewTag): ProposedTag & Pick<NewTag, 'entry'> {
  return { entry, source: formatName(entry.source), tag, beside, series, cost };
}

/** The tag of a source, by which proposed and remembered ones are told apart. */
export function keyOf({ source, tag }: Pick<ProposedTag, 'source' | 'tag'>): string {
  return `${source}:${tag}`;
}

/** The keys of the tags whose costs nobody knows; undefined where there are none. */
export function unpricedAmong(tags: readonly ProposedTag[]): readonly string[] | undefined {
  const unpriced = tags.filter(({ cost }) => cost === null).map(keyOf);
  return unpriced.length === 0 ? undefined : unpriced;
}

/**
 * `text` is a fingerprint of title and body as they were written, so that a person's own words in them may stay.
 * `declined` are tags that a person said no to, here or before. `by` is the writer (`writerOf`); none where nobody knows.
 */
export type Marker = {
  readonly config: string;
  readonly text: string;
  readonly tags: readonly ProposedTag[];
  readonly declined: readonly ProposedTag[];
  readonly by?: string;
};

/**
 * Who writes a marker: the job of a workflow, for one mirror. Another job may have another policy for the same config, so
 * only the one that wrote a proposal takes it back. Empty where the job has no name.
 */
export function writerOf(job: string, mirror: string): string {
  return job === '' ? '' : `${job} ${mirror}`;
}

/** The mirror for which somebody writes (`writerOf`); empty where nobody knows. Names of jobs may have blanks, mirrors none. */
export function mirrorOf(writer: string): string {
  return writer.slice(writer.lastIndexOf(' ') + 1);
}

const BEGIN = '<!-- fresh-mirror:v1 ';
const MOST_TAGS = 5_000;

/** The marker as an HTML comment on one line. No text in it can end the comment, mention anybody or link anything. */
export function formatMarker({ config, text, tags, declined, by = '' }: Marker): string {
  const no = declined.length === 0 ? {} : { no: declined.map(rowOf) };
  return hiddenComment(BEGIN, { config, text, tags: tags.map(rowOf), ...no, ...(by === '' ? {} : { by }) });
}

function rowOf({ source, tag, beside, series, cost }: ProposedTag): readonly (string | number)[] {
  const price = cost === null ? [] : [cost.bytes, cost.platforms, cost.exact ? 1 : 0];
  return [source, tag, beside, series, ...price];
}

/** A value as an HTML comment on one line that begins with `begin`. No text in it can end the comment or link anything. */
export function hiddenComment(begin: string, value: unknown): string {
  const json = JSON.stringify(value);
  // Everything but plain ASCII words is written as JSON's own escape, two hyphens in a row too.
  const inert = json.replace(/[^\w .,:"/[\]{}\\-]|--+|\/\/+/g, (odd) => [...odd].map(escaped).join(''));
  return `${begin}${inert} -->`;
}

/** An emoji is two UTF-16 units and two escapes. */
function escaped(character: string): string {
  const units = [...Array(character.length).keys()].map((at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Reads the marker of a body; null where there is none, or none that this version understands. */
export function parseMarker(body: string): Marker | null {
  return readMarker(readHiddenComment(BEGIN, body));
}

/** The value of the last such comment in a body; null where there is none, or none that can be read. */
export function readHiddenComment(begin: string, body: string): Readonly<Record<string, unknown>> | null {
  const start = body.lastIndexOf(begin);
  const end = body.indexOf(' -->', start);
  if (start < 0 || end < 0) return null;
  try {
    return asObject(JSON.parse(body.slice(start + begin.length, end)));
  } catch {
    return null;
  }
}

function readMarker(json: Readonly<Record<string, unknown>> | null): Marker | null {
  if (json === null || typeof json.config !== 'string') return null;
  const tags = readTags(json.tags);
  const declined = readTags(json.no ?? []);
  const text = typeof json.text === 'string' ? json.text : '';
  const by = typeof json.by === 'string' ? { by: json.by } : {};
  return tags === null || declined === null ? null : { config: json.config, text, tags, declined, ...by };
}

function readTags(rows: unknown): readonly ProposedTag[] | null {
  if (!Array.isArray(rows)) return null;
  const tags = rows.slice(0, MOST_TAGS).map(readTag);
  const readable = tags.filter((tag) => tag !== null);
  return readable.length === tags.length ? readable : null;
}

function readTag(row: unknown): ProposedTag | null {
  if (!Array.isArray(row)) return null;
  const [source, tag, beside, series, bytes, platforms, exact]: unknown[] = row;
  if (typeof source !== 'string' || typeof tag !== 'string') return null;
  if (typeof beside !== 'string' || typeof series !== 'string') return null;
  const cost =
    typeof bytes === 'number' && typeof platforms === 'number'
      ? { bytes, platforms, exact: exact === 1 }
      : null;
  return { source, tag, beside, series, cost };
}
