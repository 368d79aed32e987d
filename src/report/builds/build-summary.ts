// Builds in words: their section of the summary, the headline of a run that judged nothing else, annotations, the log.

import { codeSpan } from '../../base/text/sanitize.ts';
import { amount, count } from '../../base/text/words.ts';
import type { StaleBuildRow } from '../../plan/builds/rows.ts';
import type { Report } from '../rows/report.ts';

/** How the stale builds of a report are shown: `open` before the rest is folded away, at most `most`. */
type Shown = { readonly open: number; readonly most: number; readonly where: string };

/** The stale builds, those that others wait for first; empty where no builds were judged. */
export function buildSection({ builds, staleBuilds = [], buildWaves = [] }: Report, shown: Shown): string {
  if (builds === undefined) return '';
  if (staleBuilds.length === 0) return `### Builds\n\n${wholeWords(builds)}.\n`;
  const { open, most, where } = shown;
  const items = staleBuilds.slice(0, most).map(buildItem);
  const hidden = staleBuilds.length - items.length;
  const rest = items.slice(open).join('');
  const more = hidden === 0 ? '' : `- … and ${amount(hidden)} more: ${where}\n`;
  const tail = `${rest}${more}`;
  const folded =
    tail === ''
      ? ''
      : `\n<details><summary>${count(staleBuilds.length - Math.min(open, items.length), 'more stale build')}</summary>\n\n${tail.trimEnd()}\n\n</details>\n`;
  const waves = `to be built again in ${count(buildWaves.length, 'wave')}`;
  return `### Builds\n\n${wholeWords(builds)}, ${waves}.\n\n${items.slice(0, open).join('')}${folded}`;
}

type Counts = NonNullable<Report['builds']>;

/** `2 of 40 builds are stale, 1 could not be judged`. */
function wholeWords({ total, stale, failed }: Counts): string {
  const bad = failed === 0 ? '' : `, ${amount(failed)} could not be judged`;
  if (stale > 0) return `${ofAll(stale, total)} ${stale === 1 ? 'is' : 'are'} stale${bad}`;
  if (failed > 0) return `${ofAll(failed, total)} could not be judged`;
  return total === 1 ? 'The only build is fresh' : `All ${count(total, 'build')} are fresh`;
}

function ofAll(number: number, total: number): string {
  return `${amount(number)} of ${count(total, 'build')}`;
}

function buildItem(row: StaleBuildRow): string {
  return `- ${codeSpan(nameOf(row))}: ${whyStale(row)}\n`;
}

function nameOf({ dockerfile, image, name }: StaleBuildRow): string {
  return dockerfile ?? image ?? name ?? '';
}

function whyStale({ base, recorded, current, since, reason, bases }: StaleBuildRow): string {
  const more = bases.length === 1 ? '' : `, and ${count(bases.length - 1, 'more base')}`;
  const made = since === null ? '' : ` of ${codeSpan(since)}`;
  if (reason === 'no-record')
    return `${base === '' ? 'nobody recorded its base' : `no digest of ${codeSpan(base)} is recorded`}${more}`;
  if (reason === 'base-stale') return `its base ${codeSpan(base)} is built again${more}`;
  return `${codeSpan(base)} moved from ${short(recorded)} to ${short(current)}${made}${more}`;
}

function short(digest: string | null): string {
  return codeSpan((digest ?? '').replace(/^(sha\d+:.{12}).*$/, '$1…'));
}

/** What a run that looked after no tag says first. */
export function buildHeadline({ builds }: Pick<Report, 'builds'>): string | null {
  return builds === undefined || builds.total === 0 ? null : wholeWords(builds);
}

/** One sentence for an annotation; null where no build is stale. */
export function buildWarning({ builds, staleBuilds = [] }: Report): string | null {
  const [first] = staleBuilds;
  if (builds === undefined || first === undefined) return null;
  const of = first.base === '' ? '' : ` on ${first.base}`;
  return `${wholeWords(builds)}; the first is ${nameOf(first)}${of}`;
}
