import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatMarker, type ProposedTag, parseMarker } from '../../../src/report/offers/marker.ts';
import {
  type Proposal,
  renderGained,
  renderIssue,
  renderPullRequest,
  tagsThatFit,
} from '../../../src/report/offers/words.ts';

function tag(name: string, more: Partial<ProposedTag> = {}): ProposedTag {
  return { source: 'docker.io/library/ruby', tag: name, beside: '3.4', series: 'N.N', cost: null, ...more };
}

function proposal(more: Partial<Proposal> = {}): Proposal {
  const lists = { byHand: [], declined: [], remembered: [], notices: [] };
  const none = { ...lists, waiting: 0, complete: true, mirror: 'ghcr.io/acme/mirror', titlePrefix: '' };
  return { config: 'images.yaml', added: [tag('3.5')], ...none, ...more };
}

describe('a pull request', () => {
  it('says what, where, and what it costs', () => {
    const cost = { bytes: 31_000_000, platforms: 3, exact: true };
    const added = [
      tag('3.5', { cost }),
      tag('3.6', { cost: { bytes: 2_000_000, platforms: 1, exact: false } }),
    ];
    const { title, body, message } = renderPullRequest(proposal({ added }));
    expect(title).toBe('Mirror ruby 3.5 and ruby 3.6');
    expect(body).toContain(
      'Upstream has 2 tags that belong to the lists in `images.yaml`. Merging adds them',
    );
    expect(body).toContain(
      '- [x] [`ruby:3.5`](https://hub.docker.com/_/ruby/tags?name=3.5) next to `3.4` (`N.N`), 31 MB, 3 platforms\n',
    );
    expect(body).toContain('next to `3.4` (`N.N`), ≈ 2.0 MB, 1 platform\n');
    expect(body).toContain('Together ≈ 33 MB more in the mirror.');
    expect(body).toContain('declines every tag in it');
    expect(body).toContain('Copies go to `ghcr.io/acme/mirror`.');
    expect(message).toBe(
      'Mirror ruby 3.5 and ruby 3.6\n\nNew upstream tags for images.yaml:\n- ruby 3.5\n- ruby 3.6\n',
    );
    expect(parseMarker(body)).toEqual({
      config: 'images.yaml',
      text: expect.stringMatching(/^[0-9a-f]{12}$/),
      tags: added,
      declined: [],
    });
  });

  it('says what else there is', () => {
    const { body } = renderPullRequest(
      proposal({
        byHand: [{ tag: tag('3.7'), reason: 'the list is shared' }],
        declined: [tag('3.1')],
        notices: ['ruby N.N-alpine3.22 is not continued'],
        waiting: 2,
        complete: false,
      }),
    );
    for (const part of [
      '**To add by hand**',
      'the list is shared',
      '1 declined tag',
      '`ruby:3.1`',
      '1 notice',
      '- [ ] [`ruby:3.1`](',
      '`ignore: ["3.1"]`',
      '2 more tags will follow: they do not fit into one pull request',
      'could not be read',
    ]) {
      expect(body).toContain(part);
    }
  });

  it('has one fingerprint for one text', () => {
    const print = (more: Partial<Proposal>) => parseMarker(renderPullRequest(proposal(more)).body)?.text;
    expect(print({})).toBe(print({}));
    expect(print({ notices: ['x'] })).not.toBe(print({}));
    expect(print({ added: [tag('3.6')] })).not.toBe(print({}));
    expect(print({ mirror: 'registry.example.com/mirror' })).toBe(print({}));
  });

  it('of very many tags stays within 60,000 characters and holds as many as it can remember', () => {
    const many = Array.from({ length: 3000 }, (_, at) => tag(`${at}.${'x'.repeat(100)}`));
    const fit = tagsThatFit('images.yaml', many);
    expect(fit.length).toBeGreaterThan(100);
    const text = renderPullRequest(
      proposal({
        added: fit,
        byHand: many.map((one) => ({ tag: one, reason: '*'.repeat(500) })),
        declined: many,
        remembered: many,
        notices: many.map((one) => one.tag.repeat(5)),
      }),
    );
    expect(text.body.length).toBeLessThanOrEqual(60_000);
    expect(parseMarker(text.body)?.tags).toEqual(fit);
    expect(text.title.length).toBeLessThanOrEqual(120);
    expect(text.message.split('\n').length).toBeLessThan(110);
  });
});

it('an issue tells the same, to be listed by hand', () => {
  const { title, body } = renderIssue(proposal({ waiting: 1 }));
  expect(body).toContain('do not fit into one issue');
  expect(title).toBe('New upstream tags for images.yaml');
  expect(body).toContain('1 tag that belongs to the lists in `images.yaml` and is not listed there');
  expect(renderGained([tag('3.5'), tag('3.6')])).toBe('New since the last time: `ruby:3.5`, `ruby:3.6`.');
});

