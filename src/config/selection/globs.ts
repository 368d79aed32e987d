// Which globs and forms say the same as a regular expression: those of `tags:` and of `follow:`.

import { isNumberPattern } from '../../image/tags/form.ts';
import { isTag } from '../../image/tags/tag.ts';
import { TAG_CHARACTERS } from './regex.ts';
import { type Piece, type Variant, variantsOf } from './variants.ts';

/**
 * What selects the tags that a regular expression matches. `tags` are tags and globs that say exactly the same as their
 * part of it. `forms` have N for each number; they leave out odd tags alone: dates, hashes of digits alone, numbers of
 * more than 15 digits, and where `isLoose` what another character than a dot stands for. `wider` are globs for parts
 * that nothing here can say; they match more.
 */
export type RegexTags = {
  readonly tags: readonly string[];
  readonly forms: readonly string[];
  readonly isLoose: boolean;
  readonly wider: readonly string[];
};

/** What a regular expression selects that is looked for anywhere in a tag; null where it cannot be read. */
export function selectedBy(regex: string): RegexTags | null {
  const variants = variantsOf(regex);
  if (variants === null) return null;
  const found = variants.flatMap(written);
  const texts = (kind: Written['kind']) => [
    ...new Set(found.filter((variant) => variant.kind === kind).map(({ text }) => text)),
  ];
  const isLoose = found.some((variant) => variant.isLoose);
  const tags = texts('tag');
  return { tags: tags.includes('*') ? ['*'] : tags, forms: texts('form'), isLoose, wider: texts('wider') };
}

type Written = {
  readonly kind: 'tag' | 'form' | 'wider';
  readonly text: string;
  readonly isLoose: boolean;
};

function written(variant: Variant): readonly Written[] {
  const { pieces } = variant;
  if (pieces.every(({ kind }) => kind === 'one' || kind === 'any')) {
    return [{ kind: 'tag', text: globOf(variant), isLoose: false }];
  }
  const forms = spelledOut(pieces).map(formOf);
  if (forms.every((form) => form !== null)) return forms;
  return [{ kind: 'wider', text: globOf({ pieces, mayMiss: true }), isLoose: false }];
}

const MOST_FORMS = 12;

/** A form has no sets: `[67].N` is `6.N` and `7.N`, where that is not too much to read. */
function spelledOut(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const isSet = (piece: Piece) => piece.kind === 'one' && piece.characters !== TAG_CHARACTERS;
  const sizes = pieces.map((piece) => (piece.kind === 'one' && isSet(piece) ? piece.characters.length : 1));
  if (sizes.reduce((product, size) => product * size, 1) > MOST_FORMS) return [pieces];
  return pieces.reduce<readonly (readonly Piece[])[]>(
    (rows, piece) => {
      if (piece.kind !== 'one' || !isSet(piece)) return rows.map((row) => [...row, piece]);
      const options = [...piece.characters].map((characters): Piece => ({ kind: 'one', characters }));
      return rows.flatMap((row) => options.map((option) => [...row, option]));
    },
    [[]],
  );
}

/**
 * A tag that may be there is written as a glob (`3.4-sli[m]`), because a tag that is written out must be there.
 */
function globOf({ pieces, mayMiss }: Variant): string {
  const isTagItself = pieces.every((piece) => piece.kind === 'one' && piece.characters.length === 1);
  const last = pieces.length - 1;
  const text = pieces.map((piece, at) => {
    if (piece.kind === 'one') return oneOf(piece.characters, isTagItself && mayMiss && at === last);
    return piece.kind === 'number' ? '[0-9]*' : '*';
  });
  return text.join('').replace(/\*{2,}/g, '*');
}

function oneOf(characters: string, inBrackets: boolean): string {
  if (characters === TAG_CHARACTERS) return '?';
  if (characters.length === 1) return inBrackets ? `[${characters}]` : characters;
  const others = [...TAG_CHARACTERS].filter((character) => !characters.includes(character)).join('');
  return others.length < characters.length ? `[!${ranges(others)}]` : `[${ranges(characters)}]`;
}

/** `0-9A-F`; a hyphen comes first, where it means itself. */
function ranges(characters: string): string {
  const list = [...characters];
  const isNext = (at: number) => list[at]?.charCodeAt(0) === (list[at - 1]?.charCodeAt(0) ?? 0) + 1;
  let text = '';
  for (let at = 0; at < list.length; ) {
    let end = at;
    while (list[at] !== '-' && list[at] !== '.' && isNext(end + 1)) end++;
    text += end - at > 1 ? `${list[at]}-${list[end]}` : list.slice(at, end + 1).join('');
    at = end + 1;
  }
  return text;
}

/** A dot beside a number that stands for any character is read as a dot: nobody means `3x1` by `3.\d+`. */
function formOf(pieces: readonly Piece[]): Written | null {
  let isLoose = false;
  const parts = pieces.map((piece) => {
    if (piece.kind === 'number') return 'N';
    if (piece.kind !== 'one') return null;
    if (piece.characters.length === 1) return piece.characters;
    if (piece.characters !== TAG_CHARACTERS) return null;
    isLoose = true;
    return '.';
  });
  if (parts.some((part) => part === null)) return null;
  const text = parts.join('');
  const numbers = pieces.filter(({ kind }) => kind === 'number').length;
  const isForm = isTag(text) && isNumberPattern(text) && freeNumbers(text) === numbers;
  return isForm ? { kind: 'form', text, isLoose } : null;
}

function freeNumbers(text: string): number {
  return text.match(/(?<![A-Z0-9])N(?![A-Za-z0-9])/g)?.length ?? 0;
}
