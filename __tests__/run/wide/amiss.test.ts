// What is amiss among the parts is told, and never makes a status better, closes anything or takes anything back.

import { describe, expect, it } from '@jest/globals';
import type { Report } from '../../../src/report/rows/report.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { type Files, type Heard, mergeOver, runOver, shardsOf } from './stage.ts';
import { makeWorld, type World } from './world.ts';

/** A world of several repositories in which all goes well, with new tags to offer and an alert to close. */
async function goodWorld(): Promise<World> {
  for (let seed = 1; seed < 5_000; seed += 1) {
    const world = makeWorld(seed, { isCalm: true });
    const isAsked = /new-tags: pull-request/.test(world.text) && /alert: issue/.test(world.text);
    if (!isAsked || (world.text.match(/source:/g) ?? []).length < 4) continue;
    const { report } = await runOver(world, SYNC);
    if (report.status === 'synced' && report.newTags.length > 3 && report.newTagsUnknown === 0) return world;
  }
  throw new Error('no such world');
}

const WORLD = await goodWorld();
const files = await shardsOf(WORLD, SYNC, 3);
const offered = ({ asked }: Heard) =>
  asked
    .filter(({ what }) => what === 'pull-request')
    .map(({ offer }) => offer as { complete: boolean; tags: string[][] });
const alerted = ({ asked }: Heard) =>
  asked.filter(({ what }) => what === 'alert').map(({ offer }) => offer as { complete: boolean });
const edited = (which: number, change: (report: Report) => object): Files =>
  files.map((file, at) => {
    return at === which ? { ...file, text: JSON.stringify(change(JSON.parse(file.text))) } : file;
  });

const AMISS: readonly (readonly [string, Files, RegExp])[] = [
  ['a shard that is missing', files.slice(1), /1\/3 has no report/],
  [
    'a report that is cut short',
    files.map((file, at) => (at === 1 ? { ...file, text: file.text.slice(0, 500) } : file)),
    /is not JSON/,
  ],
  ['an empty report', files.map((file, at) => (at === 1 ? { ...file, text: '' } : file)), /is not JSON/],
  [
    'another config',
    edited(1, (report) => ({ ...report, configSha256: 'b'.repeat(64) })),
    /at another commit/,
  ],
  ['another version', edited(1, (report) => ({ ...report, action: '0.0.1' })), /another version/],
  [
    'two reports of one shard',
    [...files, { file: 'again.json', text: files[1]?.text ?? '' }],
    /second report of 2\/3/,
  ],
  ['a part of another cut', [...files, ...(await shardsOf(WORLD, SYNC, 2)).slice(1)], /another cut \(2\/2\)/],
  [
    'a shard that was cancelled',
    edited(1, (report) => ({ ...report, status: 'cancelled' })),
    /2\/3 was cancelled/,
  ],
  [
    'a report of everything',
    [...files, { file: 'all.json', text: JSON.stringify((await runOver(WORLD, SYNC)).report) }],
    /not narrowed/,
  ],
  [
    'a report that leaves repositories out',
    edited(1, (report) => ({
      ...report,
      sources: [],
      failed: [],
      deferred: [],
      selected: 0,
      fresh: 0,
      platformTags: 0,
    })),
    /no report has/,
  ],
  [
    'a status that its rows do not bear out',
    edited(1, (report) => ({ ...report, failed: [], refused: [], status: 'partial' })),
    /^$/,
  ],
];

