// Pins on their way to a person: from what a run found stale to what a pull request changes and says.

import { withHint } from '../../base/errors/hints.ts';
import { type MovedPins, movePins, type PinFile, type PinMove, type TagPin } from '../../config/edit/pins.ts';
import type { ReferenceSite } from '../../config/references/reference-site.ts';
import { isDigest } from '../../image/names/digest.ts';
import { formatName, formatReference } from '../../image/names/reference.ts';
import { isKept, isOurs, type ReferenceNames } from '../../plan/bumps/pin.ts';
import { readSites, type SeenReference } from '../../plan/references/reading.ts';
import {
  type AbsentFile,
  type BaseFile,
  type Before,
  type Change,
  type FileEdit,
  type Proposable,
  sameText,
} from '../offers/change.ts';
import { decide } from '../offers/decide.ts';
import { keyOf, type ProposedTag } from '../offers/marker.ts';
import { renderNothingLeft } from '../offers/words.ts';
import {
  type Bump,
  MOST_FILES,
  type PinByHand,
  type PinsOffer,
  type ProposedPin,
  proposedPin,
} from './bump.ts';
import { renderPins } from './pins-words.ts';

/** Pins as a pull request. */
export function pinsProposal(offer: PinsOffer): Proposable {
  return {
    settings: offer.config.pullRequest,
    paths: (before) => pathsOf(offer, before),
    change: (before, found) => makePinsChange(before, offer, found),
    nothingLeft: (declined) =>
      renderNothingLeft(
        offer.unit,
        'pull request',
        declined,
        'every pin of this pull request is up to date, declined, kept by a comment or gone',
      ),
  };
}

function pathsOf({ bumps, config, files }: PinsOffer, { tags }: Before): string[] {
  const known = new Set(files.map(({ file }) => file));
  const offered = bumps.flatMap(({ pin }) => pin.sites.map(({ file }) => file));
  const remembered = tags.flatMap(({ series }) => series.split('\n')).filter((file) => known.has(file));
  return [...new Set([config.file, ...offered, ...remembered])];
}

function makePinsChange(before: Before, offer: PinsOffer, found: readonly (BaseFile | AbsentFile)[]): Change {
  const complete = offer.complete && isAsRead(offer, found);
  const known = { tags: before.tags.map((tag) => located(tag, offer)), declined: before.declined };
  const decision = decide(groupedByTarget(offer.bumps), known, { config: offer.unit, complete });
  const { edits, moved, byHand } = editAll(offer, found, decision.tags);
  const added = decision.tags.filter((pin) => moved.has(keyOf(pin)));
  const { waiting, declined } = decision;
  const words = renderPins({
    offer,
    added,
    byHand,
    declined,
    remembered: before.declined,
    waiting,
    complete,
    moved,
  });
  return {
    edits,
    added,
    byHand: byHand.map(({ note }) => note),
    declined,
    complete,
    unpriced: undefined,
    words,
  };
}

/** Whether the base is what the run read: a run of another version may well not know a pin that this one proposed. */
function isAsRead({ config, seen, files }: PinsOffer, found: readonly (BaseFile | AbsentFile)[]): boolean {
  const read = new Map([
    ...files.map(({ file, text }) => [file, text] as const),
    [config.file, seen] as const,
  ]);
  return found.every((file) => !('problem' in file) && sameText(read.get(file.path) ?? '', file.text));
}

/** Several pins may go to one image: that is one thing to say yes or no to. */
function groupedByTarget(bumps: readonly Bump[]): ProposedPin[] {
  const groups = Map.groupBy(bumps.map(proposedPin), keyOf);
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const all = [first, ...others];
    const files = [...new Set(all.flatMap(({ series }) => series.split('\n')))].slice(0, MOST_FILES);
    return [{ ...first, series: files.join('\n'), from: all.flatMap(({ from }) => from) }];
  });
}

/** A remembered pin with where it is now: a marker holds text alone. */
function located(tag: ProposedTag, { pins, bumps }: PinsOffer): ProposedPin {
  const target = targetOf(tag);
  const notes = bumps.find((bump) => keyOf(proposedPin(bump)) === keyOf(tag))?.notes ?? null;
  const from = pins.filter(
    (pin) => formatName(pin.source) === tag.source && pin.tag === tag.beside && pin.digest !== target?.digest,
  );
  return { ...tag, from, notes };
}

