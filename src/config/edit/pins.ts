// Moves pins on in the text of any file with references: digest for digest, tag for tag, and no other byte. What was
// written is read back with the same readers before it is given out; what is not fully understood is left to a person.

import type { Digest } from '../../image/names/digest.ts';
import { joinFiles, readReferences } from '../formats/table.ts';
import type { ReferenceSite } from '../references/reference-site.ts';
import type { Reader } from '../references/sources.ts';
import { applySplices } from '../yaml/splice.ts';
import { safeEdits } from './meaning.ts';

/** A tag with a digest, as a pin writes them. */
export type TagPin = { readonly tag: string; readonly digest: Digest };

/** What is known of a pin that moves: what its reference says now, and what it is to say. */
export type PinMove = { readonly from: TagPin; readonly to: TagPin };

/** A file with references: its whole text, and how it is read. */
export type PinFile = { readonly file: string; readonly text: string; readonly readers: readonly Reader[] };

/** A pin that was left to a person: `wanted` is the reference to write there, `reason` why it was not done. */
type UnmovedPin<M> = {
  readonly move: M;
  readonly site: ReferenceSite;
  readonly wanted: string;
  readonly reason: string;
};

/** The text with every pin moved that could be; `moved` are those, each with its place before. */
export type MovedPins<M> = {
  readonly text: string;
  readonly moved: readonly { readonly move: M; readonly site: ReferenceSite }[];
  readonly unmoved: readonly UnmovedPin<M>[];
};

/** Every reference of a file, by all its readers, in the order of the text. */
export function sitesOf({ file, text, readers }: PinFile): readonly ReferenceSite[] {
  const bytes = Buffer.from(text);
  return joinFiles(readers.map((reader) => readReferences(bytes, file, reader)))[0]?.sites ?? [];
}

/** Moves the pins for which `moveFor` gives a move; null leaves a reference as it is. Never throws. */
export function movePins<M extends PinMove>(
  file: PinFile,
  moveFor: (site: ReferenceSite) => M | null,
): MovedPins<M> {
  const sites = sitesOf(file);
  const asked = sites.flatMap((site) => {
    const move = moveFor(site);
    return move === null || movedText(site.written, move) === site.written
      ? []
      : [{ site, move, wanted: movedText(site.written, move), ...partsOf(file.text, site, move) }];
  });
  const [clear, odd] = [
    asked.filter(({ reason }) => reason === ''),
    asked.filter(({ reason }) => reason !== ''),
  ];
  const done = safeEdits(clear, (edits) => changesNothingElse(file, sites, edits));
  const lost = clear.filter((edit) => !done.includes(edit));
  const unmoved = [
    ...odd,
    ...lost.map((edit) => ({ ...edit, reason: 'the change would alter more than this pin' })),
  ];
  return {
    text: textWith(file.text, done),
    moved: done.map(({ move, site }) => ({ move, site })),
    unmoved: unmoved.map(({ move, site, wanted, reason }) => ({ move, site, wanted, reason })),
  };
}

/** A text that goes in place of another one, from the offset `at` to `to`. */
type Change = { readonly at: number; readonly to: number; readonly text: string };
type Edit = { readonly site: ReferenceSite; readonly wanted: string; readonly changes: readonly Change[] };

/** Where the digest and the tag of a reference are in the file; `reason` is empty where that is certain. */
function partsOf(text: string, { parts, start, end, written }: ReferenceSite, move: PinMove) {
  const whole = { start, end, written };
  const there = parts === 'whole' ? [whole] : [parts.repository, parts.digest];
  const tag =
    parts === 'whole' || parts.tag === null
      ? []
      : [changeOf(text, parts.tag, movedTag(parts.tag.written, move))];
  const rest = there.map((part) =>
    part === null ? 'same' : changeOf(text, part, movedText(part.written, move)),
  );
  const changes = [...rest, ...tag].filter((change) => change !== 'same');
  if (changes.length === 0 || changes.includes(null)) {
    return {
      changes: [],
      reason: 'it is not written in one piece here (a variable, an escape or a line break)',
    };
  }
  return { changes: changes.filter((change) => change !== null), reason: '' };
}

type Range = { readonly start: number; readonly end: number; readonly written: string };

/** The change of one part; null where the file does not hold it letter by letter, once. */
function changeOf(text: string, { start, end, written }: Range, wanted: string): Change | 'same' | null {
  if (wanted === written) return 'same';
  const raw = text.slice(start, end);
  const at = raw.indexOf(written);
  if (at < 0 || raw.includes(written, at + 1)) return null;
  return { at: start + at, to: start + at + written.length, text: wanted };
}

/** A reference as it is after the move, or the part of it that a file keeps apart as repository or digest. */
function movedText(written: string, { from, to }: PinMove): string {
  if (written === from.digest) return to.digest;
  const [before, after] = aroundDigest(written, { from, to });
  return `${before.endsWith(`:${from.tag}`) ? `${before.slice(0, -from.tag.length)}${to.tag}` : before}${after}`;
}

/** The same for a tag that a file keeps in a key of its own, which the digest may follow. */
function movedTag(written: string, move: PinMove): string {
  const [before, after] = aroundDigest(written, move);
  return `${before === move.from.tag ? move.to.tag : before}${after}`;
}

function aroundDigest(written: string, { from, to }: PinMove): [before: string, after: string] {
  const end = `@${from.digest}`;
  return written.endsWith(end) ? [written.slice(0, -end.length), `@${to.digest}`] : [written, ''];
}

/** Whether every reference reads as before after these edits, but for those that they change. */
function changesNothingElse(file: PinFile, sites: readonly ReferenceSite[], edits: readonly Edit[]): boolean {
  const changes = changesOf(edits);
  const isTorn = changes.some(({ to }, at) => to > (changes[at + 1]?.at ?? to));
  if (isTorn) return false;
  const wanted = new Map(edits.map(({ site, wanted: text }) => [site, text]));
  const read = sitesOf({ ...file, text: textWith(file.text, edits) });
  return (
    read.length === sites.length &&
    sites.every((site, at) => read[at]?.written === (wanted.get(site) ?? site.written))
  );
}

/** In the order of the text; a part that several references share is changed once. */
function changesOf(edits: readonly Edit[]): Change[] {
  const changes = edits.flatMap((edit) => edit.changes);
  const distinct = new Map(changes.map((change) => [JSON.stringify(change), change]));
  return [...distinct.values()].sort((a, b) => a.at - b.at);
}

function textWith(text: string, edits: readonly Edit[]): string {
  return applySplices(
    text,
    changesOf(edits).map(({ at, to, text: added }) => ({ at, drop: to - at, text: added })),
  );
}
