// One config in several jobs, through the bundle: the matrix, and what each job of it looks after.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../demo/images.mjs';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { digestOf } from '../fakes/registries/oracle.ts';
import { type RunningRegistry, startRegistry } from '../fakes/registries/registries.ts';
import { type ActionResult, runAction } from '../fakes/runner/bundle.ts';

let one: RunningRegistry;
let two: RunningRegistry;
let mirror: RunningRegistry;
let api: GitHubApi;
let config: string;

beforeAll(async () => {
  [one, two] = await Promise.all([startRegistry(), startRegistry()]);
  for (const [tag, name] of Object.entries({ '3.3': 'A', '3.4': 'B', '3.5': 'C' }))
    await push(one.url, 'up/ruby', image(name), [tag]);
  await push(two.url, 'up/go', image('G'), ['1.25']);
  await push(two.url, 'up/node', image('N'), ['22']);
});
beforeEach(async () => {
  mirror = await startRegistry();
  config = `mirror: ${mirror.host}/m
mirror-path: "{registry}/{repository}"
images:
  - { source: ${one.host}/up/ruby, tags: ["3.3", "3.4"] }
  - { source: ${two.host}/up/go, tags: ["1.25"] }
  - { source: ${two.host}/up/node, tags: ["22", "23"] }
`;
  api = await startGitHubApi({ repository: 'acme/images', files: { 'images.yaml': config } });
});
afterEach(async () => {
  await Promise.all([api.stop(), mirror.stop()]);
});
afterAll(async () => {
  await Promise.all([one, two].map((registry) => registry.stop()));
});

function run(inputs: Record<string, string>, text = config): Promise<ActionResult> {
  const env = { GITHUB_API_URL: api.url, FRESH_MIRROR_PATIENCE: '0.05' };
  return runAction({ config: text, env, inputs: { token: 'a-token', 'fail-on': 'never', ...inputs } });
}

type Told = {
  readonly part: unknown;
  readonly configSha256: string;
  readonly sources: readonly { readonly source: string; readonly selected: number }[];
  readonly newTags: readonly { readonly tag: string; readonly cost: unknown }[];
  readonly well?: unknown;
  readonly usage: { readonly requests: Readonly<Record<string, unknown>> };
};
const told = ({ report }: ActionResult) => report as Told;
const rows = ({ outputs }: ActionResult) =>
  (JSON.parse(outputs.matrix ?? 'null') as { include: Record<string, string | number>[] }).include;

