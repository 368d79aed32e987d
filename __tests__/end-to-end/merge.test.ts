// Shards of a run and their merge: the bundle between real registries, and GitHub's API on loopback. The shards have the
// registries and no token; the merge has the token.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import type { Report } from '../../src/report/rows/report.ts';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';

const BRANCH = 'fresh-mirror/images.yaml';
const REPOSITORIES = ['ruby', 'python', 'golang', 'node'];
const POLICIES = { 'new-tags': 'pull-request', alert: 'issue', pins: 'pull-request' };

let upstream: RunningRegistry;
let mirror: RunningRegistry;
let api: GitHubApi;
let files: Record<string, string>;

/** What the next run reads: a comment that shows nothing. */
const MARKER = /<!-- fresh-mirror:[^<>]* -->/g;
const pin = (name: string) => image(name).index.digest;
const reportOf = ({ report }: ActionResult) => report as Report;

beforeAll(async () => {
  upstream = await startRegistry();
  for (const name of REPOSITORIES)
    for (const tag of ['1.0', '1.1'])
      await push(upstream.url, `library/${name}`, image(`${name}${tag}`), [tag]);
  await push(upstream.url, 'library/ruby', image('R2'), ['3.4.1']);
});
afterAll(() => upstream.stop());
beforeEach(async () => {
  mirror = await startRegistry();
  await push(mirror.url, 'm/library/ruby', image('R1'), ['3.4.1']);
  files = {
    'images.yaml': [
      `mirror: ${mirror.host}/m`,
      `read-from: { docker.io: "${upstream.host}" }`,
      'images:',
      ...REPOSITORIES.map((name) => `  - { source: ${name}, tags: ["1.0"] }`),
      '  - { source: nobody, tags: ["1.0"] }',
      'references:',
      '  - { file: vars.yml, key: IMAGES }',
      '',
    ].join('\n'),
    'vars.yml': `IMAGES:\n  ruby: "${mirror.host}/m/library/ruby:3.4.1@${pin('R1')}"\n`,
  };
  api = await startGitHubApi({ repository: 'acme/images', files });
});
afterEach(async () => {
  await api.stop();
  await mirror.stop();
});

const { 'images.yaml': _config, ...NO_FILES } = { 'images.yaml': '' };

function run(inputs: Record<string, string>, more: Record<string, string> = NO_FILES): Promise<ActionResult> {
  const { 'images.yaml': config = '', ...others } = files;
  const env = { GITHUB_API_URL: api.url };
  return runAction({ config, files: { ...others, ...more }, env, inputs: { ...POLICIES, ...inputs } });
}

async function shards(of: number): Promise<Report[]> {
  const reports: Report[] = [];
  for (let at = 1; at <= of; at += 1) reports.push(reportOf(await run({ shard: `${at}/${of}`, token: '' })));
  return reports;
}

function merge(reports: readonly object[], inputs: Record<string, string> = {}): Promise<ActionResult> {
  const written = reports.map((report, at) => [`reports/job-${at}/report.json`, JSON.stringify(report)]);
  const given = { mode: 'merge', 'merge-reports': 'reports/**/*.json', token: 'a-token', ...inputs };
  return run(given, Object.fromEntries(written));
}

it('shards write nothing to GitHub; their merge writes what one run writes, and says what one run says', async () => {
  const reports = await shards(3);
  expect(api.requests).toEqual([]);
  const merged = await merge(reports);
  expect([merged.code, merged.outputs.status]).toEqual([1, 'partial']);
  expect(api.pulls.map(({ head, title }) => [head.ref, title])).toEqual([
    [BRANCH, 'Mirror ruby 1.1, python 1.1 and 2 more'],
    [`${BRANCH}-pins`, expect.stringContaining('Move the pin of ruby 3.4.1')],
  ]);
  expect(api.file(BRANCH, 'images.yaml')).toBe(
    files['images.yaml']?.replaceAll(/(?<=(?:ruby|python|golang|node), tags: \["1\.0")(?=\])/g, ', "1.1"'),
  );
  expect(api.file(`${BRANCH}-pins`, 'vars.yml')).toBe(files['vars.yml']?.replace(pin('R1'), pin('R2')));
  expect(api.pulls[0]?.body).toMatch(
    /`ruby:1\.1`\]\(\S+\) next to `1\.0` \(`N\.N`\), [\d.]+ k?B, 2 platforms/,
  );
  expect(api.issues.map(({ title }) => title)).toEqual(['Tags that are not mirrored: images.yaml']);
  expect(merged.summary).toContain('**3 of 3 parts**');
  const { report: _path, 'crane-version': _crane, ...outputs } = merged.outputs;
  await api.stop();
  await mirror.stop();
  mirror = await startRegistry();
  await push(mirror.url, 'm/library/ruby', image('R1'), ['3.4.1']);
  const host = (text = '') => text.replaceAll(/127\.0\.0\.1:\d+|localhost:\d+/g, 'HOST');
  files = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      name,
      text.replaceAll(reports[0]?.mirror.split('/')[0] ?? '', mirror.host),
    ]),
  );
  api = await startGitHubApi({ repository: 'acme/images', files });
  const whole = await run({ token: 'a-token' });
  const { report: _where, 'crane-version': _version, ...said } = whole.outputs;
  expect(host(JSON.stringify(outputs))).toBe(host(JSON.stringify(said)));
}, 120_000);

