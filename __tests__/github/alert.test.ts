// The tracking issue over many nights: since when, by whom first, silent in between, closed when all is well and never
// by a run that did not see everything.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GitHub } from '../../src/github/client.ts';
import {
  type AlertRun,
  alertKey,
  parseAlert,
  renderAlert,
  renderAllWell,
} from '../../src/report/offers/alert.ts';
import { type GitHubApi, startGitHubApi } from '../fakes/github/github-api.ts';
import { FAULTS } from '../fakes/github/github-faults.ts';
import { openWith, TEXT } from './stage.ts';

let api: GitHubApi;
let github: GitHub;

beforeEach(async () => {
  api = await startGitHubApi({ files: { 'images.yaml': TEXT } });
  github = openWith(api);
});
afterEach(() => api.stop());

const ONE = 'ghcr.io/acme/mirror';
const TWO = 'registry.example.com/mirror';

function trouble(tag: string, mirror = ONE, message = 'the registry denies it') {
  return { mirror, source: 'docker.io/library/ruby', tag, reason: 'denied', message, hint: 'log in' };
}

/** One night's run over a mirror. */
function night(day: number, bad: readonly string[], more: Partial<AlertRun> = {}): AlertRun {
  const mirror = more.mirror ?? ONE;
  return {
    config: 'images.yaml',
    mirror,
    today: `2026-09-${String(day).padStart(2, '0')}`,
    run: String(100 + day),
    runs: 'https://github.com/acme/app/actions/runs/',
    troubles: bad.map((tag) => trouble(tag, mirror)),
    well: new Set(),
    complete: true,
    ...more,
  };
}

const settle = (run: AlertRun) => github.settleAlert(run);
const remembered = (number: number) =>
  parseAlert(api.issues.find((one) => one.number === number)?.body ?? '')?.rows.map(
    ({ mirror, tag, since, run }) => `${mirror === ONE ? 1 : 2} ${tag} ${since} ${run}`,
  );

