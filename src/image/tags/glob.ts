// Patterns over whole tags, as Python's fnmatch.fnmatchcase reads them: * ? [abc] [a-z] [!a]. Quay's mirror rules are
// written in this form. A pattern is walked over the tag with two pointers, so that no pattern can make it backtrack
// for ever, which translating to a RegExp would allow.
import { type Mistake, show } from '../../base/errors/mistake.ts';

type Item =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'set'; readonly not: boolean; readonly members: readonly Range[] };
type Range = readonly [low: string, high: string];

const MAX_PATTERN = 256;

/** True when a text is a pattern and not a literal tag. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** Says why a pattern cannot match any tag, or null: a character outside brackets that tags never have. */
export function globMistake(pattern: string): Mistake | null {
  if (pattern.length > MAX_PATTERN) {
    const mistake = `the pattern ${show(pattern)} is ${pattern.length} characters long`;
    return { mistake, hint: `a pattern has at most ${MAX_PATTERN}` };
  }
  const outside = compileItems(pattern).find(
    (item) => item.kind === 'character' && !/[A-Za-z0-9._-]/.test(item.character),
  );
  if (outside?.kind !== 'character') return null;
  const mistake = `the pattern ${show(pattern)} cannot match any tag: tags never have ${show(outside.character)}`;
  const hint =
    outside.character === '['
      ? 'close the bracket with ]'
      : 'a pattern may have * ? [abc] [a-z] [!a]; regular expressions are not read';
  return { mistake, hint };
}

/** Gives back a test for whole tags, case-sensitive. Takes at most pattern length × tag length steps. */
export function compileGlob(pattern: string): (tag: string) => boolean {
  const items = compileItems(pattern);
  return (tag) => walk(items, [...tag]);
}

/** On a mismatch only the last star takes one more character: an earlier star never has to be tried again. */
function walk(items: readonly Item[], text: readonly string[]): boolean {
  let at = 0;
  let item = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = items[item];
    if (current?.kind === 'star') {
      star = item++;
      starAt = at;
    } else if (current !== undefined && matches(current, text[at] ?? '')) {
      item++;
      at++;
    } else if (star >= 0) {
      item = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return items.slice(item).every((rest) => rest.kind === 'star');
}

function matches(item: Item, character: string): boolean {
  switch (item.kind) {
    case 'star':
    case 'any':
      return true;
    case 'character':
      return item.character === character;
    case 'set':
      return item.not !== item.members.some(([low, high]) => within(character, low, high));
  }
}

function within(character: string, low: string, high: string): boolean {
  return code(low) <= code(character) && code(character) <= code(high);
}

function code(character: string): number {
  return character.codePointAt(0) ?? -1;
}

function compileItems(pattern: string): Item[] {
  const text = [...pattern];
  const items: Item[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    const end = character === '[' ? endOfSet(text, at + 1) : -1;
    if (end >= 0) {
      items.push(compileSet(text.slice(at + 1, end)));
      at = end;
    } else if (character === '*') {
      if (items.at(-1)?.kind !== 'star') items.push({ kind: 'star' });
    } else {
      items.push(character === '?' ? { kind: 'any' } : { kind: 'character', character });
    }
  }
  return items;
}

/** The index of the bracket that closes a set, or -1: a `]` right after `[` or `[!` is a member, not the end. */
function endOfSet(text: readonly string[], start: number): number {
  const first = text[start] === '!' ? start + 1 : start;
  return text.indexOf(']', text[first] === ']' ? first + 1 : first);
}

/**
 * Reads what is between the brackets as CPython's fnmatch.translate does (Lib/fnmatch.py), oddities included: a
 * hyphen that is first, last or right after a range is itself, and a range that runs backwards vanishes. A set that
 * vanished matches nothing, `[!]` of a vanished range anything.
 */
function compileSet(inside: readonly string[]): Item {
  const chunks = splitAtHyphens(inside);
  for (let at = chunks.length - 1; at > 0; at--) {
    const before = chunks[at - 1] ?? [];
    const after = chunks[at] ?? [];
    if (code(before.at(-1) ?? '') > code(after[0] ?? '')) {
      chunks.splice(at - 1, 2, [...before.slice(0, -1), ...after.slice(1)]);
    }
  }
  const not = chunks[0]?.[0] === '!';
  if (not) chunks[0] = chunks[0]?.slice(1) ?? [];
  const singles = chunks.flat().map((character): Range => [character, character]);
  const ranges = chunks.slice(1).map((after, at): Range => {
    const low = chunks[at]?.at(-1);
    // Nothing is left in front of the hyphen: then it is itself.
    return low === undefined ? ['-', '-'] : [low, after[0] ?? ''];
  });
  return { kind: 'set', not, members: [...singles, ...ranges] };
}

/** Cuts `a-cx-z` into `a`, `cx`, `z`: the ends of one chunk and the next are the ends of a range. */
function splitAtHyphens(inside: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let start = 0;
  let from = inside[0] === '!' ? 2 : 1;
  for (;;) {
    const hyphen = inside.indexOf('-', from);
    if (hyphen < 0) break;
    chunks.push(inside.slice(start, hyphen));
    start = hyphen + 1;
    from = hyphen + 3;
  }
  const rest = inside.slice(start);
  if (rest.length > 0) chunks.push(rest);
  else chunks.at(-1)?.push('-');
  return chunks;
}
