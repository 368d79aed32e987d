// The pull request that moves pins, at a GitHub that remembers: what is kept, what is removed, and what is left to a person.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { Reader } from '../../../src/config/references/sources.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { pinsOf } from '../../../src/plan/bumps/pin.ts';
import { readForLint } from '../../../src/plan/lint/lint.ts';
import type { PinsOffer } from '../../../src/report/pins/bump.ts';
import { pinsProposal } from '../../../src/report/pins/pins-offer.ts';
import { readText } from '../../config/formats/read.ts';
import { type GitHubApi, startGitHubApi } from '../../fakes/github/github-api.ts';
import { FAULTS } from '../../fakes/github/github-faults.ts';
import { openWith } from '../../github/stage.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;
const CONFIG =
  'mirror: ghcr.io/acme/m\nmirror-path: "{registry}/{repository}"\nimages:\n- ruby:3.4\nreferences:\n- { list: "*.txt" }\n';
const M = 'ghcr.io/acme/m/docker.io/library';
const FILES = {
  'images.yaml': CONFIG,
  'a.txt': `${M}/ruby:1@${digest('a')}\n${M}/perl:1@${digest('a')} # why\n`,
  'b.txt': `# ${M}/ruby:1@${digest('a')}\n${M}/ruby:1@${digest('a')}\n`,
};
const BRANCH = 'fresh-mirror/images.yaml-pins';
const LIST: Reader = { kind: 'list' };

let api: GitHubApi;
beforeEach(async () => {
  api = await startGitHubApi({ files: FILES });
});
afterEach(() => api.stop());

type Made = { readonly moves: Readonly<Record<string, string>>; readonly complete?: boolean };

/** What a run offers that found the sources of `moves` at these digests upstream; it read what is on the base now. */
function offer({ moves, complete = true }: Made): PinsOffer {
  const seen = api.file('main', 'images.yaml') ?? '';
  const { config } = parseConfig(Buffer.from(seen), 'images.yaml');
  const [source] = config.references;
  if (source === undefined) throw new Error('no source');
  const files = ['a.txt', 'b.txt'].map((path) => ({
    ...readText(api.file('main', path) ?? '', LIST, path),
    sources: [source],
  }));
  const reading = readForLint({ files, mistakes: [] }, config);
  const read = pinsOf(files, { config, text: seen }, reading);
  const bumps = read.pins.flatMap((pin) => {
    const to = moves[formatName(pin.source).split('/').at(-1) ?? ''];
    if (to === undefined || digest(to) === pin.digest) return [];
    const notes = { built: '2026-09-01', lost: [], gained: ['linux/riscv64'] };
    return [{ pin, to: { tag: pin.tag, digest: digest(to) }, notes }];
  });
  return {
    config,
    seen,
    unit: 'images.yaml, pins',
    bumps,
    ...read,
    reading,
    complete,
    notices: [],
    by: 'mirror ghcr.io/acme/mirror',
  };
}

async function propose(made: Made | PinsOffer) {
  const github = openWith(api);
  const standing = await github.readStanding({ config: 'images.yaml, pins', base: null, branch: BRANCH });
  if (standing.kind === 'problem') throw new Error(standing.message);
  const ended = await github.settleProposal(standing, pinsProposal('moves' in made ? offer(made) : made));
  if (ended.kind === 'problem') throw new Error(ended.message);
  return ended;
}

const onBranch = () => [api.file(BRANCH, 'a.txt'), api.file(BRANCH, 'b.txt')];

it('moves a pin in every file, in one commit, and a comment stays', async () => {
  const ended = await propose({ moves: { ruby: 'b' } });
  expect(ended.kind).toBe('created');
  expect(onBranch()).toEqual([
    FILES['a.txt'].replace(`ruby:1@${digest('a')}`, `ruby:1@${digest('b')}`),
    `# ${M}/ruby:1@${digest('a')}\n${M}/ruby:1@${digest('b')}\n`,
  ]);
  expect(api.takeWrites().filter((line) => line === 'POST /git/commits')).toHaveLength(1);
  const [pull] = api.pulls;
  expect(pull?.title).toBe('Move the pin of ruby 1');
  expect(pull?.body).toContain(
    'from `aaaaaaaaaaaa` in `a.txt:1`, `b.txt:2`, built on 2026-09-01, gains `linux/riscv64`',
  );
  expect(pull?.body).toContain('(https://hub.docker.com/_/ruby/tags?name=1)');
});

