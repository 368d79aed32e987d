import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import type { Outcome, Plan, Step } from '../../../src/plan/steps/step.ts';
import { closingLine, reportAnnotations } from '../../../src/report/render/annotations.ts';
import { makeOutputs } from '../../../src/report/render/outputs.ts';
import { renderProblem, renderSummary } from '../../../src/report/render/summary.ts';
import { makeReport, type Report, type Run } from '../../../src/report/rows/report.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { body, RUBY, step, wanted } from '../../plan/steps/builders.ts';

const RUN: Run = {
  mode: SYNC.values,
  config: 'images.yaml',
  mirror: 'ghcr.io/acme/mirror',
  usage: { requests: { 'ghcr.io': { 'manifest-head': 4 } }, copies: 1 },
  craneVersion: '0.22.1',
  milliseconds: 12_345,
  newTags: [],
  pullRequest: null,
  issue: null,
  notices: [],
};

const failure = new Failure('denied', 'PUT ghcr.io/acme: 403 | <script>@octocat', { hint: 'log in first' });
const copiedStep = step('3.4-slim', 'A', 'B');
const failedStep = step('4.0-slim', null, 'C', { reason: 'missing' });

function planWith(...steps: Step[]): Plan {
  return {
    patterns: [],
    tags: [
      { wanted: wanted('3.3-slim'), kind: 'fresh', digest: body('F').digest },
      ...steps.map((one) => ({
        wanted: wanted(one.moves[0]?.tag ?? ''),
        kind: 'stale' as const,
        step: one,
        doubt: null,
      })),
    ],
  };
}

function outcome(of: Step, end: { kind: 'copied' } | { kind: 'failed'; failure: Failure }): Outcome {
  const [move] = of.moves;
  if (move === undefined) throw new Error('a step without moves');
  return { step: of, move, ...end };
}

const partial = makeReport(RUN, planWith(copiedStep, failedStep), [
  outcome(copiedStep, { kind: 'copied' }),
  outcome(failedStep, { kind: 'failed', failure }),
]);

describe('the report', () => {
  it('puts each tag in one list, and counts by source', () => {
    expect(partial.status).toBe('partial');
    expect(partial.stale.map((row) => row.tag)).toEqual(['3.4-slim', '4.0-slim']);
    expect(partial.copied.map((row) => row.tag)).toEqual(['3.4-slim']);
    expect(partial.failed.map((row) => `${row.tag} ${row.reason}`)).toEqual(['4.0-slim denied']);
    expect(partial.sources).toEqual([
      {
        source: 'docker.io/library/ruby',
        selected: 3,
        fresh: 1,
        copied: 1,
        read: { upstream: 'heads', mirror: 'heads' },
      },
    ]);
  });

  it('of a check has no outcomes: what is stale stays stale', () => {
    const report = makeReport({ ...RUN, mode: CHECK.values }, planWith(copiedStep), []);
    expect([report.status, report.stale.length, report.copied.length]).toEqual(['stale', 1, 0]);
  });
});

describe('tags of single platforms', () => {
  const made = step('3.4-slim-amd64', null, 'A', { reason: 'missing' });
  const plan = planWith(copiedStep, made);
  const tags = plan.tags.map((tag) =>
    tag.kind === 'stale' && tag.step === made
      ? { ...tag, wanted: wanted('3.4-slim-amd64', { madeOf: '3.4-slim' }) }
      : tag,
  );
  const ends = [outcome(copiedStep, { kind: 'copied' }), outcome(made, { kind: 'copied' })];
  const report = makeReport(RUN, { ...plan, tags }, ends);

  it('are counted by themselves', () => {
    expect([report.selected, report.platformTags, report.fresh]).toEqual([2, 1, 1]);
    expect(report.sources).toMatchObject([
      { source: 'docker.io/library/ruby', selected: 2, fresh: 1, copied: 1 },
    ]);
    expect(renderSummary(report, SYNC.values)).toContain('of 2 selected tags and 1 platform tag.');
  });

  it("are shown as the mirror's, since upstream has no such tags", () => {
    expect(report.copied.map(({ tag, of }) => [tag, of])).toEqual([
      ['3.4-slim', undefined],
      ['3.4-slim-amd64', '3.4-slim'],
    ]);
    const text = renderSummary(report, SYNC.values);
    expect(text).toContain('`ghcr.io/acme/mirror/library/ruby:3.4-slim-amd64`');
    expect(text).not.toContain('`ruby:3.4-slim-amd64`');
    expect(text).not.toContain('tags?name=3.4-slim-amd64');
    const failed = makeReport(RUN, { ...plan, tags }, [outcome(made, { kind: 'failed', failure })]);
    expect(reportAnnotations(failed, true).map(({ title }) => title)).toEqual([
      'ghcr.io/acme/mirror/library/ruby:3.4-slim-amd64: denied',
    ]);
  });
});