describe('with', () => {
  it.each(AMISS)('%s', async (_name, found, words) => {
    const heard = await mergeOver(WORLD, found);
    expect(['partial', 'failed']).toContain(heard.report.status);
    expect(heard.outputs.status).toBe(heard.report.status);
    expect(heard.end).toBe('failed');
    if (words.source === '^$') return;
    const notices = heard.report.notices.filter(({ kind }) => kind === 'parts').map(({ message }) => message);
    expect(notices.join('\n')).toMatch(words);
    expect(heard.annotations.map(({ message }) => message).join('\n')).toMatch(words);
    expect(heard.summary).toContain('Worth knowing');
    expect(offered(heard).every(({ complete }) => !complete)).toBe(true);
    expect(alerted(heard).every(({ complete }) => !complete)).toBe(true);
    expect(heard.asked.filter(({ what }) => what === 'retire')).toEqual([]);
  });

  it('all parts there, it says so in one line, and may close what is settled', async () => {
    const { summary, report, asked, end } = await mergeOver(WORLD, files);
    expect([end, report.status]).toEqual(['passed', 'synced']);
    expect(asked.map(({ what }) => what)).toEqual(['pull-request', 'alert', 'retire']);
    expect(summary).toMatch(/\n\*\*3 of 3 parts\*\*: \d+ requests? in /);
    expect(report.parts?.map(({ name }) => name)).toEqual(['1/3', '2/3', '3/3']);
    expect(summary).toContain('Part by part');
  });

  it('a part that is missing, the line names it', async () => {
    const { summary, report } = await mergeOver(WORLD, files.slice(0, 2));
    expect(summary).toMatch(/\*\*2 of 3 parts\*\*: .*`3\/3` has no report/);
    expect(report.parts?.at(-1)).toEqual({ name: '3/3', status: 'missing', milliseconds: 0, requests: 0 });
  });

  it('no report that counts, it ends with one error that says why', async () => {
    const heard = await mergeOver(WORLD, edited(0, (report) => ({ ...report, action: '0.0.1' })).slice(0, 1));
    expect(heard.outputs.status).toBe('failed');
    expect(heard.failed).toMatch(
      /merge-reports: the only file .* not a report of this run.*another version/s,
    );
    expect(heard.asked).toEqual([]);
  });

  it('reports of a check, it writes nothing to GitHub', async () => {
    const heard = await mergeOver(WORLD, await shardsOf(WORLD, CHECK, 3));
    expect([heard.asked, heard.report.mode]).toEqual([[], 'check']);
  });

  it.each(['pull_request', 'pull_request_target', 'workflow_run'])(
    'a stranger at work (%s), it does nothing',
    async (name) => {
      const heard = await mergeOver(WORLD, files, { event: { name, isStrangers: true } });
      expect([heard.end, heard.asked]).toEqual(['failed', []]);
      expect(heard.failed).toMatch(/mode merge writes nothing in a .* event.*check.*lint/s);
    },
  );
});

describe('a hostile report', () => {
  const evil = (rows: object[]) =>
    edited(1, (report) => ({ ...report, newTags: [...report.newTags, ...rows], newTagsUnknown: 0 }));
  const row = { series: 'N.N', beside: '1.0', mirrored: false, cost: null };
  const own = (JSON.parse(files[1]?.text ?? '') as Report).sources[0]?.source ?? '';

  it.each([
    ['of a source that the config does not have', { ...row, source: 'docker.io/evil/app', tag: '9.9' }],
    ['that is not a valid tag', { ...row, source: own, tag: '9.9](https://evil.example)' }],
    ['that is not new beside the list', { ...row, source: own, tag: 'evil' }],
    ['of no series of the list', { ...row, source: own, tag: '9.9-evil' }],
    [
      'that is no tag and claims to be brought',
      { ...row, source: own, tag: '9.9](https://evil.example)', beside: '', series: 'follow' },
    ],
    [
      'that claims to be brought for a source that the config does not have',
      { ...row, source: 'docker.io/evil/app', tag: '9.9', beside: '', series: 'follow' },
    ],
    ['that claims to be brought', { ...row, source: own, tag: 'evil', beside: '', series: 'evil' }],
  ])('offers no tag %s', async (_name, added) => {
    const [good, bad] = [await mergeOver(WORLD, files), await mergeOver(WORLD, evil([added]))];
    expect(bad.report.newTags).toEqual(good.report.newTags);
    expect(offered(bad).map(({ tags }) => tags)).toEqual(offered(good).map(({ tags }) => tags));
    expect(bad.outputs['new-tags']).toBe(good.outputs['new-tags']);
    expect(bad.report.notices[0]?.message).toMatch(/1 new tag that this config does not ask for/);
    expect(['partial', 'failed']).toContain(bad.report.status);
  });

  it('says nothing of series and neighbours that the config does not', async () => {
    const [first] = (JSON.parse(files[1]?.text ?? '') as Report).newTags;
    const lie = { ...first, series: '`x`', beside: '@everyone' };
    const heard = await mergeOver(
      WORLD,
      edited(1, (report) => ({ ...report, newTags: [lie] })),
    );
    expect(JSON.stringify([heard.asked, heard.report.newTags])).not.toMatch(/everyone|`x`/);
  });

  it.each([
    ['sync', SYNC],
    ['check', CHECK],
  ])('makes no link or number of its own proposals, in %s', async (_name, mode) => {
    const evil = { kind: 'created', number: 7, url: 'https://evil.example' };
    const alert = { number: 7, url: 'https://evil.example', since: '2026-09-01' };
    const reports = await shardsOf(WORLD, mode, 2);
    const hostile = reports.map(({ file, text }) => {
      const report = { ...JSON.parse(text), pullRequest: evil, issue: evil, pinPullRequests: [evil], alert };
      return { file, text: JSON.stringify(report) };
    });
    const { report, outputs, summary } = await mergeOver(WORLD, hostile);
    expect(JSON.stringify([report, outputs, summary])).not.toContain('evil.example');
    expect(outputs['pull-request-number']).not.toBe('7');
  });
});

