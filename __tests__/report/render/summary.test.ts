// What a person reads of a run: one item for each cause, what waits in one sentence, nothing cut without a word, and no
// markup, link or invisible character from outside.

import { describe, expect, it } from '@jest/globals';
import type { Reason } from '../../../src/base/errors/failure.ts';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import type { Digest } from '../../../src/image/names/digest.ts';
import { pageOf } from '../../../src/image/names/pages.ts';
import { parseName } from '../../../src/image/names/reference.ts';
import { renderProblem, renderSummary } from '../../../src/report/render/summary.ts';
import { causesOf } from '../../../src/report/rows/causes.ts';
import type { Report } from '../../../src/report/rows/report.ts';
import type { TroubleRow, WorkRow } from '../../../src/report/rows/tag-rows.ts';
import { CHECK } from '../../../src/run/modes/check.ts';
import { SYNC } from '../../../src/run/modes/sync.ts';
import { elementsOf, renderGfm, textOf } from '../../fakes/gfm.ts';

const PLACE = { file: 'images.yaml', line: 4, column: 9 };
const PAGE = {
  docs: 'https://github.com/fresh/mirror/blob/v1/docs/troubleshooting.md',
  where: 'in the report',
};
const digest = (number: number): Digest => `sha256:${String(number).padStart(64, '0')}`;

function row(reason: Reason, tag: string, more: Partial<TroubleRow> = {}): TroubleRow {
  const source = more.source ?? 'docker.io/library/python';
  const mirror = `ghcr.io/acme/${source.slice(10)}:${tag}`;
  return {
    source,
    tag,
    mirror,
    reason,
    message: `upstream has no python:${tag}`,
    hint: '',
    detail: '',
    place: PLACE,
    ...more,
  };
}

const copied = (number: number): WorkRow => ({
  source: 'docker.io/library/python',
  tag: `3.${number}`,
  mirror: `ghcr.io/acme/library/python:3.${number}`,
  from: null,
  to: digest(number),
  reason: 'missing',
});

function report(more: Partial<Report>): Report {
  const lists = { stale: [], copied: [], failed: [], refused: [], deferred: [], newTags: [], kept: [] };
  return {
    ...{ version: 3, mode: 'sync', status: 'partial', config: 'images.yaml', mirror: 'ghcr.io/acme' },
    ...{ configSha256: '', action: '0.0.0', part: null, run: { id: '', attempt: 0 } },
    ...{ platformTags: 0, newTagsUnknown: 0, costs: null, alert: null },
    ...{ selected: 619, fresh: 0, sources: [], notices: [], pullRequest: null, issue: null },
    ...{ usage: { requests: {}, copies: 0 }, craneVersion: '0.22.1', milliseconds: 1_000 },
    ...lists,
    ...more,
  };
}

const render = (more: Partial<Report>, mode = SYNC.values) => renderSummary(report(more), mode, PAGE);
const many = <T>(number: number, make: (at: number) => T): T[] =>
  Array.from({ length: number }, (_, at) => make(at));
const heading = (text: string) => text.split('\n')[0];

