// Adds tags to the lists of an images config by small splices in its text. Each change is read back before it is
// given out: a file that would mean anything but "the same, and these tags" is not touched.

import { show } from '../../base/errors/mistake.ts';
import type { ReadFromRule } from '../../image/names/pull-name.ts';
import { formatName } from '../../image/names/reference.ts';
import { isTag } from '../../image/tags/tag.ts';
import type { Config, Entry } from '../images/config.ts';
import { splitList } from '../images/fields.ts';
import {
  applySplices,
  type Side,
  type Splice,
  spliceItems,
  spliceText,
  type Untouched,
} from '../yaml/splice.ts';
import { readYaml } from '../yaml/tree.ts';
import { type ListedItem, readLists, type TagList } from './lists.ts';

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
export type Edited<T> = {
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
  const untouched: { wanted: T; reason: string }[] = [];
  const additions: (Addition & { wanted: T })[] = [];
  for (const one of wanted) {
    const place = placeOf(one);
    const line = place === null ? null : lineNow(place.line);
    if (place === null)
      untouched.push({ wanted: one, reason: `${one.beside} is not listed for this source` });
    else if (line === null)
      untouched.push({ wanted: one, reason: `line ${place.line} differs from what was read` });
    else {
      const { tag, beside } = one;
      const source = formatName(one.entry.source);
      additions.push({ source, tag, beside, line, column: place.column, wanted: one });
    }
  }
  const edited = addTags(text, additions, config.readFrom);
  const left = edited.untouched.map(({ wanted: { wanted }, reason }) => ({ wanted, reason }));
  const listed = edited.listed.map(({ wanted }) => wanted);
  return { text: edited.text, listed, untouched: [...untouched, ...left] };
}

function placeOf({ entry, beside }: Addable) {
  return entry.selectors.find((one) => one.kind === 'literal' && one.tag === beside)?.place ?? null;
}

/** Lines before the first difference keep their number, those behind the last one move with the end of the file. */
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

/** What an edit of one list means: these tags for its users, or these shorthands beside it. */
type Change = { readonly list: TagList; readonly values: readonly string[] };

/** Adds tags at places of `text` itself. A tag that is listed already is passed over. Never throws. */
export function addTags<T extends Addition>(
  text: string,
  additions: readonly T[],
  readFrom: readonly ReadFromRule[] = [],
): Edited<T> {
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const body = text.slice(bom.length);
  const lists = readLists(body, readFrom);
  const untouched: { wanted: T; reason: string }[] = [];
  const splices: Splice[] = [];
  const changes: Change[] = [];
  const listed = additions.filter((one) => isListed(lists, one));
  for (const group of groupByPlace(additions.filter((one) => !listed.includes(one)))) {
    const found = editGroup(body, lists, group);
    if ('untouched' in found) {
      untouched.push(...group.map((wanted) => ({ wanted, reason: found.untouched })));
    } else {
      splices.push(...found.splices);
      changes.push(found.change);
    }
  }
  const edited = applySplices(body, splices);
  if (splices.length === 0 || meaningOf(edited, []) === meaningOf(body, changes)) {
    return { text: bom + edited, listed, untouched };
  }
  const reason = 'the file would mean something else then';
  const all = additions.filter((one) => !listed.includes(one));
  return { text, listed, untouched: all.map((wanted) => ({ wanted, reason })) };
}

function isListed(lists: readonly TagList[], { source, tag }: Addition): boolean {
  return lists.some((list) => {
    return list.users.some((user) => user.source === source) && tagsOf(list).includes(tag);
  });
}

function tagsOf(list: TagList): string[] {
  return list.items.flatMap((item) => item.tags);
}

/** The first of two equal wishes counts. */
function groupByPlace<T extends Addition>(additions: readonly T[]): T[][] {
  const first = new Map(additions.toReversed().map((one) => [`${one.source} ${one.tag}`, one]));
  const once = additions.filter((one) => first.get(`${one.source} ${one.tag}`) === one);
  return [...Map.groupBy(once, (one) => `${one.line}:${one.column}:${one.beside}`).values()];
}

