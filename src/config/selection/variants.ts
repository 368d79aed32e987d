// A regular expression written out: rows of pieces, one of which a tag must be like, without choices inside.

import { type Expression, parseRegex, TAG_CHARACTERS } from './regex.ts';

/**
 * A part of a row. `one` is one character out of some, `any` any text, `number` digits, at least one, `many` characters
 * out of some, again and again, which neither a glob nor a form can say.
 */
export type Piece =
  | { readonly kind: 'one'; readonly characters: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'number' }
  | { readonly kind: 'many' };

/** One way in which a tag may match; `mayMiss` where a part is left out that others of its rows have. */
export type Variant = { readonly pieces: readonly Piece[]; readonly mayMiss: boolean };

/** Nobody reads a longer list. */
const MOST = 40;
/** A tag has at most 128 characters; what is longer matches none, and is not worth the time. */
const MOST_PARTS = 300;
const DIGITS = '0123456789';
const ANY: Piece = { kind: 'any' };

type Row = { readonly parts: readonly (Piece | Expression)[]; readonly mayMiss: boolean };

/** Thrown inside this file alone. */
class TooMany extends Error {}

/**
 * The rows of an expression that is looked for anywhere in a tag, as Go's MatchString does; null where it is not
 * understood, or where it has more than 40.
 */
export function variantsOf(regex: string): readonly Variant[] | null {
  const tree = parseRegex(regex);
  if (tree === null) return null;
  try {
    const found = rows(tree).map(anchored);
    return found.some((row) => row === 'odd') ? null : found.filter((row) => row !== null && row !== 'odd');
  } catch (thrown) {
    if (thrown instanceof TooMany) return null;
    throw thrown;
  }
}

function rows(tree: Expression): readonly Row[] {
  switch (tree.kind) {
    case 'set':
      return tree.characters === ''
        ? []
        : [{ parts: [{ kind: 'one', characters: tree.characters }], mayMiss: false }];
    case 'start':
    case 'end':
      return [{ parts: [tree], mayMiss: false }];
    case 'choice':
      return bounded(tree.options.flatMap(rows));
    case 'row':
      return tree.items.map(rows).reduce(joined, [{ parts: [], mayMiss: false }]);
    case 'repeat':
      return repeated(tree.item, tree.least, tree.most);
  }
}

function bounded(list: readonly Row[]): readonly Row[] {
  if (list.length > MOST) throw new TooMany();
  return list;
}

function joined(before: readonly Row[], after: readonly Row[]): readonly Row[] {
  if (before.length * after.length > MOST) throw new TooMany();
  return before.flatMap((head) =>
    after.map((tail) => {
      const parts = [...head.parts, ...tail.parts];
      if (parts.length > MOST_PARTS) throw new TooMany();
      return { parts, mayMiss: head.mayMiss || tail.mayMiss };
    }),
  );
}

function repeated(item: Expression, least: number, most: number): readonly Row[] {
  if (most === Number.POSITIVE_INFINITY) return endless(item, least);
  if (most - least > MOST) throw new TooMany();
  const counts = Array.from({ length: most - least + 1 }, (_, more) => least + more);
  return bounded(counts.flatMap((count) => times(item, count, least < most)));
}

function times(item: Expression, count: number, mayMiss: boolean): readonly Row[] {
  const once = rows(item);
  const start: readonly Row[] = [{ parts: [], mayMiss }];
  return Array.from({ length: count }, () => once).reduce(joined, start);
}

function endless(item: Expression, least: number): readonly Row[] {
  const characters = item.kind === 'set' ? item.characters : '';
  if (characters === TAG_CHARACTERS) {
    return times(item, least, false).map((row) => ({ ...row, parts: [...row.parts, ANY] }));
  }
  if (characters === DIGITS && least < 2) {
    const number: Row = { parts: [{ kind: 'number' }], mayMiss: least === 0 };
    return least === 1 ? [number] : [{ parts: [], mayMiss: true }, number];
  }
  return times(item, least, false).map((row) => ({ ...row, parts: [...row.parts, { kind: 'many' }] }));
}

/** Any text may precede what has no `^`, and follow what has no `$`; null where no tag can match. */
function anchored({ parts, mayMiss }: Row): Variant | null | 'odd' {
  const starts = parts.findLastIndex(({ kind }) => kind === 'start');
  const ends = parts.findIndex(({ kind }) => kind === 'end');
  const stop = ends < 0 ? parts.length : ends;
  if (starts > stop) return 'odd';
  const [before, after] = [parts.slice(0, starts + 1), parts.slice(stop)];
  if ([...before, ...after].some(({ kind }) => kind === 'one' || kind === 'number')) return null;
  if ([...before, ...after].some(({ kind }) => kind === 'any' || kind === 'many')) return 'odd';
  const inside = parts.slice(starts + 1, stop) as readonly Piece[];
  const open = [...(starts < 0 ? [ANY] : []), ...inside, ...(ends < 0 ? [ANY] : [])];
  return { pieces: simplified(open), mayMiss };
}

/** Beside any text, a number is one digit, what comes again and again is nothing, and any text comes once. */
function simplified(pieces: readonly Piece[]): readonly Piece[] {
  const isAny = (at: number) => pieces[at]?.kind === 'any';
  const next = pieces.flatMap((piece, at): readonly Piece[] => {
    const isBeside = isAny(at - 1) || isAny(at + 1);
    if (piece.kind === 'number' && isBeside) return [{ kind: 'one', characters: DIGITS }];
    if (piece.kind === 'many' && isBeside) return [];
    return piece.kind === 'any' && isAny(at - 1) ? [] : [piece];
  });
  return next.length === pieces.length && next.every((piece, at) => piece.kind === pieces[at]?.kind)
    ? next
    : simplified(next);
}
