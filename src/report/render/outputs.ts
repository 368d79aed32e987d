// The report as named step outputs. GitHub limits a job's outputs to 1 MB, so long lists are cut row by row.

import { mostSevereFirst } from '../../plan/lint/finding.ts';
import type { Report } from '../rows/report.ts';

/** Largest JSON of one list output, and of all of them together, in bytes. */
const MOST_PER_OUTPUT = 100_000;
const MOST_IN_ALL = 400_000;

const LISTS = [
  'failed',
  'refused',
  'build-waves',
  'stale-builds',
  'deferred',
  'findings',
  'copied',
  'stale',
  'new-tags',
] as const;
type List = (typeof LISTS)[number];

/**
 * Every output by name. Lists are JSON and always set; `<name>-count` counts the whole list, and `truncated` names
 * the lists from which rows were left out.
 */
export function makeOutputs(report: Report, reportPath: string): Record<string, string> {
  const outputs: Record<string, string> = {
    status: report.status,
    report: reportPath,
    'crane-version': report.craneVersion,
  };
  const truncated: string[] = [];
  let bytesLeft = MOST_IN_ALL;
  for (const name of LISTS) {
    const rows = shortRows(report, name);
    const most = Math.min(bytesLeft, MOST_PER_OUTPUT);
    const json = name === 'build-waves' ? cutWaves(report.buildWaves ?? [], most) : cutRows(rows, most);
    bytesLeft -= Buffer.byteLength(json.text);
    if (json.isCut) truncated.push(name);
    outputs[name] = json.text;
    outputs[`${name}-count`] = String(rows.length);
  }
  outputs.truncated = JSON.stringify(truncated);
  const matrix = report.matrix ?? { include: [] };
  // No row may be left out: nobody would look after its part.
  outputs.matrix = JSON.stringify(matrix);
  outputs['matrix-count'] = String(matrix.include.length);
  Object.assign(outputs, proposalOutputs(report));
  return outputs;
}

/** One number: that of the new tags, or where there is none, of the first that moves pins. */
function proposalOutputs(report: Report): Record<string, string> {
  const { pullRequest, issue, pinPullRequests = [] } = report;
  const shown = [pullRequest, ...pinPullRequests].find((proposed) => (proposed?.number ?? null) !== null);
  return {
    'pull-request-number': String(shown?.number ?? ''),
    'pull-request-url': shown?.url ?? '',
    'issue-number': String(issue?.number ?? ''),
  };
}

function shortRows(report: Report, name: List): object[] {
  if (name === 'new-tags') {
    return report.newTags.map(({ source, tag, series, mirrored, declined }) => {
      return { source, tag, series, mirrored, declined };
    });
  }
  if (name === 'build-waves') return [...(report.buildWaves ?? [])];
  if (name === 'stale-builds') return (report.staleBuilds ?? []).map(({ bases: _all, ...row }) => row);
  if (name === 'findings') return findingRows(report.findings ?? []);
  if (name === 'copied' || name === 'stale') {
    return report[name].map(
      ({ source, tag, of, mirror, to, reason, attached, bytes, lost, kept, signedBy, signedAt }) => ({
        source,
        tag,
        of,
        mirror,
        to,
        reason,
        attached,
        bytes,
        lost,
        kept,
        signedBy,
        signedAt,
      }),
    );
  }
  return report[name].map(({ source, tag, of, reason, message, lost, missing, line }) => ({
    source,
    tag,
    of,
    reason,
    message: shortMessage(message),
    lost,
    missing,
    line,
  }));
}

/** Errors first: where rows are left out, it is the milder ones. */
function findingRows(findings: NonNullable<Report['findings']>): object[] {
  return mostSevereFirst(findings).map(
    ({ rule, level, file, line, column, reference, canonical, message, replacement }) => {
      const short = { rule, level, file, line, column, reference, canonical };
      return { ...short, message: shortMessage(message), replacement };
    },
  );
}

const MOST_OF_MESSAGE = 300;

/** The cause follows the names that it is about, so where room is short digests are cut first, then names. */
function shortMessage(message: string): string {
  if (message.length <= MOST_OF_MESSAGE) return message;
  const digests = message.replaceAll(/(sha(?:256|512):[0-9a-f]{12})[0-9a-f]{52,}/g, '$1…');
  if (digests.length <= MOST_OF_MESSAGE) return digests;
  const short = digests.replaceAll(/\S{60,}/g, (word) => `${word.slice(0, 20)}…${word.slice(-36)}`);
  return short.length <= MOST_OF_MESSAGE ? short : `${short.slice(0, MOST_OF_MESSAGE - 1)}…`;
}

type Cut = { readonly text: string; readonly isCut: boolean };

/** Later waves wait for earlier ones, so only the end may be left out: what is missing there is stale another time. */
function cutWaves(waves: NonNullable<Report['buildWaves']>, most: number): Cut {
  const kept: object[] = [];
  let room = most - 2;
  for (const { include } of waves) {
    const { rows, isCut } = rowsThatFit(include, room - '{"include":[]},'.length);
    if (rows.length > 0) kept.push({ include: rows });
    if (isCut) return { text: JSON.stringify(kept), isCut };
    room = most - 2 - Buffer.byteLength(JSON.stringify(kept));
  }
  return { text: JSON.stringify(kept), isCut: false };
}

function cutRows(all: readonly object[], most: number): Cut {
  const { rows, isCut } = rowsThatFit(all, most - 2);
  return { text: JSON.stringify(rows), isCut };
}

/** The first rows whose JSON, with a comma each, has at most so many bytes. */
function rowsThatFit(
  rows: readonly object[],
  most: number,
): { readonly rows: readonly object[]; readonly isCut: boolean } {
  let size = 0;
  const end = rows.findIndex((row) => {
    size += Buffer.byteLength(JSON.stringify(row)) + 1;
    return size > most;
  });
  return end < 0 ? { rows, isCut: false } : { rows: rows.slice(0, end), isCut: true };
}
