// Reports of parts put together: what one run over everything would say.

import { VERSION } from '../../base/text/version.ts';
import type { Config } from '../../config/images/config.ts';
import { formatName } from '../../image/names/reference.ts';
import type { ModeValues } from '../rows/mode-values.ts';
import type { Report, Usage } from '../rows/report.ts';
import { type Status, statusOf, WORST_FIRST } from '../rows/status.ts';
import { type Collected, type Counted, partNotices } from './collect.ts';
import { totalCosts } from './costs.ts';
import type { PartReport } from './decode.ts';
import { inOrder } from './order.ts';

/** What a merge knows besides the reports: the mode that they are of, and the entries of the config in their order. */
export type Whole = {
  readonly mode: ModeValues;
  readonly config: string;
  readonly configSha256: string;
  readonly mirror: string;
  readonly run: Report['run'];
  readonly sources: readonly string[];
  /** The rows that this config and its files allow. */
  readonly newTags: Report['newTags'];
  readonly stalePins: NonNullable<Report['stalePins']>;
};

/** One report of all that count. Nothing in it is from GitHub: pull requests and issues are the merge's own to settle. */
export function mergeReports(collected: Collected, whole: Whole): Report {
  const { counted, lint } = collected;
  const reports = counted.map(({ report }) => report);
  // The first part of a source may have rows for builds and pins; in one run they follow those of its tags.
  const rows = [...reports.slice(1), ...reports.slice(0, 1)];
  const all = <T>(take: (report: PartReport) => readonly T[]): T[] => rows.flatMap(take);
  const sum = (key: 'selected' | 'platformTags' | 'fresh' | 'newTagsUnknown' | 'milliseconds') =>
    reports.reduce((total, report) => total + report[key], 0);
  const { sources, mode, newTags, stalePins, ...about } = whole;
  const merged: Report = {
    version: 3,
    mode: mode.name,
    ...about,
    action: VERSION,
    part: null,
    status: 'fresh',
    selected: sum('selected'),
    platformTags: sum('platformTags'),
    fresh: sum('fresh'),
    sources: all((report) => report.sources),
    stale: all((report) => report.stale),
    copied: all((report) => report.copied),
    failed: withoutSince([...all((report) => report.failed), ...(lint?.report.failed ?? [])]),
    refused: withoutSince(all((report) => report.refused)),
    deferred: all((report) => report.deferred),
    // A run that writes shows costs where it offers tags, and nowhere else.
    newTags: newTags.map(({ declined: _no, ...row }) => (mode.writes ? { ...row, cost: null } : row)),
    newTagsUnknown: sum('newTagsUnknown'),
    costs: totalCosts(reports),
    pullRequest: null,
    issue: null,
    alert: null,
    kept: all((report) => report.kept),
    notices: [
      ...partNotices(collected),
      ...all((report) => report.notices).filter(({ kind }) => !OWN.includes(kind)),
    ],
    usage: totalUsage(reports),
    craneVersion: [...new Set(reports.map(({ craneVersion }) => craneVersion))]
      .filter((version) => VERSION_FORM.test(version))
      .join(', '),
    milliseconds: sum('milliseconds'),
    parts: [...counted.map(partRow), ...collected.missing.map(missingRow)],
    ...optional(reports, rows, stalePins),
    ...(lint === null ? {} : { findings: lint.report.findings ?? [], ...withLint(lint.report) }),
  };
  const ordered = inOrder(merged, sources);
  return { ...ordered, status: mergedStatus(ordered, mode, collected) };
}

/** A summary shows it as it is. */
const VERSION_FORM = /^[\w.+()-]{1,64}$/;

/** What only a run that asked GitHub can say. */
const OWN: readonly string[] = ['parts', 'declined', 'github'];

/** Since when is what the alert remembers, and nobody asked it yet. */
function withoutSince<T extends { readonly since?: string }>(rows: readonly T[]): T[] {
  return rows.map(({ since: _since, ...row }) => row as T);
}

/** Fields that a report has only where there is something to say. */
function optional(reports: readonly PartReport[], rows: readonly PartReport[], pins: Whole['stalePins']) {
  const keepTags = rows.flatMap((report) => report.keepTags ?? []);
  const stalePins = pins.map(({ move: _move, ...row }) => row);
  // Builds are judged by one part: waves hold over all of them.
  const builds = reports.find((report) => report.builds !== undefined);
  return {
    ...(reports.some((report) => report.stalePins !== undefined) ? { stalePins, pinPullRequests: [] } : {}),
    ...(keepTags.length === 0 ? {} : { keepTags }),
    ...(builds?.builds === undefined
      ? {}
      : {
          builds: builds.builds,
          staleBuilds: builds.staleBuilds ?? [],
          buildWaves: builds.buildWaves ?? [],
        }),
  };
}

