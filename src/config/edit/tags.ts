// Adds tags to the lists of an images config by small splices in its text. Each change is read back before it is
// given out: a file that would mean anything but "the same, and these tags" is not touched.

import { show } from '../../base/errors/mistake.ts';
import { naturalOrder } from '../../base/text/words.ts';
import type { ReadFromRule } from '../../image/names/pull-name.ts';
import { formatName } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import type { Config, Entry } from '../images/config.ts';
import {
  applySplices,
  type Direction,
  type Splice,
  spliceItems,
  spliceText,
  type Untouched,
  untouched,
} from '../yaml/splice.ts';
import { type ListedItem, readLists, type TagList } from './lists.ts';
import { type ListChange, meaningOf, safeEdits } from './meaning.ts';

/**
 * A tag for the list in which `beside` is listed. `source` is the canonical name it is wanted for; `line` and
 * `column` (from 1) are those of the listed tag, or of a whole list, to whose end it goes when `beside` is null.
 */
export type Addition = {
  readonly source: string;
  readonly line: number;
  readonly column: number;
  readonly beside: string | null;
  readonly tag: string;
};

/**
 * `text` with every tag that could be added. `listed` are those that were there before, `untouched` those left for a
 * person, each with why.
 */
type Edited<T> = {
  readonly text: string;
  readonly listed: readonly T[];
  readonly untouched: readonly { readonly wanted: T; readonly reason: string }[];
};

/** What an edit asks of a new tag: the entry whose list it is for, and the listed tag next to which it goes. */
type Addable = { readonly entry: Entry; readonly tag: string; readonly beside: string };

/**
 * Adds tags to `text`, one version of the config file; their entries know places in the version `seen`. Lines
 * that the two versions share are found again; a list in lines that differ is left alone. Never throws.
 */
export function addNewTags<T extends Addable>(
  config: Pick<Config, 'readFrom'>,
  seen: string,
  text: string,
  wanted: readonly T[],
): Edited<T> {
  const lineNow = lineFinder(seen, text);
  const leftAlone: Edited<T>['untouched'][number][] = [];
  const additions: (Addition & { wanted: T })[] = [];
  for (const newTag of wanted) {
    const { entry, tag, beside } = newTag;
    const place = placeOf(newTag);
    const line = place === null ? null : lineNow(place.line);
    if (place === null) {
      leftAlone.push({ wanted: newTag, reason: `${beside} is not listed for this source` });
    } else if (line === null) {
      leftAlone.push({ wanted: newTag, reason: `line ${place.line} differs from what was read` });
    } else {
      const source = formatName(entry.source);
      additions.push({ source, tag, beside, line, column: place.column, wanted: newTag });
    }
  }
  const edited = addTags(text, additions, config.readFrom);
  const notAdded = edited.untouched.map(({ wanted: { wanted }, reason }) => ({ wanted, reason }));
  const listed = edited.listed.map(({ wanted }) => wanted);
  return { text: edited.text, listed, untouched: [...leftAlone, ...notAdded] };
}

function placeOf({ entry, beside }: Addable) {
  const listed = entry.selectors.find((selector) => selector.kind === 'literal' && selector.tag === beside);
  return listed?.place ?? null;
}