it('a second merge of the same reports writes nothing more', async () => {
  const reports = await shards(2);
  await merge(reports);
  api.takeWrites();
  await merge(reports);
  expect(api.takeWrites()).toEqual([]);
});

describe('with a shard missing, a merge', () => {
  it('takes nothing back and closes nothing', async () => {
    const reports = await shards(3);
    await merge(reports);
    api.takeWrites();
    for (const left of [[0, 1], [1, 2], [0, 2], [1]]) {
      const merged = await merge(left.map((at) => reports[at] ?? {}));
      expect(merged.outputs.status).toBe('partial');
      expect(merged.annotations.map(({ data }) => data).join('\n')).toMatch(/\d\/3 has no report/);
    }
    expect(api.takeWrites()).toEqual([]);
  }, 120_000);
});

describe('a hostile report', () => {
  it('moves no pin to a digest that upstream does not have there', async () => {
    const evil = `sha256:${'e'.repeat(64)}`;
    const reports = (await shards(2)).map((report) => ({
      ...report,
      stalePins: (report.stalePins ?? []).map((row) => ({
        ...row,
        to: evil,
        reference: `evil.example/x@${evil}`,
      })),
    }));
    const merged = await merge(reports);
    expect(api.pulls.map(({ head }) => head.ref)).toEqual([BRANCH]);
    expect(
      reportOf(merged)
        .notices.map(({ message }) => message)
        .join('\n'),
    ).toMatch(/its pins are not offered/);
    expect(JSON.stringify(api.pulls)).not.toContain(evil);
  });

  it('writes no file, line or tag of its own, and no word of it becomes markup', async () => {
    const words = '[x](https://evil.example) @everyone #1 <img src=x> `\u001b[31m ::error::';
    const reports = (await shards(1)).map((report) => ({
      ...report,
      newTags: [
        ...report.newTags,
        { source: 'docker.io/evil/x', tag: '9', series: words, beside: '1', mirrored: false, cost: null },
      ],
      failed: report.failed.map((row) => ({ ...row, message: words, hint: words, detail: words })),
      stalePins: (report.stalePins ?? []).flatMap((row) => [row, { ...row, file: '../../evil.yml' }]),
      notices: [{ kind: 'series-ended', source: 'docker.io/library/ruby', message: words }],
    }));
    const merged = await merge(reports);
    const texts = [...api.pulls, ...api.issues].map(({ body, title }) => `${title}\n${body}`);
    for (const text of [...texts, merged.summary]) {
      const shown = text.replaceAll(MARKER, '').replaceAll(/(`+)[\s\S]*?\1/g, '');
      expect(shown.replaceAll(/\]\(https:\/\/(?:hub\.docker\.com|github\.com)[^)]*\)/g, ']')).not.toMatch(
        /evil\.example|@everyone|<img|\u001b/,
      );
    }
    expect(texts.join()).not.toContain('docker.io/evil');
    expect(api.file(`${BRANCH}-pins`, '../../evil.yml')).toBeNull();
    expect(merged.commands.filter(({ data }) => data === 'x')).toEqual([]);
    expect(merged.outputs.status).toBe('partial');
  });
});

describe('a merge that cannot be', () => {
  it('says which pattern matches no file, and where it looked', async () => {
    const merged = await merge([]);
    expect([merged.code, merged.outputs.status]).toEqual([1, 'failed']);
    expect(merged.summary).toMatch(/no file matches .*reports\/\*\*\/\*\.json/);
    expect(api.requests).toEqual([]);
  });

  it('says that it needs files', async () => {
    const merged = await run({ mode: 'merge', token: 'a-token' });
    expect(merged.stdout).toContain('input merge-reports: it is empty');
  });

  it.each(['pull_request', 'pull_request_target'])('writes nothing in %s', async (event) => {
    const { 'images.yaml': config = '', ...others } = files;
    const inputs = { ...POLICIES, mode: 'merge', 'merge-reports': 'reports/**/*.json', token: 'a-token' };
    const result = await runAction({
      config,
      files: others,
      event,
      inputs,
      env: { GITHUB_API_URL: api.url },
    });
    expect([result.code, api.requests]).toEqual([1, []]);
    expect(result.stdout).toMatch(/mode merge writes nothing in a .* event/);
  });
});