function withLint({ lint }: PartReport): Pick<Report, 'lint'> {
  return lint === undefined ? {} : { lint };
}

function partRow({ report }: Counted): NonNullable<Report['parts']>[number] {
  const { part, status, milliseconds, usage } = report;
  return { name: part?.name ?? '', status, milliseconds, requests: requestsIn(usage) };
}

function missingRow(name: string): NonNullable<Report['parts']>[number] {
  return { name, status: 'missing', milliseconds: 0, requests: 0 };
}

function requestsIn({ requests }: Usage): number {
  const numbers = Object.values(requests).flatMap((kinds) => Object.values(kinds));
  return numbers.reduce((total, number) => total + number, 0);
}

/** A run that could not begin has done nothing good, and what is amiss among the parts may hide anything. */
function mergedStatus(merged: Report, mode: ModeValues, { counted, lint, troubles }: Collected): Status {
  const reports = counted.map(({ report }) => report);
  const cancelled = reports.length > 0 && reports.every(({ status }) => status === 'cancelled');
  const own = reports.length === 0 ? 'fresh' : statusOf(merged, { writes: mode.writes, cancelled });
  const stated = lint === null ? [own] : [own, lint.report.status];
  const floor: Status[] = troubles.length > 0 || reports.some(saysWorse(mode)) ? ['partial'] : [];
  return worstOf([...stated, ...floor]);
}

/** A report whose status is worse than its own rows knows something that they do not show. */
function saysWorse({ writes }: ModeValues): (report: PartReport) => boolean {
  return (report) => {
    const rows = statusOf(report, { writes, cancelled: false });
    return worstOf([report.status, rows]) !== rows;
  };
}

function worstOf(statuses: readonly Status[]): Status {
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? 'fresh';
}

function totalUsage(reports: readonly PartReport[]): Usage {
  const usages = reports.map(({ usage }) => usage);
  const sum = (key: 'copies' | 'bytesRead' | 'bytesMoved') =>
    usages.reduce((total, usage) => total + (usage[key] ?? 0), 0);
  const has = (key: 'bytesRead' | 'bytesMoved') => usages.some((usage) => usage[key] !== undefined);
  const pulls = pullsLeft(usages.flatMap((usage) => usage.pulls ?? []));
  return {
    requests: totalRequests(usages),
    copies: sum('copies'),
    ...(has('bytesRead') ? { bytesRead: sum('bytesRead') } : {}),
    ...(usages.some((usage) => usage.pulls !== undefined) ? { pulls } : {}),
    ...(has('bytesMoved') ? { bytesMoved: sum('bytesMoved') } : {}),
  };
}

function totalRequests(usages: readonly Usage[]): Usage['requests'] {
  const hosts = new Map<string, Map<string, number>>();
  for (const [host, kinds] of usages.flatMap(({ requests }) => Object.entries(requests))) {
    const total = hosts.get(host) ?? new Map<string, number>();
    for (const [kind, number] of Object.entries(kinds)) total.set(kind, (total.get(kind) ?? 0) + number);
    hosts.set(host, total);
  }
  return Object.fromEntries([...hosts].map(([host, kinds]) => [host, Object.fromEntries(kinds)]));
}

type Pulls = NonNullable<Usage['pulls']>;

/** Parts may have asked from one address or from several: what is left is the least that any of them was told. */
function pullsLeft(pulls: Pulls): Pulls {
  const groups = [...Map.groupBy(pulls, ({ host }) => host).values()];
  return groups.flatMap((group) => group.toSorted((a, b) => a.remaining - b.remaining).slice(0, 1));
}

/** Entries of a config of which no report that counts says anything: nobody looked after them. */
export function uncovered(
  { counted }: Pick<Collected, 'counted'>,
  { entries }: Pick<Config, 'entries'>,
): string[] {
  const named = new Set(
    counted.flatMap(({ report: { sources, failed, deferred } }) =>
      [...sources, ...failed, ...deferred].map(({ source }) => source),
    ),
  );
  return entries.map(({ source }) => formatName(source)).filter((source) => !named.has(source));
}

/** Repositories that two reports say they looked after. */
export function inSeveralReports({ counted }: Pick<Collected, 'counted'>): string[] {
  const all = counted.flatMap(({ report }) => report.sources.map(({ source }) => source));
  const seen = new Set<string>();
  return [...new Set(all.filter((source) => seen.size === seen.add(source).size))];
}
