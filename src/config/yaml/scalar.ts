// Where the text of a scalar is, and how it is quoted there, so that another text can be written in its place.

import type { Scalar } from 'yaml';

/** How a text is written where it is: `bare` is text as it is, the others are the scalars of YAML and JSON. */
export type Quoting = 'bare' | 'plain' | 'single' | 'double';

/** The range of a text with its quotes; of a block scalar (`>-`, `|`), the range of its lines without their indent. */
type Placed = { readonly start: number; readonly end: number; readonly quoting: Quoting };

/** Where a scalar is written, and its text; line breaks around the text of a block scalar do not count. */
export function placeScalar(text: string, node: Scalar): Placed & { readonly written: string } {
  const [start, end] = node.range ?? [0, 0];
  switch (node.type) {
    case 'QUOTE_SINGLE':
    case 'QUOTE_DOUBLE':
      return {
        start,
        end,
        quoting: node.type === 'QUOTE_SINGLE' ? 'single' : 'double',
        written: String(node.value),
      };
    case 'BLOCK_FOLDED':
    case 'BLOCK_LITERAL': {
      const written = withoutBreaks(String(node.value));
      return { ...blockRange(text.slice(start, end), start, written), quoting: 'bare', written };
    }
    default:
      return { start, end, quoting: 'plain', written: node.value === null ? '' : String(node.value) };
  }
}

/** The lines of a block scalar are below its header; spaces that are part of its value are not its indent. */
function blockRange(source: string, offset: number, written: string) {
  const first = source.slice(source.indexOf('\n') + 1).search(/\S/);
  if (written === '' || first < 0) return { start: offset, end: offset + source.trimEnd().length };
  const spaces = /^ */.exec(written)?.[0].length ?? 0;
  const start = offset + source.indexOf('\n') + 1 + first - spaces;
  const last = source.trimEnd().length;
  const newline = source.indexOf('\n', last);
  const end = newline < 0 ? source.length : source[newline - 1] === '\r' ? newline - 1 : newline;
  return { start, end: offset + end };
}

/** Step by step: an expression would look at each of a million line breaks again and again. */
function withoutBreaks(text: string): string {
  let [start, end] = [0, text.length];
  while (text[start] === '\n') start++;
  while (end > start && text[end - 1] === '\n') end--;
  return text.slice(start, end);
}