describe('a pattern that gave no tag', () => {
  const place = { file: 'images.yaml', line: 9, column: 5 };
  const noMatch = new Failure('no-match', 'no upstream tag of ruby matches 9.*', { hint: 'correct it' });
  const patterns = [{ source: RUBY, pattern: '9.*', place, failure: noMatch }];
  const report = makeReport(RUN, { tags: planWith(copiedStep).tags, patterns }, [
    outcome(copiedStep, { kind: 'copied' }),
  ]);

  it('is a failed row without a tag of the mirror', () => {
    expect(report.failed).toEqual([
      {
        source: 'docker.io/library/ruby',
        tag: '9.*',
        mirror: null,
        reason: 'no-match',
        message: noMatch.message,
        hint: 'correct it',
        detail: '',
        place,
      },
    ]);
  });

  it('is not counted as a selected tag', () => {
    expect(report.selected).toBe(2);
    expect(report.sources).toMatchObject([
      { source: 'docker.io/library/ruby', selected: 2, fresh: 1, copied: 1 },
    ]);
    expect(renderSummary(report, SYNC.values)).toContain('of 2 selected tags');
  });
});

describe('the outputs', () => {
  it('are short rows with counts', () => {
    const outputs = makeOutputs(partial, 'report.json');
    expect(JSON.parse(outputs.copied ?? '')).toEqual([
      {
        source: 'docker.io/library/ruby',
        tag: '3.4-slim',
        mirror: 'ghcr.io/acme/mirror/library/ruby:3.4-slim',
        to: body('B').digest,
        reason: 'moved',
      },
    ]);
    expect([
      outputs.status,
      outputs['stale-count'],
      outputs['failed-count'],
      outputs.refused,
      outputs.truncated,
    ]).toEqual(['partial', '2', '1', '[]', '[]']);
  });

  it('leave rows out whole and name the list that was cut', () => {
    const many: Report = {
      ...partial,
      copied: Array.from({ length: 2_000 }, () => partial.copied[0] ?? partial.stale[0]).filter(
        (row) => row !== undefined,
      ),
    };
    const outputs = makeOutputs(many, '');
    expect(Buffer.byteLength(outputs.copied ?? '')).toBeLessThanOrEqual(100_000);
    expect(JSON.parse(outputs.copied ?? '').length).toBeGreaterThan(400);
    expect([outputs['copied-count'], outputs.truncated]).toEqual(['2000', '["copied"]']);
  });
});

describe('the summary', () => {
  const text = renderSummary(partial, SYNC.values);

  it('puts failures before successes and says what to do', () => {
    expect(text).toMatch(/^## 🟠 1 of 3 tags could not be copied; all others are up to date\n/);
    expect(text).toContain('**Mirror partial** · `ghcr.io/acme/mirror` · 1 copied, 1 failed, 1 fresh, of 3');
    expect(text.indexOf('### What needs you')).toBeGreaterThan(0);
    expect(text.indexOf('### What needs you')).toBeLessThan(text.indexOf('Copied (1)'));
    expect(text).toContain('**What to do:** log in first');
  });

  it('shows short digests, and folds fresh tags into counts', () => {
    expect(text).toContain(
      `| [\`ruby:3.4-slim\`](https://hub.docker.com/_/ruby/tags?name=3.4-slim) · [mirror](https://ghcr.io/acme/mirror/library/ruby) | \`${body('A').digest.slice(7, 19)}\` | \`${body('B').digest.slice(7, 19)}\` | upstream moved the tag |`,
    );
    expect(text).toContain('| `ruby` | 3 | 1 | 1 | 1 |');
    expect(text).not.toContain('3.3-slim');
  });

  it('shows what a registry said as text, not as markup', () => {
    expect(text).toContain('403 `|` `<script>@octocat`');
  });

  it('stays under the limit of GitHub with ten thousand rows', () => {
    const row = partial.failed[0];
    const rows = Array.from({ length: 10_000 }, () => row).filter((one) => one !== undefined);
    const long = rows.map((one) => ({ ...one, message: 'x'.repeat(600) }));
    expect(Buffer.byteLength(renderSummary({ ...partial, failed: long }, SYNC.values))).toBeLessThan(900_000);
  });

  it('of a wrong config is a list of places', () => {
    const place = { file: 'images.yaml', line: 3, column: 9 };
    const diagnostics = [
      {
        severity: 'error' as const,
        rule: 'not-a-string' as const,
        place,
        message: 'found 3.10',
        hint: 'write "3.10"',
      },
    ];
    expect(renderProblem({ message: '1 mistake', hint: '', diagnostics })).toContain(
      '- `images.yaml:3:9` found 3.10<br>\n  **What to do:** write "3.10"',
    );
  });
});

describe('annotations', () => {
  it('are errors at the place of the tag when the step fails, else warnings', () => {
    expect(reportAnnotations(partial, true).map((one) => [one.severity, one.place?.line, one.title])).toEqual(
      [['error', 4, 'ruby:4.0-slim: denied']],
    );
    expect(reportAnnotations(partial, false).map((one) => one.severity)).toEqual(['warning']);
  });

  it('warn once when a check finds work and passes', () => {
    const stale = makeReport({ ...RUN, mode: CHECK.values }, planWith(copiedStep), []);
    expect(reportAnnotations(stale, false).map((one) => one.title)).toEqual(['The mirror is stale']);
  });

  it('end in a sentence that says what is not known', () => {
    const report = makeReport({ ...RUN, newTagsUnknown: 2 }, planWith(), []);
    expect(closingLine(report, SYNC.values)).toBe('mirror fresh: 0 copied, 2 tag lists unread, 1 fresh');
  });

  it('end in one sentence', () => {
    expect(closingLine(partial, SYNC.values)).toBe('mirror partial: 1 copied, 1 failed, 1 fresh');
  });
});
