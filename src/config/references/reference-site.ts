// Where an image reference is in a file, and how another one is written in its place: everything around it stays
// as it is, byte for byte.

import { looksLikeHost } from '../../image/names/reference.ts';
import type { Quoting } from '../yaml/scalar.ts';
import { applySplices, formatScalar, type Splice } from '../yaml/splice.ts';
import type { ReferenceSource } from './sources.ts';

/** A text in a file, from the offset `start` to `end`, quotes included; `line` and `column` count from 1. */
export type Part = {
  readonly written: string;
  readonly line: number;
  readonly column: number;
  readonly start: number;
  readonly end: number;
  readonly quoting: Quoting;
};

/** The parts of a reference that a file keeps apart, as Helm's values and Kustomize do; null for one that is not there. */
export type SplitParts = {
  readonly registry: Part | null;
  readonly repository: Part;
  readonly tag: Part | null;
  readonly digest: Part | null;
  readonly missing: MissingParts;
};

/**
 * How a part that is not there yet is written: as a new key at the offset `at`, after the text `lead` (a comma, or a
 * line break and spaces). `repository` is the key that takes another repository where the one that is written must
 * stay, else null; `digest` is null where a digest goes after the tag, because the chart would not read a key of its own for it.
 */
type MissingParts = {
  readonly at: number;
  readonly lead: string;
  readonly repository: string | null;
  readonly tag: string;
  readonly digest: string | null;
};

/** A comment `fresh-mirror-ignore: RULE — reason` on the line of a reference or above it. */
type Ignored = { readonly rule: string; readonly reason: string };

/** One image reference as a file of the workspace has it. */
export type ReferenceSite = {
  /** The path from the root of the workspace, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units from the beginning of the line; a byte order mark does not count. */
  readonly column: number;
  /** The reference as the file means it: without quotes, on one line, variables with a default put in. */
  readonly written: string;
  /** The offset of the first unit that a replacement replaces; a byte order mark does count. */
  readonly start: number;
  /** The offset after the last unit that a replacement replaces. */
  readonly end: number;
  /** How it is quoted, so that a replacement can be written the same way. */
  readonly quoting: Quoting;
  readonly parts: 'whole' | SplitParts;
  readonly ignored: readonly Ignored[];
  /** False where a template or a variable keeps it from being read here. */
  readonly readable: boolean;
  /** True in a Dockerfile: something is built on it. */
  readonly isBase?: boolean;
};

/** A registry, or a registry with a path, that a file of references approves. */
export type ApprovedSite = Pick<ReferenceSite, 'file' | 'line' | 'column' | 'written'>;

/** A file with its references, in the order of the text. */
export type ReferenceFile = {
  readonly file: string;
  /** The whole text, a byte order mark included: what the offsets of the sites count in. */
  readonly text: string;
  readonly sites: readonly ReferenceSite[];
  readonly approved: readonly ApprovedSite[];
  /** The items of the config that name the file. */
  readonly sources?: readonly ReferenceSource[];
};

/**
 * The text with another reference at this site, written in the same way. Every other byte stays, except where a part
 * (a digest, say) has no place yet: that gets a key of its own.
 */
export function replaceSite(text: string, site: ReferenceSite, replacement: string): string {
  const { parts } = site;
  if (parts === 'whole') return replaceParts(text, [[site, replacement]], []);
  const wanted = splitFor(parts, replacement);
  const { missing } = parts;
  const stays = missing.repository !== null;
  const changes: [Part | null, string][] = [
    [parts.registry, wanted.registry],
    [stays ? null : parts.repository, wanted.repository],
    [parts.tag, wanted.tag],
    [parts.digest, wanted.digest],
  ];
  const added: [string | null, string][] = [
    [wanted.repository === parts.repository.written ? null : missing.repository, wanted.repository],
    [parts.tag === null ? missing.tag : null, wanted.tag],
    [parts.digest === null ? missing.digest : null, wanted.digest],
  ];
  const splices = added
    .filter(([key, value]) => key !== null && value !== '')
    .map(([key, value]) => ({ at: missing.at, text: `${missing.lead}${key}: ${JSON.stringify(value)}` }));
  return replaceParts(text, changes.filter(isThere), splices);
}

/** What each part of a file is to say, so that together they mean this reference. */
function splitFor(parts: SplitParts, reference: string) {
  const { registry, repository, tag, digest } = splitReference(reference);
  const hasDigest = parts.digest !== null || parts.missing.digest !== null;
  return {
    registry: registry === '' ? 'docker.io' : registry,
    repository: parts.registry === null && registry !== '' ? `${registry}/${repository}` : repository,
    tag: hasDigest || digest === '' ? tag : `${tag}@${digest}`,
    digest: hasDigest ? digest : '',
  };
}

type Range = Pick<Part, 'start' | 'end' | 'quoting' | 'written'>;

function isThere(change: [Part | null, string]): change is [Part, string] {
  return change[0] !== null;
}

/** Puts new texts in place of parts; a part that stays the same keeps its very bytes. */
function replaceParts(
  text: string,
  changes: readonly (readonly [Range, string])[],
  added: readonly Splice[],
): string {
  const wanted = changes.filter(([part, value]) => part.written !== value);
  const replaced = wanted.map(([part, value]) => {
    const { start, end, quoting } = part;
    // A key without a value may have nothing between its colon and the end of the line.
    const space = start === end && !/\s/.test(text.charAt(start - 1)) ? ' ' : '';
    return { at: start, drop: end - start, text: space + write(value, quoting) };
  });
  return applySplices(text, [...replaced, ...added]);
}

const STYLES = { plain: 'PLAIN', single: 'QUOTE_SINGLE', double: 'QUOTE_DOUBLE' } as const;

function write(value: string, quoting: Quoting): string {
  return quoting === 'bare' ? value : formatScalar(value, STYLES[quoting], true);
}

/** Cuts a reference where its parts meet, without spelling anything out; a part that is not there is empty. */
function splitReference(reference: string) {
  const [before = '', digest = ''] = reference.split('@', 2);
  const colon = before.lastIndexOf(':');
  const hasTag = colon > before.lastIndexOf('/');
  const name = hasTag ? before.slice(0, colon) : before;
  const slash = name.indexOf('/');
  const hasHost = slash > 0 && looksLikeHost(name.slice(0, slash));
  return {
    registry: hasHost ? name.slice(0, slash) : '',
    repository: hasHost ? name.slice(slash + 1) : name,
    tag: hasTag ? before.slice(colon + 1) : '',
    digest,
  };
}