it('a run that could not ask everybody adds, and removes nothing', async () => {
  await propose({ moves: { ruby: 'b' } });
  await propose({ moves: { perl: 'b' }, complete: false });
  expect(onBranch()[0]).toBe(FILES['a.txt'].replaceAll(digest('a'), digest('b')));
  await propose({ moves: {}, complete: false });
  expect([onBranch()[0], api.pulls[0]?.state]).toEqual([
    FILES['a.txt'].replaceAll(digest('a'), digest('b')),
    'open',
  ]);
  await propose({ moves: { perl: 'b' } });
  expect(onBranch()[0]).toContain(`ruby:1@${digest('a')}`);
  await propose({ moves: {} });
  expect(api.pulls.map(({ state }) => state)).toEqual(['closed']);
  // Closed by us is not a no.
  await propose({ moves: { ruby: 'b' } });
  expect(api.pulls).toHaveLength(2);
});

it('what nobody approved stays, beside a copy of the same image that moves', async () => {
  const stranger = `docker.io/library/ruby:1@${digest('a')}\n`;
  api.push('main', { 'a.txt': `${FILES['a.txt']}${stranger}` });
  await propose({ moves: { ruby: 'b' } });
  const moved = FILES['a.txt'].replace(`ruby:1@${digest('a')}`, `ruby:1@${digest('b')}`);
  expect(onBranch()[0]).toBe(`${moved}${stranger}`);
});

it('a file behind a link to a folder is left to a person, who is told what to write', async () => {
  api.push('main', { deploy: { mode: '120000', text: 'base' } });
  const made = offer({ moves: { ruby: 'b' } });
  const linked = (file: string) => (file === 'a.txt' ? 'deploy/a.txt' : file);
  const bumps = made.bumps.map((bump) => {
    const sites = bump.pin.sites.map((site) => ({ ...site, file: linked(site.file) }));
    return { ...bump, pin: { ...bump.pin, sites } };
  });
  const files = made.files.map((file) => ({ ...file, file: linked(file.file) }));
  await propose({ ...made, bumps, files });
  expect(api.pulls[0]?.body).toMatch(
    /`deploy\/a\.txt` is not a plain file on the branch main - write the path of the file itself/,
  );
  expect(api.pulls[0]?.body).toContain('This run did not see everything, so there may be more.');
});

it.each([
  ['pins', /^job tokens may not change files under \.github\/workflows\/$/, /or write bump: false/],
  ['new tags', /, and the config is images\.yaml$/, /^move the config elsewhere/],
])('a workflow that the token may not change is told as that, for %s', async (what, message, hint) => {
  api.fail(FAULTS.workflowFile);
  const github = openWith(api);
  const config = what === 'pins' ? 'images.yaml, pins' : 'images.yaml';
  const standing = await github.readStanding({ config, base: null, branch: BRANCH });
  if (standing.kind === 'problem') throw new Error(standing.message);
  const ended = await github.settleProposal(standing, pinsProposal(offer({ moves: { ruby: 'b' } })));
  expect(ended).toMatchObject({
    kind: 'problem',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });
});

it('a run of another version of a file removes nothing either', async () => {
  await propose({ moves: { ruby: 'b', perl: 'b' } });
  const old = offer({ moves: { perl: 'b' } });
  api.push('main', { 'a.txt': `${FILES['a.txt']}# new\n` });
  await propose(old);
  expect(onBranch()[0]).toBe(`${FILES['a.txt'].replaceAll(digest('a'), digest('b'))}# new\n`);
});

it('what somebody moved on the base meanwhile is not moved back', async () => {
  const old = offer({ moves: { ruby: 'b', perl: 'b' } });
  api.push('main', { 'a.txt': FILES['a.txt'].replace(`ruby:1@${digest('a')}`, `ruby:1@${digest('c')}`) });
  await propose(old);
  expect(onBranch()[0]).toBe(`${M}/ruby:1@${digest('c')}\n${M}/perl:1@${digest('b')} # why\n`);
});

it('a pin that was declined stays, another goes on; a newer digest is a new question', async () => {
  await propose({ moves: { ruby: 'b', perl: 'b' } });
  api.tick(1, '1@bbbbbbbbbbbb', false);
  const ended = await propose({ moves: { ruby: 'b', perl: 'b' } });
  expect(ended.declined).toHaveLength(1);
  const moved = (onBranch()[0]?.match(/b{64}/g) ?? []).length;
  expect(moved).toBe(1);
  api.close(1);
  api.takeWrites();
  await propose({ moves: { ruby: 'b', perl: 'b' } });
  expect(api.takeWrites()).toEqual([]);
  await propose({ moves: { ruby: 'c', perl: 'b' } });
  expect(api.pulls.map(({ state }) => state)).toEqual(['closed', 'open']);
  expect(onBranch()).toEqual([
    FILES['a.txt'].replace(`ruby:1@${digest('a')}`, `ruby:1@${digest('c')}`),
    `# ${M}/ruby:1@${digest('a')}\n${M}/ruby:1@${digest('c')}\n`,
  ]);
});