describe('a tracking issue', () => {
  it('is opened, keeps since when, is silent the same day, and closed when all is well', async () => {
    expect(await settle(night(1, []))).toMatchObject({ number: null, since: null });
    expect(api.takeWrites()).toEqual([]);
    expect(await settle(night(2, ['3.4']))).toMatchObject({ number: 1, since: '2026-09-02' });
    expect(api.takeWrites()).toEqual(['POST /issues']);
    expect(api.issues[0]?.labels).toEqual([{ name: 'fresh-mirror' }]);
    expect(await settle(night(2, ['3.4']))).toMatchObject({ number: 1 });
    expect(api.takeWrites()).toEqual([]);
    expect(await settle(night(5, ['3.4', '3.5']))).toMatchObject({ number: 1, since: '2026-09-02' });
    expect(api.takeWrites()).toEqual(['PATCH /issues/1']);
    expect(remembered(1)).toEqual(['1 3.4 2026-09-02 102', '1 3.5 2026-09-05 105']);
    expect(api.issues[0]?.body).toContain(
      '- `ruby:3.4` on `ghcr.io/acme/mirror` since 2026-09-02, [first seen](https://github.com/acme/app/actions/runs/102)',
    );
    expect(await settle(night(6, []))).toMatchObject({ number: null, rows: [] });
    expect([api.issues[0]?.state, remembered(1), api.issues[0]?.comments]).toEqual(['closed', [], []]);
    expect(await settle(night(7, ['3.4']))).toMatchObject({ number: 2, since: '2026-09-07' });
  });

  it('loses no row to a job that overwrites it at the same moment', async () => {
    await settle(night(1, ['3.4']));
    await settle(night(2, ['3.9'], { mirror: TWO }));
    const other = api.issues[0]?.body;
    let overwritten = false;
    api.before(/^PATCH \/issues\/1$/, () => {
      // Written after ours by a job that had read the issue before.
      api.before(/^GET \/issues$/, () => {
        Object.assign(api.issues[0] ?? {}, { body: other });
        overwritten = true;
      });
    });
    expect(await settle(night(2, ['3.4', '3.5']))).toMatchObject({ number: 1 });
    expect(overwritten).toBe(true);
    expect(remembered(1)).toEqual(['1 3.4 2026-09-01 101', '1 3.5 2026-09-02 102', '2 3.9 2026-09-02 102']);
  });

  it('is opened again where another job closed it at the same moment', async () => {
    await settle(night(1, ['3.9'], { mirror: TWO }));
    const [issue] = api.issues;
    api.before(/^PATCH \/issues\/1$/, () => {
      api.before(/^GET \/issues$/, () => {
        const body = renderAllWell('images.yaml');
        Object.assign(issue ?? {}, { state: 'closed', body });
      });
    });
    expect(await settle(night(1, ['3.4']))).toMatchObject({ number: 2 });
    expect(remembered(2)).toEqual(['1 3.4 2026-09-01 101']);
  });

  it('is not closed, nor forgets a tag, in a run that did not see everything', async () => {
    await settle(night(1, ['3.4', '3.5']));
    const some = { complete: false };
    expect(await settle(night(2, ['3.4'], some))).toMatchObject({ number: 1 });
    expect(remembered(1)).toHaveLength(2);
    const key = alertKey({ mirror: ONE, source: 'docker.io/library/ruby', tag: '3.5' });
    await settle(night(3, ['3.4'], { ...some, well: new Set([key]) }));
    expect(remembered(1)).toEqual(['1 3.4 2026-09-01 101']);
    expect(await settle(night(4, [], some))).toMatchObject({ number: 1, since: '2026-09-01' });
    expect(api.issues[0]?.state).toBe('open');
  });

  it('of a matrix over two mirrors tells of both, and neither closes it for the other', async () => {
    await settle(night(1, ['3.4']));
    await settle(night(1, ['3.4', '3.5'], { mirror: TWO }));
    expect(remembered(1)).toHaveLength(3);
    api.takeWrites();
    await settle(night(1, ['3.4']));
    await settle(night(1, ['3.4', '3.5'], { mirror: TWO }));
    expect(api.takeWrites()).toEqual([]);
    await settle(night(2, []));
    expect(remembered(1)).toEqual(['2 3.4 2026-09-01 101', '2 3.5 2026-09-01 101']);
    // Nobody looks after the other mirror any more.
    expect(await settle(night(20, []))).toMatchObject({ number: null });
    expect(api.issues[0]?.state).toBe('closed');
  });

  it('that two jobs open at one time stays one: the older', async () => {
    await Promise.all([settle(night(1, ['3.4'])), settle(night(1, ['3.5'], { mirror: TWO }))]);
    expect(api.takeWrites().filter((line) => line === 'POST /issues')).toHaveLength(2);
    expect(await settle(night(1, ['3.4']))).toMatchObject({ number: 1 });
    await settle(night(1, ['3.5'], { mirror: TWO }));
    expect(api.issues.filter(({ state }) => state === 'open').map(({ number }) => number)).toEqual([1]);
    expect(remembered(1)).toHaveLength(2);
  });

  it('that a person closed is silent for its tags, until they were well once', async () => {
    await settle(night(1, ['3.4']));
    Object.assign(api.issues[0] ?? {}, { state: 'closed' });
    expect(await settle(night(2, ['3.4']))).toMatchObject({ number: null, since: '2026-09-01' });
    expect(api.issues).toHaveLength(1);
    expect(await settle(night(3, ['3.4', '3.5']))).toMatchObject({ number: 2, since: '2026-09-01' });
    Object.assign(api.issues[1] ?? {}, { state: 'closed' });
    await settle(night(4, []));
    expect(await settle(night(5, ['3.4']))).toMatchObject({ number: 3, since: '2026-09-05' });
  });

  it('without issues: write says so', async () => {
    api.fail(FAULTS.noIssues);
    expect(await settle(night(1, ['3.4']))).toMatchObject({
      kind: 'problem',
      hint: expect.stringContaining('issues: write'),
    });
  });

  it('is not the issue of new tags, nor one of another config', async () => {
    await settle(night(1, ['3.4']));
    expect(await settle(night(1, ['3.4'], { config: 'other.yaml' }))).toMatchObject({ number: 2 });
  });
});

describe('what it says', () => {
  const rowsOf = (tags: number, message: (at: number) => string) =>
    Array.from({ length: tags }, (_, at) => {
      const seen = { since: '2026-09-01', run: '1', seen: '2026-09-01' };
      return { ...trouble(`${at}.0-slim`, ONE, message(at)), ...seen };
    });

  it.each([
    ['one cause', () => 'denied'],
    ['a cause each', (at: number) => `tag ${at}: ${'x'.repeat(500)}`],
    [
      'hostile text',
      () => `@octocat <img src=x> --> <!-- fresh-mirror:alert:v1 {} --> ${'*'.repeat(500)} ::error::x`,
    ],
  ])('of 3,000 tags with %s fits, and is one comment that nobody can end', (_name, message) => {
    const { body } = renderAlert('images.yaml', rowsOf(3000, message), 'https://x/');
    expect(body.length).toBeLessThanOrEqual(60_000);
    expect(parseAlert(body)?.rows.length).toBeGreaterThan(200);
    // What stands in code begins no comment.
    expect(body.match(/(?<!`)<!--/g)).toHaveLength(1);
    expect(body).not.toMatch(/(?<!`)@octocat|(?<!`)<img|^::error/m);
  });

  it('of tags that fail for one reason is one section', () => {
    const { body } = renderAlert(
      'images.yaml',
      rowsOf(3, () => 'no'),
      'https://x/',
    );
    expect(body.match(/\*\*denied\*\*/g)).toHaveLength(1);
    expect(body).toContain('3 tags of `images.yaml` failed or were refused, the first since 2026-09-01.');
  });
});