describe('a matrix', () => {
  it('comes from the config alone, and its rows look after all of it, each of its own', async () => {
    const cut = await run({ mode: 'matrix', 'crane-path': '/nowhere' });
    expect([cut.code, cut.outputs.status, cut.outputs['matrix-count']]).toEqual([0, 'fresh', '2']);
    const safe = (host: string) => host.replace(':', '_');
    expect(rows(cut)).toEqual(
      [
        { name: safe(one.host), 'only-registries': one.host, tags: 2 },
        { name: safe(two.host), 'only-registries': two.host, tags: 3 },
      ].sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    expect(told(cut).usage.requests).toEqual({});
    expect(api.takeRequests()).toEqual([]);
    expect(cut.summary).toContain('2 jobs for `images.yaml`');

    const jobs = await Promise.all(
      rows(cut).map((row) => run({ 'only-registries': String(row['only-registries']) })),
    );
    expect(jobs.flatMap((job) => told(job).sources.map(({ source }) => source)).sort()).toEqual(
      [`${one.host}/up/ruby`, `${two.host}/up/go`, `${two.host}/up/node`].sort(),
    );
    for (const [at, job] of jobs.entries()) {
      const host = rows(cut)[at]?.['only-registries'];
      const other = host === one.host ? two.host : one.host;
      expect(Object.keys(told(job).usage.requests)).not.toContain(other);
      expect(job.summary).toContain(`only registry \`${host}\``);
    }
    expect(await digestOf(`${mirror.host}/m/${one.host.replace(':', '_')}/up/ruby:3.4`)).toBe(
      image('B').index.digest,
    );
    expect(api.takeWrites()).toEqual([]);
  });

  it('of shards is one for each repository at most, and says what each holds', async () => {
    const cut = await run({ mode: 'matrix', shards: '8' });
    expect(rows(cut)).toEqual([
      { name: 'shard-1-of-3', shard: '1/3', tags: 2 },
      { name: 'shard-2-of-3', shard: '2/3', tags: 2 },
      { name: 'shard-3-of-3', shard: '3/3', tags: 1 },
    ]);
    expect(cut.stdout).toContain('matrix: 3 jobs, about 5 tags');
    const jobs = await Promise.all(rows(cut).map((row) => run({ mode: 'check', shard: String(row.shard) })));
    expect(jobs.map((job) => told(job).sources.length)).toEqual([1, 1, 1]);
    expect(jobs.map((job) => told(job).part)).toEqual(
      [1, 2, 3].map((at) => ({
        by: 'shards',
        name: `${at}/3`,
        pieces: [`${at}/3`],
        of: ['1/3', '2/3', '3/3'],
      })),
    );
    expect(jobs.map(({ outputs }) => outputs.status).sort()).toEqual(['partial', 'stale', 'stale']);
    expect(new Set(jobs.map((job) => told(job).configSha256))).toEqual(new Set([told(cut).configSha256]));
  });

  it('without rows is said, and is no failure', async () => {
    const text = 'approved: [quay.io]\nreferences: [{ list: images.txt }]\n';
    const none = await runAction({
      config: text,
      files: { 'images.txt': 'quay.io/a/b:1\n' },
      inputs: { mode: 'matrix' },
    });
    expect([none.code, none.outputs.matrix, none.outputs['matrix-count']]).toEqual([
      0,
      '{"include":[]}',
      '0',
    ]);
    expect(none.summary).toContain('the matrix is empty');
  });

  it('is balanced by the last reports, and each row tells its job how', async () => {
    const wide = config.replace('["3.3", "3.4"]', '["*"]');
    const tags = (cut: ActionResult) => rows(cut).map((row) => row.tags);
    expect(tags(await run({ mode: 'matrix', shards: '2' }, wide))).toEqual([20, 3]);
    const last = await run({ mode: 'check' }, wide);
    const cut = await runAction({
      config: wide,
      files: { 'last/report.json': JSON.stringify(last.report) },
      inputs: { mode: 'matrix', shards: '2', 'merge-reports': 'last/*.json' },
    });
    expect(tags(cut)).toEqual([3, 3]);
    expect(rows(cut)[0]?.shard).toMatch(/^1\/2:\w{3}$/);
    const checks = rows(cut).map((row) => run({ mode: 'check', shard: String(row.shard) }, wide));
    const jobs = await Promise.all(checks);
    expect(jobs.map((job) => told(job).sources.length)).toEqual([1, 2]);
    expect(jobs.map((job) => told(job).part)).toMatchObject([{ name: '1/2' }, { name: '2/2' }]);
  });

  it('is made without the last reports where there are none, or none that can be read, and says so', async () => {
    const first = await run({ mode: 'matrix', shards: '2', 'merge-reports': 'last/*.json' });
    expect([first.code, rows(first)[0]?.shard]).toEqual([0, '1/2']);
    expect(first.summary).toContain('weighed by the config alone: input merge-reports: no file matches');
    const strange = await runAction({
      config,
      files: { 'last/report.json': '{"sources":[{"source":"x","selected":1e9}]}' },
      inputs: { mode: 'matrix', 'merge-reports': 'last/*.json' },
    });
    expect([strange.code, strange.outputs['matrix-count']]).toEqual([0, '2']);
    expect(strange.summary).toContain('is not a report');
  });

  it('is not read as a matrix in any other mode', async () => {
    const checked = await run({ mode: 'check' });
    expect([checked.outputs.matrix, checked.outputs['matrix-count']]).toEqual(['{"include":[]}', '0']);
  });
});

describe('a narrowed run', () => {
  it('writes nothing to GitHub, and leaves in its report what another one needs for that', async () => {
    const inputs = { 'new-tags': 'pull-request', alert: 'issue', pins: 'pull-request' };
    const ruby = await run({ ...inputs, 'only-registries': one.host });
    expect(ruby.outputs).toMatchObject({
      status: 'synced',
      'new-tags-count': '1',
      'pull-request-number': '',
    });
    expect(told(ruby).newTags).toMatchObject([
      { tag: '3.5', series: 'N.N', beside: '3.4', cost: { exact: true, platforms: 2 } },
    ]);
    expect(told(ruby).well).toEqual([{ source: `${one.host}/up/ruby`, tags: ['3.3', '3.4'] }]);
    const node = await run({ ...inputs, 'only-registries': two.host });
    expect(node.outputs).toMatchObject({ status: 'partial', 'failed-count': '1', 'issue-number': '' });
    expect(api.takeRequests()).toEqual([]);
  });

  it('of a shard that has nothing is fresh, and says so', async () => {
    const empty = await run({ shard: '4/4' });
    expect([empty.code, empty.outputs.status]).toEqual([0, 'fresh']);
    expect(empty.summary).toContain('Nothing belongs to this part');
    expect(empty.stdout).toContain('mirror fresh (4/4): 0 copied, 0 fresh');
  });

  it.each([
    [{ shard: '2/4' }, 'report-shard-2-of-4.json'],
    [{}, 'report.json'],
  ])('calls its report after its part: %j', async (part, name) => {
    const ran = await run({ mode: 'check', report: '', ...part });
    expect(ran.outputs.report?.split('/').at(-1)).toBe(name);
  });

  it('that cannot start says for which shard', async () => {
    const broken = await run({ shard: '2/4' }, 'mirror: x\nimages: 3\n');
    expect([broken.code, told(broken).part]).toEqual([
      1,
      { by: 'shards', name: '2/4', pieces: ['2/4'], of: ['1/4', '2/4', '3/4', '4/4'] },
    ]);
  });

  it.each([
    [{ 'only-registries': 'ghcr.io' }, 'input only-registries: no entry of images.yaml is from ghcr.io'],
    [{ shard: '1/2:00' }, 'input shard: "00" weighs 2 repositories, and images.yaml has 3'],
    [{ shard: '6/5' }, 'input shard: there is no shard 6 of 5 (write 1/5 to 5/5)'],
    [{ shard: '1/2', 'only-registries': 'ghcr.io' }, 'input shard: only-registries is given too'],
    [{ mode: 'lint', shard: '1/2' }, 'input shard: only sync and check can be narrowed'],
    [{ mode: 'matrix', 'only-registries': 'quay.io' }, 'only sync and check can be narrowed'],
    [{ mode: 'check', shards: '8' }, 'input shards: only matrix cuts a config into the jobs of a matrix'],
    [{ 'matrix-by': 'shards' }, 'input matrix-by: only matrix cuts a config into the jobs of a matrix'],
    [{ mode: 'matrix', 'matrix-by': 'host' }, 'input matrix-by: "host" is not one of registry, shards'],
    [{ mode: 'matrix', 'matrix-by': 'registry', shards: '2' }, 'input shards: matrix-by: registry makes'],
  ])('is refused for %j, before anybody is asked', async (inputs, message) => {
    const refused = await run(inputs);
    expect([refused.code, refused.outputs.status]).toEqual([1, 'failed']);
    expect(refused.stdout).toContain(message);
    expect(told(refused).usage.requests).toEqual({});
  });
});
