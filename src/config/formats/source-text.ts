// A file of references while it is read: its text with places, its comments, its sites, and the mistakes in it.

import type { Diagnostic, Place, Words } from '../../base/errors/diagnostic.ts';
import { lineStarts, rowAt } from '../../base/errors/lines.ts';
import { show } from '../../base/errors/mistake.ts';
import { isLintRule, LINT_RULES } from '../references/lint-rules.ts';
import type { ApprovedSite, ReferenceSite } from '../references/reference-site.ts';

type Ignored = ReferenceSite['ignored'][number];

/** A site before its line, column and comments are looked up; `from` are offsets whose lines and comments belong to it. */
type Found = Omit<ReferenceSite, 'file' | 'line' | 'column' | 'ignored' | 'readable'> & {
  readonly at: number;
  readonly from?: readonly number[];
  readonly readable?: boolean;
};

// Helm and Jinja, shells and GitHub's expressions, Kubernetes.
const TEMPLATE = /\{\{|\$[{(A-Za-z_]/;
const COMMENT = /(?:^|\s)#\s*fresh-mirror-ignore\b:?(.*)$/;
const RULE_AND_REASON = /^([^\s,]+(?:\s*,\s*[^\s,]+)*?)\s*(?:—|–|\s--?\s|:\s)\s*(\S.*)$/;
// No expression is asked about more than this.
const MAX_COMMENT = 500;

/** Collects what one file holds. Offsets count in the whole text, a byte order mark included. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #sites = new Map<string, ReferenceSite>();
  readonly #approved = new Map<number, ApprovedSite>();
  readonly #mistakes = new Map<string, Diagnostic>();
  /** The offset at which each line begins. */
  readonly #starts: readonly number[];
  readonly #ignored: ReadonlyMap<number, readonly Ignored[]>;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#starts = lineStarts(text);
    this.#ignored = this.#readComments();
  }

  /** In the order of the text; a text that several keys mean by an alias is there once. */
  get sites(): readonly ReferenceSite[] {
    return [...this.#sites.values()].toSorted((a, b) => a.start - b.start);
  }

  get approved(): readonly ApprovedSite[] {
    return [...this.#approved.values()];
  }

  get mistakes(): readonly Diagnostic[] {
    return [...this.#mistakes.values()];
  }

  placeAt(offset: number): Place {
    const row = rowAt(this.#starts, offset);
    const start = this.#starts[row] ?? 0;
    const mark = row === 0 && this.text.startsWith('\ufeff') ? 1 : 0;
    return { file: this.file, line: row + 1, column: Math.max(offset - start - mark, 0) + 1 };
  }

  /** Notes a mistake; what is looked at twice is reported once. */
  report(offset: number, words: Words): void {
    this.#mistakes.set(`${offset} ${words.rule}`, {
      severity: 'error',
      place: this.placeAt(offset),
      ...words,
    });
  }

  add({ at, from = [], readable = true, ...site }: Found): void {
    const { line, column } = this.placeAt(at);
    const rows = new Set([at, ...from].map((offset) => rowAt(this.#starts, offset)));
    // A text that several places stand for is there once, with what is said at any of them.
    const before = this.#sites.get(keyOf(site))?.ignored ?? [];
    const ignored = [...new Set([...before, ...[...rows].flatMap((row) => this.#commentsOf(row))])];
    const isReadable = readable && !TEMPLATE.test(site.written);
    const placed = { ...site, file: this.file, line, column, ignored, readable: isReadable };
    this.#sites.set(keyOf(placed), placed);
  }

  approve(offset: number, written: string): void {
    this.#approved.set(offset, { ...this.placeAt(offset), written });
  }

  /** The text of the line that an offset is on, without its end. */
  lineAt(offset: number): string {
    return this.#line(rowAt(this.#starts, offset));
  }

  #line(row: number): string {
    return this.text
      .slice(this.#starts[row], this.#starts[row + 1] ?? this.text.length)
      .replace(/\r?\n$/, '');
  }

  /** The comments on a line and on the lines above it that are nothing but comments. */
  #commentsOf(row: number): Ignored[] {
    const found = [...(this.#ignored.get(row) ?? [])];
    for (let above = row - 1; above >= 0 && /^\s*#/.test(this.#line(above)); above--) {
      found.push(...(this.#ignored.get(above) ?? []));
    }
    return found;
  }

  #readComments(): Map<number, readonly Ignored[]> {
    const comments = new Map<number, readonly Ignored[]>();
    if (!this.text.includes('fresh-mirror-ignore')) return comments;
    for (const row of this.#starts.keys()) {
      const comment = COMMENT.exec(this.#line(row));
      if (comment === null) continue;
      const offset = (this.#starts[row] ?? 0) + comment.index;
      comments.set(row, this.#readIgnored(comment[1] ?? '', offset));
    }
    return comments;
  }

  #readIgnored(comment: string, offset: number): Ignored[] {
    const [, names = '', reason] = RULE_AND_REASON.exec(comment.trim().slice(0, MAX_COMMENT)) ?? [];
    if (reason === undefined) {
      const message = 'this comment does not say which rule is ignored, and why';
      const hint = 'write # fresh-mirror-ignore: not-pinned — and the reason';
      this.report(offset, { rule: 'invalid-ignore', message, hint });
      return [];
    }
    const rules = names.split(',').map((name) => name.trim());
    for (const rule of rules.filter((name) => !isLintRule(name))) {
      const hint = `known rules are ${LINT_RULES.join(', ')}`;
      this.report(offset, { rule: 'invalid-ignore', message: `${show(rule)} is not a rule of lint`, hint });
    }
    return rules.filter(isLintRule).map((rule) => ({ rule, reason }));
  }
}

/** Two maps may share a repository by an alias and have tags of their own. */
function keyOf({ start, parts }: Pick<ReferenceSite, 'start' | 'parts'>): string {
  return parts === 'whole' ? `${start}` : [start, parts.tag?.start, parts.digest?.start].join();
}
