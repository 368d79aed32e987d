// Which reports make up one run: those of this run, of this config and of one cut, each part once. Whatever is amiss is
// reported, and then the merged status is never better than partial.

import { withHint } from '../../base/errors/hints.ts';
import type { Notice } from '../../base/errors/notice.ts';
import { oneLine } from '../../base/text/sanitize.ts';
import type { RunPart } from '../../plan/shards/part.ts';
import { WORST_FIRST } from '../rows/status.ts';
import type { NoReport, PartReport } from './decode.ts';

/** A file as it was read; `file` is its name for people. */
export type ReportFile = { readonly file: string; readonly read: PartReport | NoReport };

/** What the reports must be about. `registries` are those of the config; `run` is empty where nobody knows it. */
export type Expected = {
  readonly config: string;
  readonly configSha256: string;
  readonly mirror: string;
  readonly registries: readonly string[];
  readonly run: string;
  /** The modes whose reports can be merged. */
  readonly modes: readonly string[];
};

/** A report that counts, with the file that it was read from. */
export type Counted = { readonly file: string; readonly report: PartReport };

/**
 * The reports that count, in the order of their parts, and that of a lint where there is one. `troubles` are the
 * sentences that keep the merged status from being better than partial; `remarks` those that do not.
 */
export type Collected = {
  readonly counted: readonly Counted[];
  readonly lint: Counted | null;
  /** Pieces of the cut that no report is about. */
  readonly missing: readonly string[];
  readonly troubles: readonly string[];
  readonly remarks: readonly string[];
};

/** Tells the reports of one run from all others. */
export function collectParts(files: readonly ReportFile[], expected: Expected): Collected {
  const notes: Notes = { troubles: [], remarks: [] };
  const read = files.flatMap(({ file, read: found }): Counted[] => {
    if (!('unread' in found)) return [{ file, report: found }];
    notes.troubles.push(`${name(file)} ${found.unread}`);
    return [];
  });
  const parts = read.filter(({ file, report }) => {
    const other = otherKind(report, expected);
    if (other !== null) notes.remarks.push(`${name(file)} ${other}, so it is left out`);
    return other === null;
  });
  const ours = parts.filter((counted) => {
    const stranger = strangeness(counted.report, expected);
    if (stranger !== null) notes.troubles.push(`${name(counted.file)} ${stranger}, so it does not count`);
    return stranger === null;
  });
  const [lint = null, ...moreLints] = ours.filter(({ report }) => report.lint !== undefined);
  for (const { file } of moreLints)
    notes.troubles.push(`${name(file)} is a second report of a lint, so it does not count`);
  const tagged = ours.filter(({ report }) => report.lint === undefined);
  const { chosen, of } = oneCut(oneMode(tagged, notes), expected, notes);
  const counted = eachOnce(chosen, notes);
  const seen = new Set(counted.flatMap(({ report }) => piecesOf(report)));
  const missing = of.filter((piece) => !seen.has(piece));
  // Of a part whose report is there and does not count, nobody may say that it was not uploaded.
  const words = notes.troubles.length > 0 ? uncountedWords : missingWords;
  notes.troubles.push(...missing.map(words), ...counted.flatMap(endWords));
  const place = new Map(of.map((piece, at) => [piece, at]));
  const first = ({ report }: Counted) => place.get(piecesOf(report)[0] ?? '') ?? 0;
  return {
    counted: counted.toSorted((a, b) => first(a) - first(b)),
    lint,
    missing,
    ...notes,
  };
}

/** The same as notices of a report. */
export function partNotices({ troubles, remarks }: Collected): Notice[] {
  return [...troubles, ...remarks].map((message) => ({ kind: 'parts', source: '', message }));
}

type Notes = { readonly troubles: string[]; readonly remarks: string[] };

function name(file: string): string {
  return oneLine(file, 200);
}

/** The pieces that a report is about; what looked after everything is one piece of its own. */
function piecesOf({ part }: PartReport): readonly string[] {
  return part === null ? [WHOLE] : part.pieces;
}

const WHOLE = 'everything';

/** What else a report may be of: nothing is missing where it is passed over. */
function otherKind({ mode, parts }: PartReport, { modes }: Expected): string | null {
  if (!modes.includes(mode)) return `is from mode ${mode}, which looks after no tags`;
  return parts === undefined ? null : 'is itself a merged report';
}

/** Why a report is none of these; null for one that is. */
function strangeness(report: PartReport, { config, configSha256, mirror, run }: Expected): string | null {
  const { run: own } = report;
  if (run !== '' && own.id !== run)
    return `is from another workflow run (${own.id === '' ? 'unknown' : own.id})`;
  // A run that could not begin may not have read its config.
  if (report.problem !== undefined && report.configSha256 === '') return null;
  if (report.config !== config) return `is about another config (${report.config})`;
  if (report.configSha256 !== configSha256)
    return `is about ${config} as it was or will be at another commit`;
  if (report.mirror !== mirror && report.problem === undefined)
    return `is about another mirror (${report.mirror})`;
  return null;
}

