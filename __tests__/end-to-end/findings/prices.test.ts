// What new tags cost the registries: counted by a proxy before upstream, the committed bundle, GitHub on loopback.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { image, push } from '../../../demo/images.mjs';
import { openPair, type Pair } from '../../fakes/findings/pair.ts';
import { type GitHubApi, startGitHubApi } from '../../fakes/github/github-api.ts';
import { FAULTS } from '../../fakes/github/github-faults.ts';
import { type ActionResult, runAction, tagsIn } from '../../fakes/runner/bundle.ts';

type Total = { readonly tags: number; readonly bytes: number; readonly exact: boolean };
type Told = {
  readonly newTags: readonly { readonly tag: string; readonly cost: { readonly platforms: number } | null }[];
  readonly stale: readonly { readonly tag: string; readonly cost?: { readonly bytes: number } }[];
  readonly costs: Record<'newTags' | 'stale', Total> &
    Record<'listed' | 'patch', Total | null> & { readonly pulls: number };
  readonly notices: readonly { readonly kind: string; readonly message: string }[];
};

const UPSTREAM: Record<string, string> = {
  '3.3-slim': 'R33',
  '3.4-slim': 'R342',
  '3.5-slim': 'R35',
  '3.4.0-slim': 'R340',
  '3.4.1-slim': 'R341',
  '3.4.2-slim': 'R342',
};
let pair: Pair;
let api: GitHubApi;

beforeAll(async () => {
  pair = await openPair();
  for (const [tag, name] of Object.entries(UPSTREAM))
    await push(pair.source.url, 'library/ruby', image(name), [tag]);
});
beforeEach(async () => {
  api = await startGitHubApi({ repository: 'acme/images', files: { 'images.yaml': configWith() } });
  await run({ config: configWith() });
  pair.calm();
});
afterEach(() => api.stop());
afterAll(() => pair.stop());

function configWith(more = ''): string {
  const { above, below } = pair;
  return `mirror: ${below.host}/m\nread-from: { docker.io: "${above.host}" }\nimages:\n  - source: ruby\n    tags: ["3.3-slim", "3.4-slim"]\n${more}`;
}

function run(options: { config?: string; inputs?: Record<string, string> }): Promise<ActionResult> {
  const { config = configWith(), inputs = {} } = options;
  return runAction({ config, env: { GITHUB_API_URL: api.url }, inputs: { token: 'a-token', ...inputs } });
}

const told = ({ report }: ActionResult): Told => report as Told;
const pulls = (): number => pair.above.traffic().counts.manifestGet;

describe('a pull request or an issue', () => {
  it.each(['pull-request', 'issue', 'issue,pull-request'])(
    '%s: is priced once, and never again',
    async (ways) => {
      const inputs = { 'new-tags': ways };
      const first = await run({ inputs });
      expect(first.stdout).toContain('measured 1 image to price 1 tag: 3 pulls spent');
      expect(pulls()).toBe(3);
      const [proposed] = [...api.pulls, ...api.issues];
      expect(proposed?.body).toMatch(/3\.5-slim.*[\d.]+ k?B, 2 platforms/);
      pair.calm();
      api.takeWrites();
      await run({ inputs });
      expect([pulls(), api.takeWrites()]).toEqual([0, []]);
    },
  );

  it('that GitHub does not permit costs no pull, however often it is tried', async () => {
    api.fail(FAULTS.notPermitted);
    for (const _ of [1, 2]) await run({ inputs: { 'new-tags': 'pull-request' } });
    expect([api.pulls.length, pulls()]).toEqual([0, 0]);
  });

  it('whose price could not be had is priced another night', async () => {
    const digest = image('R35').index.digest;
    const effect = { kind: 'status', status: 404 } as const;
    pair.above.setFaults([
      { methods: ['GET'], place: 'manifest', times: 'always', references: [digest], effect },
    ]);
    await run({ inputs: { 'new-tags': 'pull-request' } });
    expect(api.pulls[0]?.body).not.toMatch(/2 platforms/);
    pair.calm();
    await run({ inputs: { 'new-tags': 'pull-request' } });
    expect([pulls(), /3\.5-slim.*2 platforms/.test(api.pulls[0]?.body ?? '')]).toEqual([3, true]);
  });
});

describe('a check', () => {
  const check = (more = '') => run({ config: configWith(more), inputs: { mode: 'check' } });

  it('with nothing to decide spends no pull, and shows what patch tags would add', async () => {
    const result = await check('    ignore: ["3.5*"]\n');
    const { costs } = told(result);
    expect([result.outputs.status, pulls()]).toEqual(['fresh', 0]);
    expect([costs.listed, costs.patch?.tags, costs.patch?.exact]).toEqual([
      { tags: 0, bytes: 0, exact: true, unknown: 0 },
      3,
      false,
    ]);
    expect(costs.patch?.bytes).toBeGreaterThan(0);
  });

  it('prices the patch tags of a policy before they are copied', async () => {
    const { stale, newTags, costs } = told(await check('    granularity: patch\n'));
    expect(stale.map(({ tag, cost }) => [tag, (cost?.bytes ?? -1) >= 0])).toEqual([
      ['3.4.0-slim', true],
      ['3.4.1-slim', true],
      ['3.4.2-slim', true],
    ]);
    expect(newTags.every(({ cost }) => cost !== null)).toBe(true);
    expect([costs.stale.exact, costs.patch?.bytes]).toEqual([true, costs.stale.bytes]);
    expect(costs.listed).toEqual({ tags: 0, bytes: 0, exact: true, unknown: 0 });
  });

  it('counts the platforms that are mirrored', async () => {
    const { newTags } = told(await check('    platforms: [linux/amd64]\n'));
    expect(newTags.map(({ tag, cost }) => [tag, cost?.platforms])).toEqual([['3.5-slim', 1]]);
  });

  it('measures nothing where new tags are ignored', async () => {
    const { costs } = told(await check('    granularity: patch\n    new-tags: ignore\n'));
    // What is planned was read; nothing beyond that.
    expect([costs.pulls, costs.stale.tags]).toEqual([0, 0]);
  });
});

describe('a tag that upstream lists and has no manifest for', () => {
  const effect = { kind: 'status', status: 404 } as const;
  beforeEach(() => {
    pair.above.setFaults([
      { methods: 'any', place: 'manifest', times: 'always', references: ['3.5-slim'], effect },
    ]);
  });

  it.each(['report', 'pull-request', 'mirror'])('is not new (%s), and fails nothing', async (policy) => {
    const result = await run({ inputs: { 'new-tags': policy } });
    expect([result.code, result.outputs.status, tagsIn(result, 'new-tags')]).toEqual([0, 'fresh', []]);
    expect(api.pulls).toEqual([]);
    if (policy !== 'mirror') expect(told(result).notices.map(({ kind }) => kind)).toEqual(['no-manifest']);
  });

  it('is not new in a check either', async () => {
    expect(tagsIn(await run({ inputs: { mode: 'check' } }), 'new-tags')).toEqual([]);
  });
});

it('fail-on: new-tags is not green where the tag list cannot be read, and says so', async () => {
  const effect = { kind: 'status', status: 403 } as const;
  const isList = { methods: ['GET'], place: 'repository', times: 'always', effect } as const;
  pair.above.setFaults([{ ...isList }]);
  const result = await run({ inputs: { 'fail-on': 'new-tags' } });
  expect([result.code, result.outputs.status, tagsIn(result, 'new-tags')]).toEqual([1, 'fresh', []]);
  expect(
    result.annotations.map(({ name, data }) => [name, /new tags are unknown/.test(data)]),
  ).toContainEqual(['warning', true]);
});
