// Puts tags into the text of a YAML list in the list's own style, as splices at offsets. Nothing is printed anew:
// comments, quotes, indentation and line ends stay as they are, and what does not look as expected is left alone.

import type { Scalar } from 'yaml';
import { parseYaml } from './syntax.ts';

/** Text to put in at an offset of the original, in place of the next `drop` units (none if not set). */
export type Splice = { readonly at: number; readonly text: string; readonly drop?: number };

/** An item of a list: its offsets without anchor, the style of its neighbours, and the direction in which new items go. */
type ItemSpan = {
  readonly start: number;
  readonly end: number;
  readonly flow: boolean;
  readonly style: Scalar.Type | undefined;
  readonly direction: Direction;
};

/** On which side of a listed item new ones are put. */
export type Direction = 'before' | 'after';

/** What a change of a text means: splices, or a text left alone; `reason` ends a sentence that begins with the place. */
type SpliceResult = { readonly kind: 'splices'; readonly splices: readonly Splice[] } | Untouched;
/** A text that is left alone, and why. */
export type Untouched = { readonly kind: 'untouched'; readonly reason: string };

/** Leaves a text alone for this reason. */
export function untouched(reason: string): Untouched {
  return { kind: 'untouched', reason };
}

function spliced(...splices: readonly Splice[]): SpliceResult {
  return { kind: 'splices', splices };
}

/** Puts all splices in; those at the same offset come in the order in which they are given. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = '';
  let done = 0;
  for (const { at, text: added, drop = 0 } of splices.toSorted((a, b) => a.at - b.at)) {
    result += text.slice(done, at) + added;
    done = at + drop;
  }
  return result + text.slice(done);
}

/** New items beside an item of a block or flow list, each on a line of its own if the list is written that way. */
export function spliceItems(text: string, item: ItemSpan, values: readonly string[]): SpliceResult {
  const written = text.slice(item.start, item.end);
  if (written === '' || /[\r\n]/.test(written)) return untouched('is written over several lines');
  const scalars = values.map((value) => formatScalar(value, item.style, item.flow));
  const line = lineAround(text, item);
  return item.flow ? spliceFlow(line, item, scalars) : spliceBlock(line, item, scalars);
}

/** The line that an item is on; `next` is the offset of the line below, `eol` how lines end here. */
type Line = {
  readonly start: number;
  readonly before: string;
  readonly behind: string;
  readonly next: number;
  readonly last: boolean;
  readonly eol: string;
};

function lineAround(text: string, { start, end }: ItemSpan): Line {
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

function spliceBlock(line: Line, item: ItemSpan, scalars: readonly string[]): SpliceResult {
  // After the dash there may be an anchor or a YAML tag, which belongs only to the old item.
  const dash = /^( *-[ \t]+)(?:[&!]\S*[ \t]+)*$/.exec(line.before)?.[1];
  if (dash === undefined) return untouched('is not on a line of its own');
  if (!/^[ \t]*$|^[ \t]+#/.test(line.behind)) return untouched('is followed by more text on its line');
  const lines = scalars.map((scalar) => dash + scalar);
  return spliced(wholeLines(line, item, lines));
}

function wholeLines(line: Line, { direction }: ItemSpan, lines: readonly string[]): Splice {
  if (direction === 'before')
    return { at: line.start, text: lines.map((added) => added + line.eol).join('') };
  const text = lines.map((added) => (line.last ? line.eol + added : added + line.eol)).join('');
  return { at: line.next, text };
}

function spliceFlow(line: Line, item: ItemSpan, scalars: readonly string[]): SpliceResult {
  const behind = /^[ \t]*(,)?[ \t]*(?:(?<=[ \t])#.*)?$/.exec(line.behind);
  if (/^[ \t]*$/.test(line.before) && behind !== null && !line.last) {
    return spliced(...spliceFlowLines(line, item, scalars, behind[1] !== undefined));
  }
  if (item.direction === 'after') {
    return spliced({ at: item.end, text: scalars.map((scalar) => `, ${scalar}`).join('') });
  }
  // Nothing may be put between an anchor and its value.
  if (!/[[,][ \t]*$|^[ \t]*$/.test(line.before)) return untouched('has an anchor before it');
  return spliced({ at: item.start, text: scalars.map((scalar) => `${scalar}, `).join('') });
}

function spliceFlowLines(line: Line, item: ItemSpan, scalars: readonly string[], comma: boolean): Splice[] {
  const ends = comma || item.direction === 'before';
  const lines = scalars.map((scalar, at) => {
    return line.before + scalar + (ends || at < scalars.length - 1 ? ',' : '');
  });
  const added = wholeLines(line, item, lines);
  return ends ? [added] : [{ at: item.end, text: ',' }, added];
}

/** A scalar in the style of its neighbour, quoted when YAML would read it as something other than this text. */
export function formatScalar(value: string, style: Scalar.Type | undefined, flow: boolean): string {
  if (style === 'QUOTE_SINGLE') return `'${value}'`;
  return style === 'PLAIN' && readsPlain(value, flow) ? value : JSON.stringify(value);
}

function readsPlain(value: string, flow: boolean): boolean {
  const { root, diagnostics } = parseYaml(Buffer.from(flow ? `[${value}]` : `- ${value}`), '');
  const items: readonly unknown[] = root !== null && 'items' in root ? root.items : [];
  const scalar = items[0] as Partial<Scalar> | undefined;
  return diagnostics.length === 0 && items.length === 1 && scalar?.value === value;
}

/** A comma list in one scalar: where it is, what YAML reads there, and whether it is inside brackets. */
type TextSpan = {
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly style: Scalar.Type | undefined;
  readonly flow: boolean;
  readonly direction: Direction;
};

/** New tags beside `beside` in a comma list; plain text gets quotes where a comma would end it. */
export function spliceText(
  text: string,
  span: TextSpan,
  beside: string,
  tags: readonly string[],
): SpliceResult {
  const plain = span.style === 'PLAIN';
  const [start, end] = plain ? [span.start, span.end] : [span.start + 1, span.end - 1];
  const written = text.slice(start, end);
  if (written !== span.value || /["'\\\r\n]/.test(written))
    return untouched('is not written on one line, character for character');
  const at = offsetInList(written, beside);
  if (at === null) return untouched(`does not contain ${beside}`);
  const separator = written.includes(',') && !/,\s/.test(written) ? ',' : ', ';
  const added: Splice =
    span.direction === 'after'
      ? { at: start + at + beside.length, text: tags.map((tag) => separator + tag).join('') }
      : { at: start + at, text: tags.map((tag) => tag + separator).join('') };
  if (!plain || !span.flow) return spliced(added);
  const quote = (offset: number): Splice => ({ at: offset, text: '"' });
  return spliced(quote(start), added, quote(end));
}

function offsetInList(list: string, wanted: string): number | null {
  let offset = 0;
  for (const part of list.split(',')) {
    if (part.trim() === wanted) return offset + part.indexOf(wanted);
    offset += part.length + 1;
  }
  return null;
}