function editGroup(
  text: string,
  lists: readonly TagList[],
  group: readonly Addition[],
): { splices: readonly Splice[]; change: Change } | Untouched {
  const target = findTarget(lists, group);
  if ('untouched' in target) return target;
  const { list, item, beside } = target;
  const tags = [...new Set(group.map((one) => one.tag))];
  const refusal = tags.map((tag) => refuse(list, tag, group)).find((one) => one !== null);
  if (refusal !== undefined) return { untouched: refusal };
  const side = sideOf(tagsOf(list), tags);
  const ordered = side === 'before' ? tags.toReversed() : tags;
  const { node, scalar } = item;
  const [start, end] = node.range ?? [0, 0];
  const place = { start, end, flow: list.flow, style: scalar.type, side };
  if (list.kind === 'text') {
    const splices = spliceText(text, { ...place, value: scalar.value }, beside, ordered);
    return 'untouched' in splices ? splices : { splices, change: { list, values: ordered } };
  }
  const values = list.kind === 'items' ? ordered : ordered.map((tag) => withTag(scalar.value, tag));
  const splices = spliceItems(text, place, values);
  return 'untouched' in splices ? splices : { splices, change: { list, values } };
}

type Target = { readonly list: TagList; readonly item: ListedItem; readonly beside: string };

function findTarget(lists: readonly TagList[], [first]: readonly Addition[]): Target | Untouched {
  const targets = lists.flatMap((list) => (first === undefined ? [] : targetIn(list, first)));
  const [target, second] = targets;
  if (target === undefined) return { untouched: 'no such list stands there' };
  return second === undefined ? target : { untouched: 'the tag there belongs to two lists' };
}

function targetIn(list: TagList, { line, column, beside }: Addition): Target[] {
  const isHere = (at: { line: number; column: number }) => at.line === line && at.column === column;
  const item =
    beside === null
      ? list.items.findLast(() => isHere(list))
      : list.items.find((one) => isHere(one) && one.tags.includes(beside));
  const tag = beside ?? item?.tags.at(-1);
  return item === undefined || tag === undefined ? [] : [{ list, item, beside: tag }];
}

/** Why a tag may not go into a list, or null. A list that others share gets only what all of them want. */
function refuse({ users }: TagList, tag: string, group: readonly Addition[]): string | null {
  if (!isTag(tag)) return `${show(tag)} is not a valid tag`;
  const sources = new Set(users.map((user) => user.source));
  const wanting = new Set(group.filter((one) => one.tag === tag).map((one) => one.source));
  if ([...wanting].some((source) => !sources.has(source))) return 'the list there is of another source';
  if ([...sources].every((source) => wanting.has(source))) return null;
  return `the list is shared by ${[...sources].join(' and ')}, and the tag is not for all of them`;
}

const NATURAL = new Intl.Collator('en', { numeric: true });

/** A list that counts down gets its new tags on top: 4.1 stands before 4.0, where 4.0 stands before 3.4. */
function sideOf(listed: readonly string[], [tag = '']: readonly string[]): Side {
  const alike = listed.filter((one) => shapeOf(one) === shapeOf(tag));
  const counts = alike.slice(1).map((one, at) => NATURAL.compare(alike[at] ?? '', one));
  return counts.length > 0 && counts.every((sign) => sign > 0) ? 'before' : 'after';
}

function shapeOf(tag: string): string {
  return tag.replace(/\d+/g, 'N');
}

function withTag(reference: string, tag: string): string {
  return reference.slice(0, reference.lastIndexOf(':') + 1) + tag;
}

/** The plain values of a config with these changes, in a form to compare: the order of tags and entries is left out. */
function meaningOf(text: string, changes: readonly Change[]): string {
  const yaml = readYaml(Buffer.from(text), '');
  if (yaml.kind === 'unreadable') return `unreadable ${text}`;
  const { images, ...rest } = yaml.tree.value as { images?: readonly unknown[] };
  const added = (entry: number) =>
    changes.filter(
      ({ list }) => list.kind !== 'reference' && list.users.some((user) => user.entry === entry),
    );
  const entries = (images ?? []).map((entry, at) => {
    if (typeof entry !== 'object' || entry === null || !('tags' in entry)) return entry;
    const tags = [entry.tags]
      .flat()
      .flatMap((one) => (typeof one === 'string' ? splitList(one) : JSON.stringify(one)));
    return { ...entry, tags: [...tags, ...added(at).flatMap((change) => change.values)].sort() };
  });
  const shorthands = changes
    .filter(({ list }) => list.kind === 'reference')
    .flatMap((change) => change.values);
  return JSON.stringify([rest, [...entries, ...shorthands].map((one) => JSON.stringify(one)).sort()]);
}
