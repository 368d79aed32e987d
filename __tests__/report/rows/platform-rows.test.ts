import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import type { Outcome, Plan, PlannedTag, PlatformNotes } from '../../../src/plan/steps/step.ts';
import { reportAnnotations } from '../../../src/report/render/annotations.ts';
import { makeOutputs } from '../../../src/report/render/outputs.ts';
import { renderSummary } from '../../../src/report/render/summary.ts';
import { makeReport, type Report } from '../../../src/report/rows/report.ts';
import type { Mode } from '../../../src/run/doors/settings.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { body, policies, step, wanted } from '../../plan/steps/builders.ts';

const LINE = 'expected-platforms: [linux/amd64]';
const A1 = body('A1').digest;

function notes(some: Partial<PlatformNotes>): PlatformNotes {
  return { lost: [], missing: [], kept: [], accept: null, ...some };
}

const arm = { platform: 'linux/arm64', digest: A1, since: '2026-08-01', days: 31 };
const refusal = new Failure('platform-lost', 'ruby:3.3 would lose linux/arm64', {
  hint: `wait for upstream, or accept it with this line: ${LINE}`,
});
const hybrid = step('3.4', 'A', 'H');
const letGo = step('4.0', 'A', 'B');

const tags: PlannedTag[] = [
  {
    wanted: wanted('3.3'),
    kind: 'refused',
    failure: refusal,
    notes: notes({
      lost: ['linux/arm64'],
      accept: { line: LINE, where: 'entry' },
      served: { since: '2026-08-02', days: 30 },
    }),
  },
  { wanted: wanted('3.4'), kind: 'stale', step: hybrid, doubt: null, notes: notes({ kept: [arm] }) },
  {
    wanted: wanted('4.0', { policies: policies({ lostPlatforms: 'accept' }) }),
    kind: 'stale',
    step: letGo,
    doubt: null,
    notes: notes({ lost: ['linux/arm64'] }),
  },
  { wanted: wanted('2.7'), kind: 'fresh', digest: A1, notes: notes({ kept: [{ ...arm, days: 1 }] }) },
];
const plan: Plan = { tags, patterns: [] };

function reportOf({ values: mode }: Mode, ends: readonly Outcome['kind'][]): Report {
  const run = {
    mode,
    config: 'images.yaml',
    mirror: 'ghcr.io/acme',
    usage: { requests: {}, copies: 0 },
    craneVersion: '',
    milliseconds: 0,
    newTags: [],
    pullRequest: null,
    issue: null,
    notices: [],
  };
  const outcomes = [hybrid, letGo].flatMap((one, at) => {
    const [move] = one.moves;
    const kind = ends[at];
    if (move === undefined || kind === undefined) return [];
    return [{ step: one, move, kind, failure: new Failure('timeout', 'no') } as Outcome];
  });
  return makeReport(run, plan, outcomes);
}

const whole = reportOf(SYNC, ['copied', 'copied']);

describe('platforms in the report', () => {
  it('are lost, missing and kept in the rows, with the line that accepts a refusal', () => {
    const { refused, copied } = makeOutputs(whole, '');
    expect(JSON.parse(refused ?? '')).toMatchObject([{ tag: '3.3', lost: ['linux/arm64'], line: LINE }]);
    expect(JSON.parse(copied ?? '')).toMatchObject([
      { tag: '3.4', kept: ['linux/arm64'] },
      { tag: '4.0', lost: ['linux/arm64'] },
    ]);
  });

  it('leave no empty field in the rows of other tags', () => {
    const { stale } = makeOutputs(reportOf(CHECK, []), '');
    expect(Object.keys((JSON.parse(stale ?? '') as object[])[0] ?? {})).toEqual([
      'source',
      'tag',
      'mirror',
      'to',
      'reason',
      'kept',
    ]);
  });

  it('that are kept are told with their age, of a fresh tag too', () => {
    expect(whole.kept.map((row) => [row.tag, row.platform, row.days])).toEqual([
      ['3.4', 'linux/arm64', 31],
      ['2.7', 'linux/arm64', 1],
    ]);
    expect(renderSummary(whole, SYNC.values)).toContain(
      `| \`linux/arm64\` | \`${A1.slice(7, 19)}\` | 2026-08-01, 31 days ago |`,
    );
  });

  it('refused: the row tells how old the image is that the mirror goes on serving', () => {
    expect(whole.refused.map(({ servedSince, servedDays }) => [servedSince, servedDays])).toEqual([
      ['2026-08-02', 30],
    ]);
  });

  it('that an accepted move loses are said', () => {
    expect(whole.notices).toEqual([
      {
        kind: 'lost-platforms',
        source: 'docker.io/library/ruby',
        message: 'ruby:4.0 loses linux/arm64 (lost-platforms: accept)',
      },
    ]);
  });

  it('are not said to be lost or kept by a move that failed', () => {
    const failed = reportOf(SYNC, ['failed', 'failed']);
    expect([failed.kept.map((row) => row.tag), failed.notices]).toEqual([['2.7'], []]);
  });

  it('are said by check as planned', () => {
    const check = reportOf(CHECK, []);
    expect([check.kept.length, check.notices.length, check.status]).toEqual([2, 1, 'partial']);
  });

  it('stand in the summary and the annotation with the line as it is to be pasted', () => {
    expect(renderSummary(whole, SYNC.values)).toContain(`\`${LINE}\``);
    expect(reportAnnotations(whole, true).map((one) => one.message)).toEqual([expect.stringContaining(LINE)]);
  });
});
