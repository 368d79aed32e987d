// Mistakes in the files of a workspace: where they are, which rule they break, and how they read.

import { withHintInBrackets } from './hints.ts';

/** Where something is written in a file of the workspace; `line` and `column` count from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

/** How much a diagnostic matters: an error stops the run. */
export type Severity = 'error' | 'warning' | 'note';

/** Every rule that a file can break. Programs rely on these names, so none is ever renamed. */
export const RULES = [
  // The text of a file.
  'file-too-large',
  'not-utf-8',
  'control-character',
  'nested-too-deep',
  'too-many-values',
  'empty-file',
  'invalid-yaml',
  'yaml-version',
  'second-document',
  'yaml-tag',
  'unknown-alias',
  'recursive-alias',
  'duplicate-key',
  'invalid-key',
  'github-expression',
  'other-tool',
  // Its keys and the kinds of their values.
  'unknown-key',
  'planned-key',
  'missing-key',
  'missing-value',
  'not-a-string',
  'wrong-type',
  'empty-list',
  'out-of-range',
  'invalid-choice',
  'invalid-value',
  // What its texts hold.
  'invalid-tag',
  'invalid-reference',
  'invalid-source',
  'invalid-host',
  'invalid-mirror',
  'invalid-mirror-path',
  'invalid-to',
  'invalid-read-from',
  'invalid-path',
  'invalid-platform',
  'invalid-platform-tags',
  'invalid-version',
  'invalid-follow',
  'invalid-approved',
  'invalid-signer',
  'invalid-age',
  'invalid-ignore',
  'conflicting-keys',
  // What its references point at.
  'missing-file',
  'no-matching-file',
  'unreadable-file',
  'too-many-files',
  // What its builds are based on.
  'invalid-record',
  'build-circle',
  // What its entries mean together.
  'missing-mirror',
  'duplicate-host',
  'duplicate-tag',
  'conflicting-tag',
  'conflicting-policy',
  'follow-without-start',
  'pinned-subset',
  'expected-not-mirrored',
  'shared-platform-tag',
  'no-effect',
  'no-mirror-name',
  'shared-repository',
  'mirror-as-source',
  // What was waited for.
  'not-in-mirror',
] as const;

/** One of `RULES`. */
export type Rule = (typeof RULES)[number];

/** A mistake in words: `message` says what was found, `hint` what to write instead. */
export type Words = { readonly rule: Rule; readonly message: string; readonly hint: string };

/** One mistake with its place. */
export type Diagnostic = Words & { readonly severity: Severity; readonly place: Place };

/** `images.yaml:3:5: error: message (hint)`, the form that editors and terminals make clickable. */
export function formatDiagnostic({ severity, place, ...words }: Diagnostic): string {
  return `${formatPlace(place)}: ${severity}: ${withHintInBrackets(words)}`;
}

/** `images.yaml:3:5`. */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** Orders diagnostics as a reader meets them: by file, line, column. */
export function byPlace(a: { readonly place: Place }, b: { readonly place: Place }): number {
  if (a.place.file !== b.place.file) return a.place.file < b.place.file ? -1 : 1;
  return a.place.line - b.place.line || a.place.column - b.place.column;
}