describe('the marker', () => {
  it.each([
    ['', null],
    ['<!-- fresh-mirror:v1 -->', null],
    ['<!-- fresh-mirror:v1 {"config":1} -->', null],
    ['<!-- fresh-mirror:v1 {"config":"a","tags":[["x"]]} -->', null],
    ['<!-- fresh-mirror:v1 null -->', null],
    ['<!-- fresh-mirror:v2 {"config":"a","tags":[]} -->', null],
    [
      'words\r\n<!-- fresh-mirror:v1 {"config":"a","tags":[]} -->\r\n',
      { config: 'a', text: '', tags: [], declined: [] },
    ],
    ['<!-- fresh-mirror:v1 {"config":"a","tags":[],"no":[1]} -->', null],
  ])('of %j is %j', (body, expected) => {
    expect(parseMarker(body)).toEqual(expected);
  });

  it('comes back as it was, whatever is in it', () => {
    const any = fc.string({ unit: 'binary', maxLength: 20 });
    const property = fc.property(any, any, any, (config, name, series) => {
      const tags = [tag(name, { series, source: config })];
      const marker = { config, text: 'x', tags, declined: tags };
      const text = formatMarker(marker);
      expect(parseMarker(`before\n${text}\nafter`)).toEqual(marker);
      expect(text.slice(4, -3)).not.toMatch(/--|[<>@#&`\n\r]|\/\//);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

const PIECES = [
  '-->',
  '<!--',
  '<img src=x onerror=alert(1)>',
  '@octocat',
  '@acme/team',
  '#1',
  'GH-1',
  'fixes #12',
  'closes: GH-12',
  '`',
  '``',
  '|',
  '\\|',
  '\n',
  '\r\n',
  '\u2028',
  '::error::x',
  '##[error]',
  '[a](https://evil.example)',
  'https://evil.example',
  'www.evil.example',
  '![x](//e)',
  '</details>',
  '<script>',
  '*',
  '_',
  '~',
  '\u001b[31m',
  '\u202e',
  '{{',
  '$(id)',
  '[skip ci]',
  '\nCo-authored-by: a <a@b>',
  '\nFresh-Mirror: x',
  '<!-- fresh-mirror:v1 {"config":"a","tags":[]} -->',
  ' -->',
  'x'.repeat(300),
  '\0',
  '&lt;',
  '%0A',
];

describe('hostile names', () => {
  const hostile = fc.sample(
    fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('')),
    { numRuns: 200, seed: 7 },
  );

  it.each(hostile.map((name) => [name]))('cannot escape: %j', (name) => {
    const bad = tag(name, { source: name, beside: name, series: name });
    const hostileProposal = proposal({
      config: name,
      added: [bad],
      byHand: [{ tag: bad, reason: name }],
      declined: [bad],
      notices: [name],
    });
    for (const { title, body, message } of [
      renderPullRequest(hostileProposal),
      renderIssue(hostileProposal),
    ]) {
      expect(parseMarker(body)).toMatchObject({ config: name, tags: [bad] });
      const marker = body.lastIndexOf('<!-- fresh-mirror:v1 ');
      const visible = body.slice(0, marker);
      expect(visible.split('\n')).toHaveLength(renderedLines(visible));
      // Outside of code spans only our own HTML is left, and nothing that GitHub links or calls.
      const outside = visible
        .replaceAll(/\]\(https:\/\/github\.com\/fresh-mirror\/fresh-mirror\/\S+\)/g, '')
        .replace(/(?<![`\\])(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
        .replace(/<\/?(?:details|summary|sub)>/g, '');
      expect(outside).not.toMatch(/(?<!\\)[<>]|@[A-Za-z]|#\d|:\/\/|\bwww\.|\bGH-\d|^::|##\[/m);
      expect(title).toMatch(/^[\w .:/-]*$/);
      expect(`${title}\n${message}`).not.toMatch(
        /[@#`[\]<>\u001b\r]|:\/\/|\bGH-\d|^Co-authored-by|^Fresh-Mirror/im,
      );
      expect(message.split('\n').length).toBeLessThanOrEqual(5);
    }
  });

  function renderedLines(visible: string): number {
    return (
      renderPullRequest(
        proposal({ byHand: [{ tag: tag('1'), reason: 'x' }], declined: [tag('1')], notices: ['x'] }),
      )
        .body.split('<!--')[0]
        ?.split('\n').length ?? visible.length
    );
  }
});
