// A finding: what lint has to say of one place, and the text that would be right there.

import { byPlace, type Place } from '../../base/errors/diagnostic.ts';
import { type Level, LINT_LEVELS, type LintRule } from '../../config/references/lint-rules.ts';
import type { ApprovedSite, ReferenceSite } from '../../config/references/reference-site.ts';
import type { Edit, PlacedText, Region } from './edit.ts';

/** Something found, before levels and comments are looked at. `replacement` is empty where only a person can know it. */
export type Draft = {
  readonly rule: LintRule;
  readonly site: ReferenceSite | ApprovedSite;
  readonly canonical: string;
  readonly message: string;
  readonly replacement: string;
};

/**
 * One finding, at its place. `reference` is what is written there, `canonical` its name upstream, or empty. `region` is
 * null for what is not a reference; `edit` says how the replacement is written into the file, null where there is none.
 */
export type Finding = {
  readonly rule: LintRule;
  readonly level: Level;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly reference: string;
  readonly canonical: string;
  readonly message: string;
  readonly replacement: string;
  readonly region: Region | null;
  readonly edit: Edit | null;
};

/** The finding of a draft at this level; `text` is that of its file, null for a file without any reference. */
export function makeFinding(draft: Draft, level: Level, text: PlacedText | null): Finding {
  const { rule, site, canonical, message, replacement } = draft;
  const { file, line, column, written } = site;
  const placed = text !== null && 'parts' in site;
  const region = placed ? text.regionOf(site) : null;
  const edit = placed && replacement !== '' ? text.editOf(site, replacement) : null;
  const reference = withoutLogin(written);
  return { rule, level, file, line, column, reference, canonical, message, replacement, region, edit };
}

/** Orders findings as a reader meets them in the files. */
export function findingsByPlace(a: Place, b: Place): number {
  return byPlace({ place: a }, { place: b });
}

/** The findings with errors first and notes last, each level in the order it had. */
export function mostSevereFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => LINT_LEVELS.indexOf(a.level) - LINT_LEVELS.indexOf(b.level));
}

/** What comes before an @ in front of a path may be a password: it must not reach a log. */
function withoutLogin(written: string): string {
  const at = written.lastIndexOf('@', written.lastIndexOf('/'));
  return at > 0 ? `***${written.slice(at)}` : written;
}
