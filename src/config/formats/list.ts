// `{list}`: one reference per line; `#` at the beginning of a line or after a space begins a comment.

import type { SourceText } from './source-text.ts';

/** Reads every line that is more than a comment. */
export function readList(source: SourceText): void {
  let offset = 0;
  for (const line of source.text.split('\n')) {
    const bare = withoutComment(line);
    const written = bare.trim();
    const start = offset + bare.length - bare.trimStart().length;
    const end = start + written.length;
    if (written !== '') source.add({ at: start, start, end, written, quoting: 'bare', parts: 'whole' });
    offset += line.length + 1;
  }
}

/** JavaScript counts a byte order mark as a space, so `trim` takes it away as well. */
function withoutComment(line: string): string {
  const comment = /(?:^\ufeff?|\s)#/.exec(line);
  return comment === null ? line : line.slice(0, comment.index);
}
