// Summaries in a real browser, as GitHub's page shows them: whatever a run was like, its summary fits a few screens, and
// nothing on it is wider than the page. Skipped where there is no browser (CONTRIBUTING.md names this file).

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { renderProblem, renderSummary } from '../../../src/report/render/summary.ts';
import type { Report } from '../../../src/report/rows/report.ts';
import type { TroubleRow, WorkRow } from '../../../src/report/rows/tag-rows.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { NODE, ROOT } from '../../fakes/runner/places.ts';

const PAGE = join(ROOT, 'tools/pictures/page.mjs');
const SUMMARIES = join(ROOT, '__tests__/data/summaries');
const PICTURES = join(ROOT, 'docs/pictures');
const MOST_PIXELS = 3_000;
const MOST_BYTES = 150_000;

const browser = (command: string, ...files: string[]) =>
  spawnSync(NODE, [PAGE, command, ...files], { encoding: 'utf8', timeout: 120_000 });
const withBrowser = browser('probe').status === 0 ? it : it.skip;

const folder = mkdtempSync(join(tmpdir(), 'summaries-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is wrong with these summaries, by name. */
function misshapen(files: readonly string[]): string[] {
  const { status, stdout, stderr } = browser('measure', ...files);
  if (status !== 0) throw new Error(stderr);
  const sizes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Size);
  expect(sizes).toHaveLength(files.length);
  return sizes
    .filter(({ height, wide }) => height >= MOST_PIXELS || wide.length > 0)
    .map(({ file, height, wide }) => `${file}: ${height} px, ${wide.join(', ')}`);
}

type Size = { readonly file: string; readonly height: number; readonly wide: readonly string[] };

const DIGEST = `sha256:${'0'.repeat(64)}` as const;
const NAME = `registry-${'x'.repeat(50)}.example:5000/${'team_of_people.'.repeat(10)}/app`;
const TAG = `v1.${'1234567890_'.repeat(11)}`;
const tag = { source: NAME, tag: TAG, mirror: `${NAME}:${TAG}` };
const many = <T>(make: (at: number) => T, number = 1_000): T[] =>
  Array.from({ length: number }, (_, at) => make(at));
const words = (at: number, length: number) =>
  `${String.fromCodePoint(0x4e00 + at)} GET https://${'x'.repeat(200)}/${at} ${'refused, and why '.repeat(length)}`;
const trouble = (at: number, more: Partial<TroubleRow> = {}): TroubleRow => ({
  ...{ ...tag, reason: 'server-error', message: words(at, 60), hint: words(at, 60), detail: '' },
  ...{ place: { file: `${'folder/'.repeat(20)}images.yaml`, line: 1, column: 1 }, ...more },
});
const work: WorkRow = {
  ...tag,
  from: DIGEST,
  to: DIGEST,
  reason: 'moved',
  lost: many((at) => `linux/arch${at}`, 12),
};

/** A run in which everything is as long, and as much, as it can be. */
const WORST: Report = {
  ...{
    version: 3,
    mode: 'sync',
    status: 'partial',
    config: 'images.yaml',
    configSha256: '',
    action: '0.0.0',
    part: null,
    run: { id: '77', attempt: 1 },
    mirror: NAME,
    selected: 9_999,
    platformTags: 9,
    newTagsUnknown: 9,
    costs: null,
    alert: null,
    fresh: 1,
  },
  ...{ pullRequest: null, issue: null, craneVersion: '0.22.1', milliseconds: 9_999_999 },
  sources: many(() => ({
    source: NAME,
    selected: 10,
    fresh: 1,
    copied: 1,
    read: { upstream: 'heads', mirror: 'listing' },
  })),
  stale: many(() => work),
  copied: many(() => work),
  failed: many((at) => trouble(at)),
  refused: many((at) =>
    trouble(at, {
      reason: 'platform-lost',
      line: `expected-platforms: [${'linux/arm64, '.repeat(40)}]`,
      where: 'entry',
    }),
  ),
  deferred: [
    ...many((at) => trouble(at, { reason: 'budget' })),
    ...many((at) => trouble(at, { reason: 'rollback' })),
  ],
  newTags: many(() => ({
    ...{ source: NAME, tag: TAG, series: TAG, beside: TAG, mirrored: false },
    cost: { bytes: 123_456_789, platforms: 8, exact: false },
  })),
  kept: many(() => ({ ...tag, platform: 'linux/arm64', digest: DIGEST, since: '2026-09-01', days: 300 })),
  notices: many((at) => ({ kind: 'github', source: NAME, message: words(at, 60) })),
  usage: {
    requests: { [NAME]: { 'manifest-get': 9 } },
    copies: 9,
    bytesRead: 9e9,
    pulls: [{ host: NAME, limit: 100, remaining: 1 }],
  },
};

const diagnostics = many((line) => ({
  ...{
    severity: 'error' as const,
    rule: 'unknown-key' as const,
    message: words(line, 10),
    hint: words(line, 10),
  },
  place: { file: `${'folder'.repeat(20)}/images.yaml`, line: line + 1, column: 1 },
}));

describe('as GitHub shows them', () => {
  withBrowser(
    'the summaries of twenty real runs are less than 3,000 pixels tall and no table is too wide',
    () => {
      const files = readdirSync(SUMMARIES).map((file) => join(SUMMARIES, file));
      expect(files.length).toBeGreaterThanOrEqual(20);
      expect(misshapen(files)).toEqual([]);
    },
  );

  withBrowser('and so are the longest that can be made', () => {
    const worst = {
      sync: renderSummary(WORST, SYNC.values),
      check: renderSummary({ ...WORST, mode: 'check', status: 'stale' }, CHECK.values),
      few: renderSummary(
        { ...WORST, failed: WORST.failed.slice(0, 3), newTags: WORST.newTags.slice(0, 12) },
        SYNC.values,
      ),
      mistakes: renderProblem({ message: words(1, 60), hint: words(1, 60), diagnostics }),
    };
    for (const [name, text] of Object.entries(worst)) writeFileSync(join(folder, `${name}.md`), text);
    expect(misshapen(Object.keys(worst).map((name) => join(folder, `${name}.md`)))).toEqual([]);
  });
});

it('the summaries of real runs are of the form that is rendered today', () => {
  const texts = readdirSync(SUMMARIES).map((file) => readFileSync(join(SUMMARIES, file), 'utf8'));
  expect(
    texts.filter(
      (text) => !/^## \p{Emoji_Presentation} (?:.+\n\n\*\*Mirror [a-z]+\*\*|Mirror failed\n)/u.test(text),
    ),
  ).toEqual([]);
});

it('the pictures of the docs load without a thought', () => {
  const large = readdirSync(PICTURES).filter((file) => statSync(join(PICTURES, file)).size > MOST_BYTES);
  expect(large).toEqual([]);
});
