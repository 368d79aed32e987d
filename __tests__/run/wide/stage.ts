// A run of any mode over a small world, with plain doors; and the same run in parts, merged.

import { createHash } from 'node:crypto';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { GitHub } from '../../../src/github/client.ts';
import type { AlertRun } from '../../../src/report/offers/alert.ts';
import type { Offer } from '../../../src/report/offers/change.ts';
import type { Annotation } from '../../../src/report/render/annotations.ts';
import type { Report } from '../../../src/report/rows/report.ts';
import type { RunDoors } from '../../../src/run/doors/doors.ts';
import type { Mode, RunSettings } from '../../../src/run/doors/settings.ts';
import { MERGE } from '../../../src/run/modes/merge.ts';
import { run } from '../../../src/run/modes/run.ts';
import type { World } from './world.ts';

/** What GitHub was asked for. */
export type Asked = {
  readonly what: 'pull-request' | 'issue' | 'pins' | 'alert' | 'retire';
  readonly offer: unknown;
};

/** What may go wrong before a registry is asked. */
type Trouble = { readonly opening?: Error };

export type Heard = {
  readonly end: string;
  readonly report: Report;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly failed: string | null;
  readonly lines: readonly string[];
  readonly annotations: readonly Annotation[];
  readonly asked: readonly Asked[];
  /** Other files that were written, by their paths. */
  readonly written: ReadonlyMap<string, unknown>;
};

export const SETTINGS: RunSettings = {
  failOn: 'partial',
  summary: true,
  page: { docs: null, where: 'in the report' },
  timeBudget: null,
  runNumber: 1,
  branch: 'fresh-mirror/images.yaml',
  reportPath: 'report.json',
  lintOnline: false,
  sarifPath: '',
  wait: null,
  part: null,
  matrix: { by: null, shards: null },
  mergeReports: ['reports/**/*.json'],
  event: { name: 'schedule', isStrangers: false },
  mistakes: [],
  run: { id: '77', attempt: 1, pages: 'https://github.com/acme/app/actions/runs/', job: 'Mirror / sync' },
};

/** A report file of a part, by its name. */
export type Files = readonly { readonly file: string; readonly text: string }[];

/** One run over a world that is made anew for it; `files` are the reports that it finds. */
export async function runOver(
  world: Pick<World, 'text'> & Partial<World> & Trouble,
  mode: Mode,
  more: Partial<RunSettings> = {},
  files: Files = [],
): Promise<Heard> {
  const memory = world.open?.();
  const lines: string[] = [];
  const annotations: Annotation[] = [];
  const asked: Asked[] = [];
  const written = new Map<string, unknown>();
  const heard = { outputs: {}, summary: '', failed: null as string | null, report: null as Report | null };
  const sha256 = createHash('sha256').update(world.text).digest('hex');
  const doors: RunDoors = {
    runner: {
      info: (line) => void lines.push(line),
      group: (_title, work) => work(),
      annotate: (all) => void annotations.push(...all),
      setOutputs: (outputs) => void Object.assign(heard, { outputs }),
      writeSummary: async (summary) => void Object.assign(heard, { summary }),
      fail: (failed) => void Object.assign(heard, { failed }),
    },
    readConfig: async () => {
      return { ...parseConfig(Buffer.from(world.text), 'images.yaml'), text: world.text, sha256 };
    },
    readBuilds: async () => world.builds ?? [],
    readReferences: async () => ({ files: [], mistakes: [] }),
    readReports: async () => files,
    openGitHub: () => takingGitHub(asked, world.text),
    open: async () => {
      if (world.opening !== undefined) throw world.opening;
      if (memory === undefined) throw new Error('no registry is asked');
      const usage = () => ({
        requests: { 'up.example': { 'manifest-head': memory.upstream.calls.length } },
        copies: memory.copies.length,
      });
      return { doors: memory, craneVersion: '0.0.0', usage, close: async () => undefined };
    },
    prepareReport: async () => undefined,
    writeReport: async (path, report) => {
      const value = JSON.parse(JSON.stringify(report));
      if (path === SETTINGS.reportPath) Object.assign(heard, { report: value });
      else written.set(path, value);
    },
    now: () => 0,
    today: () => '2026-09-01',
    cancelled: new AbortController().signal,
  };
  const end = await run(mode, { ...SETTINGS, ...more }, doors);
  const { report } = heard;
  if (report === null) throw new Error(`no report: ${heard.failed}`);
  return { end, lines, annotations, asked, written, ...heard, report };
}

/** The report files of a run in so many shards. */
export async function shardsOf(world: World, mode: Mode, of: number): Promise<Files> {
  const parts = Array.from({ length: of }, (_, at) => ({
    by: 'shards' as const,
    number: at + 1,
    of,
    weights: '',
  }));
  return Promise.all(
    parts.map(async (part) => {
      const { report } = await runOver(world, mode, { part });
      return { file: `reports/${part.number}/report.json`, text: JSON.stringify(report) };
    }),
  );
}

/** The report files of a run in one job a registry. */
export function registriesOf(world: World, mode: Mode, registries: readonly string[]): Promise<Files> {
  return Promise.all(
    registries.map(async (registry) => {
      const { report } = await runOver(world, mode, { part: { by: 'registry', registries: [registry] } });
      return { file: `reports/${registry}/report.json`, text: JSON.stringify(report) };
    }),
  );
}

/** A merge of these files, with no registry to ask. */
export function mergeOver(
  world: Pick<World, 'text'>,
  files: Files,
  more: Partial<RunSettings> = {},
): Promise<Heard> {
  return runOver({ text: world.text }, MERGE, more, files);
}

/** A GitHub that takes every proposal. */
function takingGitHub(asked: Asked[], text: string): GitHub {
  const taken = {
    kind: 'created',
    number: 1,
    url: 'https://github.com/a/b/pull/1',
    declined: [],
    notes: [],
  } as const;
  const namesOf = ({ tags, complete, notices, job }: Offer) => {
    return {
      tags: tags.map(({ tag, beside, series, entry }) => [entry.source, tag, beside, series]),
      complete,
      notices,
      job,
    };
  };
  return {
    readStanding: async (address) => ({
      kind: 'standing',
      address,
      open: null,
      declined: [],
      heads: new Set(),
    }),
    settlePullRequest: async (_standing, offer) => {
      asked.push({ what: 'pull-request', offer: namesOf(offer) });
      return taken;
    },
    settleProposal: async ({ address }, proposal) => {
      const before = { tags: [], declined: [], number: null };
      const file = { base: 'main', commit: 'c', tree: 't', mode: '100644', text } as const;
      const paths = proposal.paths(before);
      const { words } = proposal.change(
        before,
        paths.map((path) => ({ ...file, path })),
      );
      asked.push({ what: 'pins', offer: [address.branch, paths, words] });
      return taken;
    },
    settleIssue: async (offer) => {
      asked.push({ what: 'issue', offer: namesOf(offer) });
      return taken;
    },
    settleAlert: async (alert: AlertRun) => {
      asked.push({ what: 'alert', offer: { ...alert, well: [...alert.well].sort() } });
      const rows = alert.troubles.map((trouble) => ({
        ...trouble,
        since: '2026-08-01',
        run: '7',
        seen: alert.today,
      }));
      return {
        kind: 'alerted',
        number: 4,
        url: 'https://github.com/a/b/issues/4',
        since: '2026-08-01',
        rows,
      };
    },
    closeSwitchedOff: async ({ ways }) => {
      asked.push({ what: 'retire', offer: ways });
      return [];
    },
  };
}