describe('what it would cost', () => {
  const total = (tags: number, bytes: number, more = {}) => ({
    tags,
    bytes,
    exact: true,
    unknown: 0,
    ...more,
  });
  const nothing = total(0, 0);
  const costs = { newTags: nothing, stale: nothing, listed: null, patch: null, pulls: 0 };

  it('stands in a check: new tags, a sync, and listed tags beside patch tags, each once', () => {
    const text = render(
      {
        costs: {
          newTags: total(300, 51e6, { exact: false, unknown: 1 }),
          stale: total(2, 63_000),
          listed: nothing,
          patch: total(12, 340e6, { exact: false }),
          pulls: 7,
        },
      },
      CHECK.values,
    );
    expect(text.match(/^\| (?:the|a|`).*$/gm)).toEqual([
      '| the new upstream tags | 300 | ≈ 51 MB, and 1 tag not measured |',
      '| a sync now | 2 | 63 kB |',
      '| `granularity: listed`, the listed tags alone | 0 | nothing |',
      '| `granularity: patch`, the patch tags of their lines too | 12 | ≈ 340 MB |',
    ]);
    expect(text).toContain('\n7 pulls spent to measure it.\n');
    expect(text.match(/### What it would cost/g)).toHaveLength(1);
  });

  it('is the total that counts a shared blob once, and not the sum of the rows', () => {
    const newTags = many(3, (at) => ({
      ...{
        source: 'docker.io/library/python',
        tag: `3.${at}`,
        series: 'N.N',
        beside: '3.1',
        mirrored: false,
      },
      cost: { bytes: 1_000_000, platforms: 2, exact: true },
    }));
    const text = render({ newTags, costs: { ...costs, newTags: total(3, 1_200_000) } }, CHECK.values);
    expect(text).toContain('| the new upstream tags | 3 | 1.2 MB |');
    expect(text).not.toContain('3.0 MB');
  });

  it('says what nobody measured, and is silent where there is nothing to decide', () => {
    const unknown = { ...costs, stale: total(2, 0, { exact: false, unknown: 2 }) };
    expect(render({ costs: unknown }, CHECK.values)).toContain('| a sync now | 2 | not measured |');
    expect(render({ costs }, CHECK.values)).not.toContain('cost');
  });
});

it('the last line calls no image copied that may have failed', () => {
  const failed = [row('denied', '3.1')];
  const text = render({ status: 'failed', failed, selected: 1, usage: { requests: {}, copies: 1 } });
  expect(text).toContain(' · 1 copy begun · ');
});

describe('since when', () => {
  const alert = { number: 12, url: 'https://github.com/acme/images/issues/12', since: '2026-09-01' };
  const failed = [row('denied', '3.1', { since: '2026-09-01', message: 'no login' })];

  it('a cause has been there stands beside it, with the issue', () => {
    const words = 'Since 2026-09-01: [#12](https://github.com/acme/images/issues/12).';
    expect(render({ failed, alert })).toContain(words);
    expect(render({ refused: failed, alert })).toContain(words);
    expect(render({ failed })).toContain('Since 2026-09-01.<br>');
  });

  it('is the first and the last day where its tags differ, and no word where nobody remembers', () => {
    const rows = ['2026-09-07', '2026-09-03'].map((since, at) =>
      row('denied', `4.${at}`, { since, message: 'no login' }),
    );
    expect(render({ failed: [...rows, ...failed] })).toContain(
      'The first since 2026-09-01, the last since 2026-09-07.',
    );
    expect(render({ failed: [row('denied', '3.1')], alert })).not.toMatch(/since/i);
  });
});

describe('the heading is a sentence', () => {
  const two = [row('server-error', '3.1'), row('server-error', '3.2')];
  it.each<[string, Partial<Report>, string]>([
    [
      'failed',
      { failed: two, copied: many(617, copied) },
      '🟠 2 of 619 tags could not be copied; all others are up to date',
    ],
    [
      'failed, one other',
      { failed: two, selected: 3 },
      '🟠 2 of 3 tags could not be copied; the other one is up to date',
    ],
    ['failed, all', { status: 'failed', failed: two, selected: 2 }, '🔴 Both tags could not be copied'],
    [
      'the only one',
      { status: 'failed', failed: two.slice(1), selected: 1 },
      '🔴 The only tag could not be copied',
    ],
    [
      'refused',
      { refused: [row('platform-lost', '1')] },
      '🟠 1 of 619 tags was refused; all others are up to date',
    ],
    [
      'both',
      { failed: two, refused: [row('platform-lost', '1')] },
      '🟠 2 of 619 tags could not be copied and 1 was refused; all others are up to date',
    ],
    [
      'a pattern',
      { failed: [row('no-match', '9.*', { mirror: null })] },
      '🟠 1 pattern matches no tag; all 619 tags are up to date',
    ],
    [
      'a pattern too',
      { failed: [...two, row('no-match', '9.*', { mirror: null })] },
      '🟠 2 of 619 tags could not be copied, and 1 pattern matches no tag; all others are up to date',
    ],
    [
      'rollback',
      { status: 'failed', failed: two, deferred: many(617, (at) => row('rollback', `4.${at}`)) },
      '🔴 2 of 619 tags could not be copied; 617 others wait for them: all or nothing',
    ],
    [
      'budget',
      { status: 'deferred', deferred: many(7, (at) => row('budget', `4.${at}`)) },
      '🟡 7 of 619 tags are left for the next run; all others are up to date',
    ],
    [
      'synced',
      { status: 'synced', copied: many(5, copied) },
      '🟢 5 tags were copied; all 619 are up to date',
    ],
    ['fresh', { status: 'fresh' }, '🟢 All 619 tags are up to date'],
    [
      'cancelled',
      { status: 'cancelled', copied: many(5, copied) },
      '⚪ The job was cancelled when 5 of 619 tags had been copied',
    ],
    ['nothing', { status: 'failed', selected: 0 }, '🔴 No tag is selected'],
  ])('%s', (_name, more, expected) => {
    expect(heading(render(more))).toBe(`## ${expected}`);
  });

  it.each<[string, Partial<Report>, string]>([
    [
      'stale',
      { status: 'stale', stale: many(5, copied) },
      '🟡 5 of 619 tags are stale; all others are up to date',
    ],
    [
      'partial',
      { stale: many(5, copied), failed: two },
      '🟠 2 of 619 tags could not be compared; 5 are stale, 612 are up to date',
    ],
  ])('of a check: %s', (_name, more, expected) => {
    expect(heading(render(more, CHECK.values))).toBe(`## ${expected}`);
  });

  it('has the status and every count under it, and counts no pattern as a tag', () => {
    const text = render({
      failed: [...two, row('no-match', '9.*', { mirror: null })],
      copied: many(617, copied),
    });
    expect(text).toContain(
      '**Mirror partial** · `ghcr.io/acme` · 617 copied, 2 failed, 1 pattern without a tag, of 619 selected tags.',
    );
  });
});

describe('causes', () => {
  const url = (at: number) =>
    `PUT https://ghcr.io/v2/acme/image${at}/manifests/3.${at}@${digest(at)}: 403 Forbidden (after ${at} attempts)`;

  it('are told once for all their tags, the one of most tags first', () => {
    const denied = many(40, (at) => {
      const source = `docker.io/library/image${at}`;
      return row('denied', `3.${at}`, {
        source,
        message: 'the mirror ghcr.io/acme does not let this job write packages',
        detail: url(at + 1),
        hint: 'log in',
      });
    });
    const causes = causesOf([row('timeout', '1'), ...denied, row('timeout', '2')]);
    expect(
      causes.map(({ reason, tags, repositories }) => [reason, tags.length, repositories.length]),
    ).toEqual([
      ['denied', 40, 40],
      ['timeout', 2, 1],
    ]);
    const text = render({ failed: denied });
    expect(text.split('<details>')[0]).toContain('does not let this job write packages');
    expect(text.split('<details>')[0]).not.toContain('sha256:');
    expect(text).toContain(digest(1));
  });

  it('differ where reason or sentence does, whatever the tag in it', () => {
    const rows = [
      row('denied', '1', { message: 'x:1 is refused' }),
      row('denied', '12', { message: 'x:12 is refused', detail: 'in the words of the registry' }),
      row('denied', '1', { message: 'y:1 is refused' }),
      row('network', '1', { message: 'x:1 is refused' }),
      row('platform-lost', '1', { message: 'x:1 is refused' }),
    ];
    expect(causesOf(rows).map(({ tags }) => tags.length)).toEqual([2, 1, 1, 1]);
  });

  it('link their reason to the page about it, their tags to upstream, and name who they are of', () => {
    const text = render({
      failed: many(40, (at) => row('denied', `3.${at}`, { message: 'no', hint: 'set `packages: write`' })),
    });
    expect(text).toContain(`- **40 tags of python** · [\`denied\`](${PAGE.docs}#denied)<br>\n  no<br>\n`);
    expect(text).toContain('**What to do:** set `packages: write`<br>');
    expect(text).toContain('[`python:3.0`](https://hub.docker.com/_/python/tags?name=3.0)');
    expect(text).toContain(' and 36 more\n');
    expect(text.match(/What to do/g)).toHaveLength(1);
    expect(renderSummary(report({ failed: [row('denied', '1')] }), SYNC.values)).toContain('· `denied`<br>');
  });

  it('say how old the image is that a refused tag still has', () => {
    const served = { servedSince: '2026-09-01', servedDays: 12 };
    const text = render({ refused: [row('platform-lost', '1', served)] });
    expect(text).toContain('The mirror serves an image from 2026-09-01, 12 days old.<br>');
  });

  it('give the line to paste as code, exactly', () => {
    const line = 'expected-platforms: [linux/amd64, linux/arm/v7]';
    const text = render({ refused: [row('platform-lost', '1', { line, where: 'defaults' })] });
    expect(text).toContain(`accept it with this line under defaults: \`${line}\``);
  });

  it('beyond the fifth are folded, and counted where they are cut', () => {
    const failed = many(300, (at) =>
      row('server-error', '1', { message: `cause ${String.fromCodePoint(0x4e00 + at)}` }),
    );
    const text = render({ failed });
    const [open = ''] = text.split('<details>');
    expect(open.match(/\*\*1 tag of/g)).toHaveLength(5);
    expect(text).toContain('<summary>295 more causes of 295 tags</summary>');
    expect(text).toContain('… and 95 more causes with 95 tags: in the report.');
  });
});

describe('what waits', () => {
  const failed = [row('server-error', '3.1'), row('server-error', '3.2')];

  it('for a rollback is one sentence and not six hundred rows', () => {
    const deferred = many(617, (at) =>
      row('rollback', `4.${at}`, { message: `not moved: ${'x'.repeat(400)}` }),
    );
    const text = render({ failed, deferred });
    expect(text).toContain('- All or nothing: 617 tags wait for 2 failed ones (`on-failure: rollback`).');
    expect(text).not.toContain('not moved:');
    expect(text.split('<details>')[0]?.length).toBeLessThan(1_500);
    expect(text).toContain('<summary>The 617 tags</summary>');
    expect(text).toContain('- … and 417 more: in the report');
  });

  it('tells what could not be put back', () => {
    const stuck = [row('rollback-failed', '1'), row('kept-new', '2')];
    const text = render({ failed: [...failed, ...stuck], deferred: [row('rollback', '3')] });
    expect(text).toMatch(/1 tag waits for 2 failed ones .* 2 tags could not be put back\./);
  });

  it('for other causes is a sentence for each', () => {
    const budget = many(7, (at) =>
      row('budget', `4.${at}`, { message: `the time budget of 50m is used up` }),
    );
    const pulls = many(9, (at) =>
      row('rate-limited', `5.${at}`, { message: 'no pull is left', hint: 'log in' }),
    );
    const text = render({ deferred: [...budget, ...pulls] });
    expect(text).toContain(
      `- **9 tags** · [\`rate-limited\`](${PAGE.docs}#rate-limited): no pull is left. **What to do:** log in\n`,
    );
    expect(text).toContain('- **7 tags** · ');
  });
});

describe('lists', () => {
  it('of what was copied are folded; of what is stale ten rows stand open', () => {
    expect(render({ copied: many(617, copied) })).toMatch(/<details><summary>Copied \(617\)<\/summary>/);
    const stale = render({ stale: many(30, copied) }, CHECK.values);
    expect(stale.split('<details>')[0]?.match(/^\| \[`python/gm)).toHaveLength(10);
    expect(stale).toContain('<summary>20 more rows</summary>');
  });

  it('of new tags leave no one out without a word', () => {
    const newTags = many(300, (at) => ({
      ...{ source: 'docker.io/library/python', tag: `3.${at}-slim`, series: 'N.N-slim', beside: '3.1-slim' },
      ...{ mirrored: false, cost: at === 0 ? null : { bytes: 1_000_000, platforms: 2, exact: at > 1 } },
    }));
    const text = render({ newTags });
    const rows = text.match(/^\| \[`python/gm)?.length ?? 0;
    expect(text).toContain(`… and ${300 - rows} more: in the report.`);
  });

  it('of notices show first what asks for a decision', () => {
    const notices = [
      ...many(3, (at) => ({ kind: 'gap' as const, source: '', message: `gap ${at}` })),
      { kind: 'github' as const, source: '', message: 'no pull request' },
    ];
    const text = render({ notices });
    expect(text.indexOf('- no pull request')).toBeLessThan(text.indexOf('<summary>3 more notices</summary>'));
  });

  it('are within the limit of GitHub, and what is cut is counted', () => {
    const long = (at: number) =>
      row('denied', `t${at}-${'x'.repeat(110)}`, {
        message: `${at} ${'y/'.repeat(400)}`,
        hint: 'z/'.repeat(400),
      });
    const failed = many(10_000, long);
    const text = render({
      failed,
      copied: many(10_000, copied),
      deferred: many(10_000, (at) => row('budget', `${at}`)),
    });
    expect(Buffer.byteLength(text)).toBeLessThan(900_000);
    expect(text).toMatch(/… and 9,\d{3} more causes with 9,\d{3} tags: in the report/);
    const diagnostics = many(30_000, (line) => ({
      ...{
        severity: 'error' as const,
        rule: 'unknown-key' as const,
        message: 'm'.repeat(80),
        hint: 'h'.repeat(80),
      },
      place: { file: 'images.yaml', line, column: 1 },
    }));
    const problem = renderProblem({ message: 'wrong', hint: '', diagnostics });
    expect(Buffer.byteLength(problem)).toBeLessThan(900_000);
    expect(problem).toContain('… and 28,988 more');
  });
});

describe('text from outside', () => {
  const EVIL = [
    '_www.evil.example',
    '@octocat',
    '#12',
    '</details>',
    '1. x',
    '| a |',
    '`',
    '[x](https://e.example)',
    '<br>',
    '\u200b',
  ];

  it('stays text wherever it stands', () => {
    const message = EVIL.join(' ');
    const bad = { message, hint: message };
    const text = render({
      failed: [row('denied', '1', bad), row('no-match', message, { ...bad, mirror: null, source: message })],
      deferred: [row('budget', '2', bad)],
      notices: [{ kind: 'github', source: message, message }],
      newTags: [{ source: message, tag: message, series: message, beside: '', mirrored: false, cost: null }],
      copied: [{ ...copied(1), source: message, tag: message }],
      mirror: message,
    });
    const html = renderGfm(text);
    const addresses = [...html.matchAll(/href="([^"]*)"/g)].map(([, address]) => address);
    expect(
      addresses.filter(
        (address) => !/^https:\/\/(?:github\.com\/fresh|hub\.docker\.com|ghcr\.io)\//.test(address ?? ''),
      ),
    ).toEqual([]);
    expect(elementsOf(html)).toEqual([
      'a',
      'br',
      'code',
      'details',
      'h2',
      'h3',
      'li',
      'p',
      'strong',
      'sub',
      'summary',
      'table',
      'tbody',
      'td',
      'th',
      'thead',
      'tr',
      'ul',
    ]);
    expect(text).not.toMatch(/[\u200b-\u200f]/);
    expect(textOf(html)).toContain('_www.evil.example');
  });
});

describe('pages', () => {
  it.each([
    ['ruby', 'https://hub.docker.com/_/ruby/tags?name=3.4'],
    ['acme/app', 'https://hub.docker.com/r/acme/app/tags?name=3.4'],
    ['ghcr.io/acme/mirror/app', 'https://ghcr.io/acme/mirror/app'],
    ['quay.io/prometheus/prometheus', 'https://quay.io/repository/prometheus/prometheus?tab=tags&tag=3.4'],
    ['mcr.microsoft.com/dotnet/sdk', 'https://mcr.microsoft.com/artifact/mar/dotnet/sdk/tags'],
    ['public.ecr.aws/docker/library/ruby', 'https://gallery.ecr.aws/docker/library/ruby'],
    [
      'registry.k8s.io/sig-storage/csi',
      'https://console.cloud.google.com/artifacts/docker/k8s-artifacts-prod/us/images/sig-storage%2Fcsi',
    ],
    ['gcr.io/distroless/static', 'https://gcr.io/distroless/static'],
    ['europe-docker.pkg.dev/acme/mirror/app', 'https://europe-docker.pkg.dev/acme/mirror/app'],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app',
      'https://eu-west-1.console.aws.amazon.com/ecr/repositories/private/123456789012/app?region=eu-west-1',
    ],
    ['registry.gitlab.com/acme/app', 'https://gitlab.com/acme/app/container_registry'],
    ['registry.gitlab.com/acme/app/part', null],
    ['registry.internal:5000/app', null],
  ])('of %s', (text, address) => {
    const name = parseName(text);
    expect(isMistake(name) ? null : pageOf(name, '3.4')).toBe(address);
  });
});