describe('fail-on', () => {
  const postponed = edited(1, (report) => {
    const [row] = report.copied;
    const { from: _from, to: _to, ...tag } = row ?? { from: null, to: '' };
    const place = { file: 'images.yaml', line: 1, column: 1 };
    const deferred = [
      { ...tag, reason: 'budget', message: 'no time', hint: '', detail: '', place, bytes: undefined },
    ];
    return { ...report, status: 'deferred', copied: report.copied.slice(1), deferred };
  });

  it.each([
    ['never', files.slice(1), 'passed'],
    ['failed', files.slice(1), 'passed'],
    ['partial', files.slice(1), 'failed'],
    ['partial', postponed, 'passed'],
    ['deferred', postponed, 'failed'],
    ['new-tags', files, 'failed'],
  ] as const)('%s judges the merged status', async (failOn, found, end) => {
    expect((await mergeOver(WORLD, found, { failOn })).end).toBe(end);
  });
});

describe('a lint among the reports', () => {
  const finding = {
    ...{ rule: 'not-pinned', level: 'error', file: 'vars.yml', line: 3, column: 5, reference: 'ruby:3.4' },
    ...{ canonical: 'docker.io/library/ruby:3.4', message: 'the reference has no digest', replacement: '' },
    ...{ region: null, edit: null },
  };
  const lint = async (found: object[]) => {
    const { report } = await runOver(WORLD, SYNC);
    const none = {
      stale: [],
      copied: [],
      failed: [],
      refused: [],
      deferred: [],
      newTags: [],
      kept: [],
      notices: [],
    };
    const counts = { sources: [], selected: 0, fresh: 0, platformTags: 0 };
    const lint = { files: 1, references: 1, unreadable: 0, ignored: [] };
    const status = found.length === 0 ? 'fresh' : 'failed';
    const { alert: _alert, well: _well, ...rest } = report;
    const text = JSON.stringify({
      ...rest,
      alert: null,
      ...none,
      ...counts,
      mode: 'lint',
      status,
      findings: found,
      lint,
    });
    return { file: 'lint.json', text };
  };

  it('adds its findings to summary, outputs and SARIF, and its status counts', async () => {
    const merged = await mergeOver(WORLD, [...files, await lint([finding])], { sarifPath: '/out.sarif' });
    expect([merged.report.status, merged.end]).toEqual(['failed', 'failed']);
    expect(merged.outputs['findings-count']).toBe('1');
    expect(merged.outputs['copied-count']).not.toBe('0');
    expect(merged.summary).toMatch(/3 of 3 parts[\s\S]*not-pinned/);
    expect(merged.written.get('/out.sarif')).toMatchObject({
      runs: [{ results: [{ ruleId: 'not-pinned' }] }],
    });
  });

  it('that found nothing changes no status', async () => {
    const merged = await mergeOver(WORLD, [...files, await lint([])]);
    expect([merged.report.status, merged.end]).toEqual(['synced', 'passed']);
  });

  it('alone is merged too', async () => {
    const merged = await mergeOver(WORLD, [await lint([finding])]);
    expect([merged.report.mode, merged.report.status]).toEqual(['lint', 'failed']);
    expect(merged.asked).toEqual([]);
    expect(merged.failed).toContain('lint failed');
  });
});

it('outputs hold as many bytes of a merge as of any run, and say what they leave out', async () => {
  const huge = edited(0, (report) => {
    const [row] = report.copied;
    return { ...report, copied: Array.from({ length: 2_000 }, (_, at) => ({ ...row, tag: `1.0-${at}` })) };
  });
  const { outputs } = await mergeOver(WORLD, huge);
  expect(JSON.parse(outputs.truncated ?? '')).toEqual(['copied']);
  expect(Number(outputs['copied-count'])).toBeGreaterThan(2_000);
  expect(Buffer.byteLength(outputs.copied ?? '')).toBeLessThanOrEqual(100_000);
});
