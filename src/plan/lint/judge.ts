// What is wrong with each reference by itself, and with all of them together, before levels and comments count.

import { formatPlace } from '../../base/errors/diagnostic.ts';
import { withHint } from '../../base/errors/hints.ts';
import { shortDigest } from '../../image/names/digest.ts';
import { formatMirror } from '../../image/names/mirror-name.ts';
import { formatName, formatReference } from '../../image/names/reference.ts';
import type { Approvals, Names } from '../references/approval.ts';
import { disagreeing, type Pins } from '../references/pins.ts';
import { canonicalOf, type ReadReference, type SeenReference } from '../references/reading.ts';
import type { Draft } from './finding.ts';

/** What judging needs to know; `repair` gives the right text for a reference, or an empty one. */
type Judging = {
  readonly names: Names;
  readonly approvals: Approvals;
  readonly pins: Pins;
  repair(read: ReadReference): string;
};

/** Everything that is found without asking a registry. */
export function judge(reads: readonly ReadReference[], judging: Judging): Draft[] {
  return [
    ...reads.flatMap((read) => judgeOne(read, judging)),
    ...digestConflicts(judging),
    ...tagConflicts(judging),
    ...judgeApprovals(judging),
  ];
}

function judgeOne(read: ReadReference, judging: Judging): Draft[] {
  if (read.kind === 'unreadable') {
    const message = 'this is filled in elsewhere (a template or a variable), so it cannot be checked here';
    return [draftOf('unreadable', read, message, '')];
  }
  const replacement = judging.repair(read);
  if (read.kind === 'malformed') {
    const { mistake, hint } = read.mistake;
    return [draftOf('malformed', read, withHint({ message: mistake, hint }), replacement)];
  }
  const pinless = read.reference.digest === null;
  return [
    ...originDraft(read, judging, replacement),
    ...(pinless ? [draftOf('not-pinned', read, pinWords(replacement), replacement)] : []),
  ];
}

function pinWords(replacement: string): string {
  const advice = replacement === '' ? 'add @ and the digest after the tag' : `write ${replacement}`;
  return `the reference has no digest, so what it pulls may change - ${advice}`;
}

function originDraft(read: SeenReference, { names }: Judging, replacement: string): Draft[] {
  const { reference, origin } = read;
  if (origin.kind === 'approved' || origin.kind === 'mirror') return [];
  const named = origin.right === null ? '' : formatReference({ ...reference, name: origin.right });
  if (origin.kind === 'untraced') {
    const advice = named === '' ? mirrorLine(read) : writeWords(replacement, named);
    const message = `${formatName(reference.name)} lies under the mirror prefix, but the mirror has no such name - ${advice}`;
    return [draftOf('mirror-path-mismatch', read, message, replacement)];
  }
  const from = formatName(reference.name);
  const mirror = formatMirror(names.mirror);
  const where = mirror === '' ? '' : ` nor under ${mirror}`;
  const advice =
    named === '' ? 'approve its registry, or use the image of one that is' : writeWords(replacement, named);
  const message = `${from} is ${where === '' ? 'not' : 'neither'} from an approved registry${where} - ${advice}`;
  return [draftOf('not-approved', read, message, replacement)];
}

/** Without a digest the name alone is not right yet. */
function writeWords(replacement: string, named: string): string {
  return replacement === '' ? `write ${named}, pinned by a digest` : `write ${replacement}`;
}

/** The line that makes a name on the mirror known; its registry is for a person to say. */
function mirrorLine({ reference }: SeenReference): string {
  const name = reference.name.repository.split('/').at(-1) ?? '';
  const tag = reference.tag === null ? '' : `, tags: ["${reference.tag}"]`;
  return `add the upstream to images, as in - { source: REGISTRY/…/${name}${tag} }, or use a mirror-path that begins with {registry}`;
}

function digestConflicts({ pins }: Judging): Draft[] {
  return [...pins.written].flatMap(([key, pinned]) =>
    disagreeing(pinned).map(({ pin, other }) => {
      const message = `${key} is pinned to ${shortDigest(pin.digest)} here and to ${shortDigest(other.digest)} at ${formatPlace(other.seen.site)}`;
      return draftOf('digest-conflict', pin.seen, message, '');
    }),
  );
}

function tagConflicts({ pins }: Judging): Draft[] {
  return [...pins.configured].flatMap(([key, { digest, place }]) =>
    (pins.written.get(key) ?? [])
      .filter((pin) => pin.digest !== digest && pin.seen.origin.kind === 'mirror')
      .map((pin) => {
        const message = `${key} is pinned to ${shortDigest(pin.digest)} here and to ${shortDigest(digest)} in the images config, ${formatPlace(place)}`;
        return draftOf('tag-conflict', pin.seen, message, '');
      }),
  );
}

function judgeApprovals({ approvals }: Judging): Draft[] {
  const wrong = approvals.mistakes.map(({ site, mistake, hint }): Draft => {
    return {
      rule: 'malformed',
      site,
      canonical: '',
      message: withHint({ message: mistake, hint }),
      replacement: '',
    };
  });
  const unused = approvals.unused().map(({ site }): Draft => {
    const message = `no reference is from ${site.written} - remove it from the approved registries`;
    return { rule: 'unused-approval', site, canonical: '', message, replacement: '' };
  });
  return [...wrong, ...unused];
}

/** A draft at the site of a reference. */
export function draftOf(
  rule: Draft['rule'],
  read: ReadReference,
  message: string,
  replacement: string,
): Draft {
  return { rule, site: read.site, canonical: canonicalOf(read), message, replacement };
}
