// A box for each tag: what a person ticks and unticks in the body is read back, whatever else stands there.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  formatMarker,
  type Marker,
  type ProposedTag,
  parseMarker,
} from '../../../src/report/offers/marker.ts';
import { readTicks, tagLink } from '../../../src/report/offers/tag-line.ts';
import { renderIssue, renderPullRequest } from '../../../src/report/offers/words.ts';

function tag(name: string, source = 'docker.io/library/ruby'): ProposedTag {
  return { source, tag: name, beside: '3.4', series: 'N.N', cost: null };
}

function bodyOf(added: readonly ProposedTag[], declined: readonly ProposedTag[], render = renderPullRequest) {
  const none = { byHand: [], remembered: [], notices: [], waiting: 0, complete: true, titlePrefix: '' };
  return render({ config: 'images.yaml', added, declined, ...none, mirror: 'ghcr.io/acme/mirror' }).body;
}

const namesIn = ({ tags, declined }: Pick<Marker, 'tags' | 'declined'>) =>
  [tags, declined].map((list) => list.map((one) => one.tag));

function read(body: string): string[][] {
  return namesIn(readTicks(body, parseMarker(body) ?? { config: '', text: '', tags: [], declined: [] }));
}

describe.each([
  ['a pull request', renderPullRequest],
  ['an issue', renderIssue],
])('the boxes of %s', (_name, render) => {
  const body = bodyOf([tag('3.5'), tag('3.5-slim'), tag('v1', 'ghcr.io/acme/app')], [tag('3.1')], render);

  it('are as they were written', () => {
    expect(read(body)).toEqual([['3.5', '3.5-slim', 'v1'], ['3.1']]);
  });

  it('say no to one tag alone', () => {
    expect(read(body.replace('[x] [`ruby:3.5`]', '[ ] [`ruby:3.5`]'))).toEqual([
      ['3.5-slim', 'v1'],
      ['3.5', '3.1'],
    ]);
  });

  it('say yes again', () => {
    expect(read(body.replace('[ ] [`ruby:3.1`]', '[x] [`ruby:3.1`]'))).toEqual([
      ['3.5', '3.5-slim', 'v1', '3.1'],
      [],
    ]);
  });

  it.each([
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['another bullet', (text: string) => text.replaceAll('\n- [', '\n* [')],
    ['a deeper list and X', (text: string) => text.replaceAll('\n- [x]', '\n  - [X]')],
    ['words behind', (text: string) => text.replaceAll('`3.4`', '`3.4` (please)')],
  ])('with %s', (_how, change) => {
    const unticked = body.replace('[x] [`ruby:3.5-slim`]', '[ ] [`ruby:3.5-slim`]');
    expect(read(change(unticked))).toEqual([
      ['3.5', 'v1'],
      ['3.5-slim', '3.1'],
    ]);
  });

  it('that somebody took out leave the tag as it was', () => {
    expect(read(body.replace(/- \[x\] \[`ruby:3\.5`\].*\n/, ''))).toEqual([
      ['3.5', '3.5-slim', 'v1'],
      ['3.1'],
    ]);
  });
});

it('any set of boxes comes back as it was ticked', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/), {
    minLength: 1,
    maxLength: 30,
  });
  const property = fc.property(
    names,
    fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
    (all, ticks) => {
      const body = bodyOf(
        all.map((one) => tag(one)),
        [],
      );
      let at = 0;
      const changed = body.replace(/^- \[x\]/gm, (box) => (ticks[at++] === true ? box : '- [ ]'));
      const isOn = (_one: string, index: number) => ticks[index] === true;
      expect(read(changed)).toEqual([all.filter(isOn), all.filter((one, index) => !isOn(one, index))]);
    },
  );
  fc.assert(property, { numRuns: 200 });
});

it('a forged box for a tag that is not in the marker says nothing', () => {
  const marker = { config: 'a', text: '', tags: [tag('3.5')], declined: [] };
  const body = `- [ ] \`evil:1\`\n- [x] \`ruby:9\`\n${formatMarker(marker)}`;
  expect(namesIn(readTicks(body, marker))).toEqual([['3.5'], []]);
});

it.each([
  ['docker.io/library/ruby', 'https://hub.docker.com/_/ruby/tags?name=3.5'],
  ['docker.io/grafana/loki', 'https://hub.docker.com/r/grafana/loki/tags?name=3.5'],
  ['quay.io/prometheus/prometheus', 'https://quay.io/repository/prometheus/prometheus?tab=tags&tag=3.5'],
  ['ghcr.io/acme/app', 'https://ghcr.io/acme/app'],
  ['mcr.microsoft.com/dotnet/sdk', 'https://mcr.microsoft.com/artifact/mar/dotnet/sdk/tags'],
  ['public.ecr.aws/docker/library/ruby', 'https://gallery.ecr.aws/docker/library/ruby'],
])('%s is linked to %s', (source, page) => {
  expect(tagLink(tag('3.5', source))).toMatch(/^\[`\S+:3\.5`\]\(/);
  expect(tagLink(tag('3.5', source))).toContain(`](${page})`);
});

it.each(['registry.internal:5000/app', 'not a name](https://evil.example)', ''])(
  '%j is not linked',
  (source) => {
    expect(tagLink(tag('3.5', source))).toMatch(/^`/);
  },
);
