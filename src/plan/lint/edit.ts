// How a replacement is written into a file: which text goes, between which lines and columns, and what takes its place.

import { lineStarts, rowAt } from '../../base/errors/lines.ts';
import {
  type Part,
  type ReferenceFile,
  type ReferenceSite,
  replaceSite,
} from '../../config/references/reference-site.ts';

/** From a line and column to just after the last character; all count from 1, columns in UTF-16 units. */
export type Region = {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
};

/** A text to put in place of a region of a file. */
export type Edit = Region & { readonly text: string };

/** A file that knows the line and column of each offset; its lines are looked for once, when they are first needed. */
export class PlacedText {
  readonly #text: string;
  #starts: readonly number[] | null = null;

  constructor({ text }: Pick<ReferenceFile, 'text'>) {
    this.#text = text;
  }

  /** Where the reference of a site is. */
  regionOf({ line, column, end }: ReferenceSite): Region {
    return { line, column, ...this.#endAt(end) };
  }

  /**
   * How a replacement is written at a site. Only the text between its first and its last part is made anew, so that a
   * file with ten thousand references is not copied ten thousand times.
   */
  editOf(site: ReferenceSite, replacement: string): Edit {
    const { start, end } = spanOf(site);
    // The character before it decides how it is written: a key without a value needs a blank after its colon.
    const before = Math.min(start, 1);
    const around = this.#text.slice(start - before, end);
    const text = replaceSite(around, shifted(site, start - before), replacement).slice(before);
    const { endLine: line, endColumn: column } = this.#endAt(start);
    return { line, column, ...this.#endAt(end), text };
  }

  #endAt(offset: number): Pick<Region, 'endLine' | 'endColumn'> {
    this.#starts ??= editorLines(this.#text);
    const starts = this.#starts;
    const row = rowAt(starts, offset);
    return { endLine: row + 1, endColumn: offset - (starts[row] ?? 0) + 1 };
  }
}

/** Lines as editors count them: a byte order mark is not part of the first. */
function editorLines(text: string): number[] {
  const first = text.startsWith('\ufeff') ? 1 : 0;
  return [first, ...lineStarts(text, /\r\n|\r|\n/g).slice(1)];
}

function spanOf({ start, end, parts }: ReferenceSite): { readonly start: number; readonly end: number } {
  if (parts === 'whole') return { start, end };
  const { registry, repository, tag, digest, missing } = parts;
  const there = [registry, repository, tag, digest].filter((part) => part !== null);
  return {
    start: Math.min(start, missing.at, ...there.map((part) => part.start)),
    end: Math.max(end, missing.at, ...there.map((part) => part.end)),
  };
}

/** The site as it is in a text that begins at the offset `from`. */
function shifted(site: ReferenceSite, from: number): ReferenceSite {
  const move = <Placed extends Pick<Part, 'start' | 'end'>>(part: Placed): Placed => ({
    ...part,
    start: part.start - from,
    end: part.end - from,
  });
  const { parts } = site;
  if (parts === 'whole') return move(site);
  const { registry, repository, tag, digest, missing } = parts;
  const moved = {
    registry: registry === null ? null : move(registry),
    repository: move(repository),
    tag: tag === null ? null : move(tag),
    digest: digest === null ? null : move(digest),
    missing: { ...missing, at: missing.at - from },
  };
  return { ...move(site), parts: moved };
}
