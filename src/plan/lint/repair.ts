// The text that would be right in place of a reference, where that is certain: the name on the mirror, the digest that
// everybody else pins. A repair counts only when nothing would be found at what it makes.

import { isMistake } from '../../base/errors/mistake.ts';
import type { Digest } from '../../image/names/digest.ts';
import { formatReference, formatTag, type Reference, tagOrLatest } from '../../image/names/reference.ts';
import { type Approvals, type NameOrigin, type Names, originOf } from '../references/approval.ts';
import { type ReadReference, strictReference } from '../references/reading.ts';

/** What a repair may know: names, approvals, and the digest that a canonical name with a tag is pinned to. */
type RepairContext = {
  readonly names: Names;
  readonly approvals: Pick<Approvals, 'covers'>;
  /** Null where nobody knows it, or two disagree. */
  digestFor(key: string): Digest | null;
};

/** The right text for a reference; empty where only a person can know it. */
export function repairOf(read: ReadReference, context: RepairContext): string {
  if (read.kind === 'unreadable') return '';
  if (read.kind === 'seen') return repaired(read.site.written, read.reference, read.origin, context);
  const mended = mend(read.site.written);
  const reference = strictReference(mended);
  if (isMistake(reference)) return '';
  const { names, approvals } = context;
  return repaired(mended, reference, originOf(reference.name, names, approvals), context);
}

function repaired(written: string, reference: Reference, origin: NameOrigin, context: RepairContext): string {
  const named = origin.right;
  const digest = reference.digest ?? context.digestFor(formatTag(origin.upstream, tagOrLatest(reference)));
  if (named === null || digest === null) return '';
  // What is right already stays as it is written.
  if (named !== reference.name) return formatReference({ ...reference, name: named, digest });
  if (reference.digest !== null) return written;
  return `${written}${reference.tag === null ? `:${tagOrLatest(reference)}` : ''}@${digest}`;
}

/** The text without what is there by mistake: blanks, a scheme, capital letters where there can be none. */
function mend(written: string): string {
  const bare = written.trim().replace(/^(?:https?|docker|oci):\/\//i, '');
  const at = bare.indexOf('@');
  const before = at < 0 ? bare : bare.slice(0, at);
  const colon = before.lastIndexOf(':');
  const nameEnd = colon > before.lastIndexOf('/') ? colon : before.length;
  return bare.slice(0, nameEnd).toLowerCase() + bare.slice(nameEnd);
}