function targetOf({ tag: text }: Pick<ProposedTag, 'tag'>): TagPin | null {
  const [tag = '', digest = ''] = text.split('@', 2);
  return isDigest(digest) ? { tag, digest } : null;
}

type Edited = {
  readonly edits: readonly FileEdit[];
  /** The places that moved, by the keys of what is proposed. */
  readonly moved: ReadonlyMap<string, readonly ReferenceSite[]>;
  readonly byHand: readonly PinByHand[];
};

type KnownMove = PinMove & { readonly key: string };

function editAll(
  offer: PinsOffer,
  found: readonly (BaseFile | AbsentFile)[],
  wanted: readonly ProposedPin[],
): Edited {
  const moves = movesOf(wanted);
  const parts = offer.files.map((file) => editOne(file, offer, { found, moves }));
  const all = parts.flatMap(({ result }) => result?.moved ?? []);
  return {
    edits: parts.flatMap(({ edit }) => (edit === null ? [] : [edit])),
    moved: Map.groupBy(
      all.map(({ site }) => site),
      (site) => all.find((known) => known.site === site)?.move.key ?? '',
    ),
    byHand: parts.flatMap(({ byHand }) => byHand),
  };
}

/** The moves by file and by what is written there now: one image may move further in one file than in another. */
function movesOf(wanted: readonly ProposedPin[]): ReadonlyMap<string, KnownMove> {
  const rows = wanted.flatMap((proposed) => {
    const to = targetOf(proposed);
    if (to === null) return [];
    return proposed.from.flatMap((pin) =>
      pin.sites.map(({ file }) => {
        const move = { from: { tag: pin.tag, digest: pin.digest }, to, key: keyOf(proposed) };
        return [
          placeKey(file, formatReference({ name: pin.source, tag: pin.tag, digest: pin.digest })),
          move,
        ] as const;
      }),
    );
  });
  return new Map(rows);
}

function placeKey(file: string, reference: string): string {
  return `${file}\n${reference}`;
}

type EditedFile = {
  readonly edit: FileEdit | null;
  readonly result: MovedPins<KnownMove> | null;
  readonly byHand: readonly PinByHand[];
};

function editOne(
  file: PinFile,
  { config, reading }: PinsOffer,
  {
    found,
    moves,
  }: { readonly found: readonly (BaseFile | AbsentFile)[]; readonly moves: ReadonlyMap<string, KnownMove> },
): EditedFile {
  const base = found.find(({ path }) => path === file.file);
  if (base === undefined) return { edit: null, result: null, byHand: [] };
  if ('problem' in base) {
    const isWanted = [...moves.keys()].some((key) => key.startsWith(`${file.file}\n`));
    const { message, hint } = base.problem;
    const byHand = isWanted ? [{ note: withHint({ message, hint }) }] : [];
    return { edit: null, result: null, byHand };
  }
  const isConfig = file.file === config.file;
  const result = movePins({ ...file, text: base.text }, (site) => {
    const read = readAt(site, reading);
    return read !== null && (isConfig || isOurs(read.origin)) ? moveAt(read, moves) : null;
  });
  const byHand = result.unmoved.map(({ site, wanted, reason }) => {
    return { note: `${site.file}:${site.line}: ${reason} - write ${wanted}` };
  });
  const edit = result.moved.length === 0 ? null : { file: base, text: result.text };
  return { edit, result, byHand };
}

function readAt(site: ReferenceSite, { names, approvals }: ReferenceNames): SeenReference | null {
  const [read] = readSites([{ file: site.file, text: '', sites: [site], approved: [] }], names, approvals);
  return read?.kind === 'seen' ? read : null;
}

function moveAt(
  { site, reference, origin }: SeenReference,
  moves: ReadonlyMap<string, KnownMove>,
): KnownMove | null {
  if (isKept(site)) return null;
  return moves.get(placeKey(site.file, formatReference({ ...reference, name: origin.upstream }))) ?? null;
}
