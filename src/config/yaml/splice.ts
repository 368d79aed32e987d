// Puts tags into the text of a YAML list in the list's own style, as splices at offsets. Nothing is printed anew:
// comments, quotes, indentation and line ends stay as they are, and what does not look as expected is left alone.

import type { Scalar } from 'yaml';
import { parseYaml } from './syntax.ts';

/** Text to put in at an offset of the original. */
export type Splice = { readonly at: number; readonly text: string };

/** An item of a list: its offsets without anchor, the style of its neighbours, and the side new items go to. */
export type ItemPlace = {
  readonly start: number;
  readonly end: number;
  readonly flow: boolean;
  readonly style: Scalar.Type | undefined;
  readonly side: Side;
};

export type Side = 'before' | 'after';

/** Why a text is left alone: the end of a sentence that begins with the place. */
export type Untouched = { readonly untouched: string };

/** Puts all splices in; those at one offset stand in the order in which they are given. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = '';
  let done = 0;
  for (const { at, text: added } of splices.toSorted((a, b) => a.at - b.at)) {
    result += text.slice(done, at) + added;
    done = at;
  }
  return result + text.slice(done);
}

/** New items beside one of a block or flow list, each on a line of its own where the list has it so. */
export function spliceItems(
  text: string,
  item: ItemPlace,
  values: readonly string[],
): readonly Splice[] | Untouched {
  const written = text.slice(item.start, item.end);
  if (written === '' || /[\r\n]/.test(written)) return { untouched: 'goes over more than one line' };
  const scalars = values.map((value) => formatScalar(value, item.style, item.flow));
  const line = lineAround(text, item);
  return item.flow ? spliceFlow(line, item, scalars) : spliceBlock(line, item, scalars);
}

/** The line that an item stands on; `next` is the offset of the one below, `eol` how lines end here. */
type Line = {
  readonly start: number;
  readonly before: string;
  readonly behind: string;
  readonly next: number;
  readonly last: boolean;
  readonly eol: string;
};

function lineAround(text: string, { start, end }: ItemPlace): Line {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  const lineEnd = newline < 0 ? text.length : newline;
  const sample = newline < 0 ? text.indexOf('\n') : newline;
  return {
    start: lineStart,
    before: text.slice(lineStart, start),
    behind: text.slice(end, lineEnd).replace(/\r$/, ''),
    next: newline < 0 ? text.length : newline + 1,
    last: newline < 0,
    eol: sample > 0 && text[sample - 1] === '\r' ? '\r\n' : '\n',
  };
}

function spliceBlock(line: Line, item: ItemPlace, scalars: readonly string[]): readonly Splice[] | Untouched {
  // Behind the dash an anchor or a YAML tag may stand, which belongs to the old item alone.
  const dash = /^( *-[ \t]+)(?:[&!]\S*[ \t]+)*$/.exec(line.before)?.[1];
  if (dash === undefined) return { untouched: 'does not stand on a line of its own' };
  if (!/^[ \t]*$|^[ \t]+#/.test(line.behind)) return { untouched: 'has more text behind it on its line' };
  return [
    wholeLines(
      line,
      item,
      scalars.map((scalar) => dash + scalar),
    ),
  ];
}

function wholeLines(line: Line, { side }: ItemPlace, lines: readonly string[]): Splice {
  if (side === 'before') return { at: line.start, text: lines.map((one) => one + line.eol).join('') };
  const text = lines.map((one) => (line.last ? line.eol + one : one + line.eol)).join('');
  return { at: line.next, text };
}

function spliceFlow(line: Line, item: ItemPlace, scalars: readonly string[]): readonly Splice[] | Untouched {
  const behind = /^[ \t]*(,)?[ \t]*(?:(?<=[ \t])#.*)?$/.exec(line.behind);
  if (/^[ \t]*$/.test(line.before) && behind !== null && !line.last) {
    return spliceFlowLines(line, item, scalars, behind[1] !== undefined);
  }
  if (item.side === 'after') return [{ at: item.end, text: scalars.map((one) => `, ${one}`).join('') }];
  // Between an anchor and its value nothing may be put in.
  if (!/[[,][ \t]*$|^[ \t]*$/.test(line.before)) return { untouched: 'has an anchor before it' };
  return [{ at: item.start, text: scalars.map((one) => `${one}, `).join('') }];
}

function spliceFlowLines(line: Line, item: ItemPlace, scalars: readonly string[], comma: boolean): Splice[] {
  const ends = comma || item.side === 'before';
  const lines = scalars.map((scalar, at) => {
    return line.before + scalar + (ends || at < scalars.length - 1 ? ',' : '');
  });
  const added = wholeLines(line, item, lines);
  return ends ? [added] : [{ at: item.end, text: ',' }, added];
}

/** A scalar in the style of its neighbour, quoted when YAML would read it as something other than this text. */
function formatScalar(value: string, style: Scalar.Type | undefined, flow: boolean): string {
  if (style === 'QUOTE_SINGLE') return `'${value}'`;
  return style === 'PLAIN' && readsPlain(value, flow) ? value : JSON.stringify(value);
}

function readsPlain(value: string, flow: boolean): boolean {
  const { root, diagnostics } = parseYaml(Buffer.from(flow ? `[${value}]` : `- ${value}`), '');
  const items: readonly unknown[] = root !== null && 'items' in root ? root.items : [];
  const scalar = items[0] as Partial<Scalar> | undefined;
  return diagnostics.length === 0 && items.length === 1 && scalar?.value === value;
}

/** A comma list in one scalar: where it stands, what YAML reads there, and whether brackets are around it. */
export type TextPlace = {
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly style: Scalar.Type | undefined;
  readonly flow: boolean;
  readonly side: Side;
};

/** New tags beside `beside` in a comma list; plain text gets quotes where a comma would end it. */
export function spliceText(
  text: string,
  place: TextPlace,
  beside: string,
  tags: readonly string[],
): readonly Splice[] | Untouched {
  const plain = place.style === 'PLAIN';
  const [start, end] = plain ? [place.start, place.end] : [place.start + 1, place.end - 1];
  const written = text.slice(start, end);
  if (written !== place.value || /["'\\\r\n]/.test(written))
    return { untouched: 'is not written on one line as it reads' };
  const at = offsetInList(written, beside);
  if (at === null) return { untouched: `does not hold ${beside}` };
  const separator = written.includes(',') && !/,\s/.test(written) ? ',' : ', ';
  const added: Splice =
    place.side === 'after'
      ? { at: start + at + beside.length, text: tags.map((tag) => separator + tag).join('') }
      : { at: start + at, text: tags.map((tag) => tag + separator).join('') };
  if (!plain || !place.flow) return [added];
  const quote = (offset: number): Splice => ({ at: offset, text: '"' });
  return [quote(start), added, quote(end)];
}

function offsetInList(list: string, wanted: string): number | null {
  let offset = 0;
  for (const part of list.split(',')) {
    if (part.trim() === wanted) return offset + part.indexOf(wanted);
    offset += part.length + 1;
  }
  return null;
}
