// The findings of a lint as SARIF 2.1.0 (OASIS), for code scanning and for editors that read it.

import { createHash } from 'node:crypto';
import { withHint } from '../../base/errors/hints.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import { RULE_ROWS } from '../../config/references/lint-rules.ts';
import type { Region } from '../../plan/lint/edit.ts';
import { type Finding, mostSevereFirst } from '../../plan/lint/finding.ts';
import type { Report } from '../rows/report.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const HOME = 'https://github.com/fresh-mirror/fresh-mirror';
/** GitHub takes no file with more results, and shows 5,000 of them, the gravest first. */
const MOST_RESULTS = 25_000;

/** The report of a lint as a SARIF log. Registries that did not answer make it an invocation that did not succeed. */
export function renderSarif(report: Report): object {
  const occurrence = counter();
  const results = mostSevereFirst(report.findings ?? [])
    .slice(0, MOST_RESULTS)
    .map((finding) => resultOf(finding, occurrence(finding)));
  const unanswered = report.failed.map(({ place, ...row }) => ({
    level: 'error',
    message: { text: oneLine(withHint(row)) },
    locations: [locationOf(place.file, { startLine: place.line, startColumn: place.column })],
  }));
  const invocation = {
    executionSuccessful: unanswered.length === 0 && report.status !== 'cancelled',
    ...(unanswered.length === 0 ? {} : { toolExecutionNotifications: unanswered }),
  };
  const driver = { name: 'Fresh Mirror', informationUri: HOME, rules: RULES };
  const run = { tool: { driver }, columnKind: 'utf16CodeUnits', invocations: [invocation], results };
  return { $schema: SCHEMA, version: '2.1.0', runs: [run] };
}

const RULES = RULE_ROWS.map(({ id, title, about, help, level }) => ({
  id,
  name: id.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase()),
  shortDescription: { text: title },
  fullDescription: { text: `${about}.` },
  help: { text: help.replaceAll('`', ''), markdown: help },
  helpUri: `${HOME}/blob/main/docs/lint.md#rules`,
  defaultConfiguration: { level },
}));

function resultOf(finding: Finding, occurrence: number): object {
  const { rule, level, message, file, line, column, region } = finding;
  const range = region === null ? { startLine: line, startColumn: column } : rangeOf(region);
  return {
    ruleId: rule,
    ruleIndex: RULE_ROWS.findIndex(({ id }) => id === rule),
    level,
    message: { text: oneLine(message, 1_000) },
    locations: [locationOf(file, range)],
    partialFingerprints: { primaryLocationLineHash: `${fingerprintOf(finding)}:${occurrence}` },
    ...(finding.edit === null ? {} : { fixes: [fixOf(finding, finding.edit)] }),
  };
}

function fixOf({ file, replacement }: Finding, edit: NonNullable<Finding['edit']>): object {
  const replacements = [{ deletedRegion: rangeOf(edit), insertedContent: { text: edit.text } }];
  const artifactChanges = [{ artifactLocation: artifactOf(file), replacements }];
  return { description: { text: `Write ${oneLine(replacement)}` }, artifactChanges };
}

function rangeOf({ line, column, endLine, endColumn }: Region) {
  return { startLine: line, startColumn: column, endLine, endColumn };
}

function locationOf(file: string, region: object): object {
  return { physicalLocation: { artifactLocation: artifactOf(file), region } };
}

/** A path from the root of the repository, as a relative URI. RFC 3986. */
function artifactOf(file: string): object {
  return { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}

/** The same for a finding that moves to another line: rule, file and what is written there, without its digest. */
function fingerprintOf({ rule, file, reference }: Finding): string {
  const text = [rule, file, reference.replace(/@sha\d+:.*$/, '')].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Tells apart findings that are alike: the how manieth of its kind a finding is, from 1. */
function counter(): (finding: Finding) => number {
  const counts = new Map<string, number>();
  return (finding) => {
    const key = fingerprintOf(finding);
    const next = (counts.get(key) ?? 0) + 1;
    counts.set(key, next);
    return next;
  };
}