/** Lines before the first difference keep their number, those after the last one move with the end of the file. */
function lineFinder(seen: string, now: string): (line: number) => number | null {
  const [before, after] = [linesOf(seen), linesOf(now)];
  const shortest = Math.min(before.length, after.length);
  let head = 0;
  while (head < shortest && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shortest - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return (line) => {
    if (line <= head) return line;
    return line > before.length - tail ? line + after.length - before.length : null;
  };
}

/** A checkout may have changed the line ends. */
function linesOf(text: string): string[] {
  return text.replace(/^\uFEFF/, '').split(/\r?\n/);
}

/** Adds tags at places of `text` itself. A tag that is already listed is skipped. Never throws. */
export function addTags<T extends Addition>(
  text: string,
  additions: readonly T[],
  readFrom: readonly ReadFromRule[] = [],
): Edited<T> {
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const body = text.slice(bom.length);
  const lists = readLists(body, readFrom);
  const listed = additions.filter((addition) => isListed(lists, addition));
  const missing = additions.filter((addition) => !listed.includes(addition));
  const edits = groupByPlace(missing).map((group) => ({ group, edit: editGroup(body, lists, group) }));
  const possible = edits.flatMap(({ group, edit }) => (edit.kind === 'edit' ? [{ group, edit }] : []));
  const done = safeEdits(possible, (chosen) => meansTheSame(body, chosen));
  const untouched = edits.flatMap(({ group, edit }) => {
    if (done.some((kept) => kept.edit === edit)) return [];
    const reason = edit.kind === 'untouched' ? edit.reason : 'the change would alter the meaning of the file';
    return group.map((wanted) => ({ wanted, reason }));
  });
  return { text: bom + textWith(body, done), listed, untouched };
}

/** Additions to one place, and the edit that makes them. */
type GroupOfEdits<T> = { readonly group: readonly T[]; readonly edit: Edit };

/** Whether the file means the same after these edits, and these tags. */
function meansTheSame<T>(body: string, edits: readonly GroupOfEdits<T>[]): boolean {
  const changes = edits.map(({ edit }) => edit.change);
  return meaningOf(textWith(body, edits), []) === meaningOf(body, changes);
}

function textWith<T>(body: string, edits: readonly GroupOfEdits<T>[]): string {
  return applySplices(
    body,
    edits.flatMap(({ edit }) => edit.splices),
  );
}

function isListed(lists: readonly TagList[], { source, tag }: Addition): boolean {
  return lists.some((list) => {
    return list.users.some((user) => user.source === source) && tagsOf(list).includes(tag);
  });
}

function tagsOf(list: TagList): string[] {
  return list.items.flatMap((item) => item.tags);
}

/** Additions that go to the same place; of two for the same tag and source the first counts. */
function groupByPlace<T extends Addition>(additions: readonly T[]): T[][] {
  const keyOf = ({ source, tag }: Addition) => `${source} ${tag}`;
  const firsts = new Map(additions.toReversed().map((addition) => [keyOf(addition), addition]));
  const distinct = additions.filter((addition) => firsts.get(keyOf(addition)) === addition);
  const groups = Map.groupBy(distinct, ({ line, column, beside }) => `${line}:${column}:${beside}`);
  return [...groups.values()];
}

type Edit = { readonly kind: 'edit'; readonly splices: readonly Splice[]; readonly change: ListChange };

function editGroup(text: string, lists: readonly TagList[], group: readonly Addition[]): Edit | Untouched {
  const target = findTarget(lists, group);
  if (target.kind === 'untouched') return target;
  const { list, item, beside } = target;
  const tags = [...new Set(group.map((addition) => addition.tag))];
  const reason = tags.map((tag) => whyNot(list, tag, group)).find((found) => found !== null);
  if (reason !== undefined) return untouched(reason);
  const direction = directionOf(tagsOf(list), tags);
  const ordered = direction === 'before' ? tags.toReversed() : tags;
  const { node, scalar } = item;
  const [start, end] = node.range ?? [0, 0];
  const span = { start, end, flow: list.flow, style: scalar.type, direction };
  const values = list.kind === 'reference' ? ordered.map((tag) => withTag(scalar.value, tag)) : ordered;
  const result =
    list.kind === 'text'
      ? spliceText(text, { ...span, value: scalar.value }, beside, values)
      : spliceItems(text, span, values);
  if (result.kind === 'untouched') return result;
  return { kind: 'edit', splices: result.splices, change: { list, values } };
}

type Target = {
  readonly kind: 'target';
  readonly list: TagList;
  readonly item: ListedItem;
  readonly beside: string;
};

function findTarget(lists: readonly TagList[], [first]: readonly Addition[]): Target | Untouched {
  const targets = lists.map((list) => (first === undefined ? null : targetIn(list, first)));
  const [target, second] = targets.filter((found) => found !== null);
  if (target === undefined) return untouched('there is no list at this place');
  return second === undefined ? target : untouched('the tag there belongs to two lists');
}

function targetIn(list: TagList, { line, column, beside }: Addition): Target | null {
  const isHere = (at: { line: number; column: number }) => at.line === line && at.column === column;
  const item =
    beside === null
      ? list.items.findLast(() => isHere(list))
      : list.items.find((listed) => isHere(listed) && listed.tags.includes(beside));
  const tag = beside ?? item?.tags.at(-1);
  return item === undefined || tag === undefined ? null : { kind: 'target', list, item, beside: tag };
}

/** Why a tag may not go into a list, or null. A list that several entries share gets only what all of them want. */
function whyNot({ users }: TagList, tag: string, group: readonly Addition[]): string | null {
  if (!isTag(tag)) return `${show(tag)} is not a valid tag`;
  const sources = new Set(users.map((user) => user.source));
  const wanting = new Set(group.filter((addition) => addition.tag === tag).map(({ source }) => source));
  if ([...wanting].some((source) => !sources.has(source))) return 'the list there belongs to another source';
  if ([...sources].every((source) => wanting.has(source))) return null;
  return `the list is shared by ${[...sources].join(' and ')}, and the tag is not for all of them`;
}

/** A list that counts down gets its new tags on top: 4.1 goes before 4.0 if 4.0 comes before 3.4. */
function directionOf(listed: readonly string[], [tag = '']: readonly string[]): Direction {
  const alike = listed.filter((other) => shapeOf(other) === shapeOf(tag));
  const compare = naturalOrder();
  const signs = alike.slice(1).map((next, at) => compare(alike[at] ?? '', next));
  return signs.length > 0 && signs.every((sign) => sign > 0) ? 'before' : 'after';
}

function shapeOf(tag: string): string {
  return tag.replace(/\d+/g, 'N');
}

function withTag(reference: string, tag: string): string {
  return reference.slice(0, reference.lastIndexOf(':') + 1) + tag;
}