/** Reports of one mode; a notice names the others. A lint goes with any mode. */
function oneMode(all: readonly Counted[], notes: Notes): readonly Counted[] {
  const groups = [...Map.groupBy(all, ({ report }) => report.mode)].sort(
    ([a, left], [b, right]) => right.length - left.length || (a < b ? 1 : -1),
  );
  const [first, ...others] = groups;
  for (const { file, report } of others.flatMap(([, group]) => group)) {
    notes.troubles.push(
      `${name(file)} is from mode ${report.mode}, and the others are from ${first?.[0]}, so it does not count`,
    );
  }
  return first?.[1] ?? [];
}

/** The reports of one cut of the config, and every piece that this cut has. */
function oneCut(
  all: readonly Counted[],
  { registries }: Expected,
  notes: Notes,
): { readonly chosen: readonly Counted[]; readonly of: readonly string[] } {
  const cutOf = ({ part }: PartReport): Pick<RunPart, 'by' | 'of'> | null =>
    part === null || part.of.length > 0 ? part : { by: part.by, of: registries };
  const key = ({ report }: Counted) => JSON.stringify([cutOf(report)?.by, cutOf(report)?.of]);
  const groups = [...Map.groupBy(all, key).values()].sort((a, b) => piecesIn(b) - piecesIn(a));
  const isKnown = (group: readonly Counted[]): boolean => {
    const cut = group[0] === undefined ? null : cutOf(group[0].report);
    return cut?.by !== 'registry' || JSON.stringify(cut.of) === JSON.stringify(registries);
  };
  const chosen = groups.find(isKnown) ?? [];
  for (const { file, report } of groups.filter((group) => group !== chosen).flat()) {
    const what =
      report.part === null
        ? 'is from a run that was not narrowed'
        : `is part of another cut (${report.part.name})`;
    notes.troubles.push(`${name(file)} ${what}, so it is not counted with the others`);
  }
  const [first] = chosen;
  const cut = first === undefined ? null : cutOf(first.report);
  const strange = chosen.filter(({ report }) =>
    piecesOf(report).some((piece) => cut !== null && !cut.of.includes(piece)),
  );
  for (const { file, report } of strange)
    notes.troubles.push(`${name(file)} is for ${report.part?.name}, which this config does not have`);
  return {
    chosen: chosen.filter((counted) => !strange.includes(counted)),
    of: cut?.of ?? (first === undefined ? [] : [WHOLE]),
  };
}

function piecesIn(group: readonly Counted[]): number {
  return new Set(group.flatMap(({ report }) => piecesOf(report))).size;
}

/** One report for each piece: that of the last attempt, and of two of one attempt the worse. */
function eachOnce(all: readonly Counted[], notes: Notes): Counted[] {
  const taken = new Map<string, Counted>();
  const counted: Counted[] = [];
  for (const next of all.toSorted(lastThenWorst)) {
    const pieces = piecesOf(next.report);
    const before = pieces.map((piece) => taken.get(piece)).find((found) => found !== undefined);
    if (before !== undefined) {
      noteSecond(next, before, notes);
      continue;
    }
    for (const piece of pieces) taken.set(piece, next);
    counted.push(next);
  }
  return counted;
}

function lastThenWorst({ report: a, file }: Counted, { report: b, file: other }: Counted): number {
  const worse = WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status);
  return b.run.attempt - a.run.attempt || worse || (file < other ? -1 : 1);
}

function noteSecond({ file, report }: Counted, before: Counted, { troubles, remarks }: Notes): void {
  const { attempt } = before.report.run;
  const what = report.part?.name ?? WHOLE;
  if (report.run.attempt < attempt) {
    remarks.push(`${name(file)} is for ${what} in attempt ${report.run.attempt}; attempt ${attempt} counts`);
  } else {
    troubles.push(
      `${name(file)} is a second report of ${what}; ${name(before.file)} counts, which is the worse of the two`,
    );
  }
}

function uncountedWords(piece: string): string {
  return `${oneLine(piece, 100)} has no report that counts`;
}

function missingWords(piece: string): string {
  return `${oneLine(piece, 100)} has no report: its job did not get as far as this action, or its report was not uploaded`;
}

/** What a part says of its end that its rows do not. */
function endWords({ report }: Counted): string[] {
  const { part, problem, status } = report;
  const what = part?.name ?? WHOLE;
  if (problem !== undefined) {
    return [`${what} could not begin: ${withHint(problem)}`];
  }
  return status === 'cancelled' ? [`${what} was cancelled; what it did before is counted`] : [];
}
