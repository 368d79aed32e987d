// New tags from the selection to the report: what a check prices, what a sync offers, and what GitHub's answer becomes.

import { expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { GitHub } from '../../../src/github/client.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { Name } from '../../../src/image/names/reference.ts';
import { makePlan } from '../../../src/plan/steps/plan.ts';
import type { Offer } from '../../../src/report/offers/change.ts';
import { type Found, type NewsDoors, tellNews } from '../../../src/run/modes/news.ts';
import { observe } from '../../../src/run/observe/observe.ts';
import { body, RUBY } from '../../plan/steps/builders.ts';
import { type MemoryDoors, memoryDoors } from '../fakes.ts';

const TAGS = ['3.4', '3.5', '3.4-alpine', '3.5-alpine'];

function entryWith(policy: string): string {
  return `mirror: ghcr.io/acme/mirror\nimages:\n- source: ruby\n  tags: ["3.4"]\n  follow: [{ tags: N.N-alpine, from: "3.5" }]\n${policy}`;
}

const listOf = async ({ registry }: Name): Promise<string[]> => (registry === RUBY.registry ? TAGS : []);

async function foundIn(
  text: string,
  list = listOf,
  prepare: (doors: MemoryDoors) => void = () => undefined,
): Promise<Found & { gets(): string[] }> {
  const { config } = parseConfig(Buffer.from(text), 'images.yaml');
  const doors = { ...memoryDoors(), lister: { list } };
  for (const tag of TAGS) {
    doors.upstream.held.set(lookUp(RUBY, tag), body(tag));
    doors.upstream.held.set(lookUp(RUBY, body(tag).digest), body(tag));
  }
  prepare(doors);
  const observed = await observe(config, doors);
  const seen = await observed.rest();
  const plan = makePlan(seen.selection, seen.observation);
  doors.upstream.calls.length = 0;
  const gets = () => doors.upstream.calls.filter((call) => call.startsWith('get '));
  return { ...seen, config, text, doors, plan, outcomes: [], gets };
}

function doorsTo(github: Partial<GitHub>, warned: string[] = []): NewsDoors {
  const runner = {
    group: <T>(_title: string, work: () => Promise<T>) => work(),
    annotate: (all: readonly { readonly message: string }[]) =>
      void warned.push(...all.map(({ message }) => message)),
  };
  return { runner, openGitHub: () => github as GitHub, cancelled: new AbortController().signal };
}

const CHECK = { writes: false, branch: 'fresh-mirror/x' };
const SYNC = { ...CHECK, writes: true };

it('a check spends pulls on the tags that it tells of, and on none that a policy brings anyway', async () => {
  const found = await foundIn(entryWith(''));
  const told = await tellNews(CHECK, doorsTo({}), found);
  expect(told.newTags.map(({ tag, series, cost }) => [tag, series, cost?.exact ?? null])).toEqual([
    ['3.5-alpine', 'follow', null],
    ['3.5', 'N.N', true],
  ]);
  expect(found.gets()).toEqual([`get ${lookUp(RUBY, '3.5')}`]);
});

it('a sync offers new tags with the entry that they belong to, and does not price what GitHub knows', async () => {
  const offers: Offer[] = [];
  const source = 'docker.io/library/ruby';
  const known = { source, tag: '3.5', beside: '3.4', series: 'N.N', cost: null };
  const github: Partial<GitHub> = {
    readStanding: async (address) => {
      return { kind: 'standing', address, open: null, declined: [known], heads: new Set() };
    },
    settlePullRequest: async (_standing, offer) => {
      offers.push(offer);
      return { kind: 'none', number: null, url: '', declined: [known], notes: ['a note'] };
    },
  };
  const warned: string[] = [];
  const found = await foundIn(entryWith('  new-tags: pull-request\n'));
  const told = await tellNews(SYNC, doorsTo(github, warned), found);
  expect(offers[0]?.tags).toEqual([
    { entry: found.config.entries[0], tag: '3.5', beside: '3.4', series: 'N.N', cost: null },
  ]);
  expect(found.gets()).toEqual([]);
  expect(told.pullRequest).toEqual({ kind: 'none', number: null, url: '' });
  expect(warned).toEqual(['a note']);
  expect(told.newTags.filter(({ declined }) => declined).map(({ tag }) => tag)).toEqual(['3.5']);
  expect(told.notices).toEqual([
    { kind: 'github', source: '', message: 'a note' },
    {
      kind: 'declined',
      source: '',
      message: `declined before, not proposed again: ${source}:3.5; to hear no more of them, write in their entries ignore: ["3.5"]`,
    },
  ]);
});

it('a list that could not be read is a notice, and makes the offer incomplete', async () => {
  const offers: Offer[] = [];
  const github: Partial<GitHub> = {
    settleIssue: async (offer) => {
      offers.push(offer);
      return { kind: 'problem', message: 'GitHub does not accept the token', hint: 'give another' };
    },
  };
  const unreadable = async (): Promise<string[]> => {
    throw new Failure('timeout', 'no answer');
  };
  const found = await foundIn(entryWith('  new-tags: issue\n'), unreadable);
  const told = await tellNews(SYNC, doorsTo(github), found);
  expect([offers[0]?.complete, told.issue]).toEqual([false, null]);
  expect(told.notices).toEqual([
    {
      kind: 'unread-list',
      source: 'docker.io/library/ruby',
      message: 'ruby: new tags are unknown, the tag list could not be read (no answer)',
    },
    { kind: 'github', source: '', message: 'GitHub does not accept the token - give another' },
  ]);
});

it('what only the mirror knows is told to people, and stays out of what is proposed', async () => {
  const offers: Offer[] = [];
  const github: Partial<GitHub> = {
    settleIssue: async (offer) => {
      offers.push(offer);
      return { kind: 'none', number: null, url: '', declined: [], notes: [] };
    },
  };
  const found = await foundIn(entryWith('  new-tags: issue\n'));
  const mirrorLists = new Map([['ghcr.io/acme/mirror/library/ruby', seenList(['3.4', '1.9'])]]);
  const observation = { ...found.observation, mirrorLists };
  const told = await tellNews(SYNC, doorsTo(github), { ...found, observation });
  expect(told.notices.map(({ kind }) => kind)).toEqual(['orphans']);
  expect(offers.map(({ notices }) => notices)).toEqual([[]]);
});

function seenList(value: readonly string[]) {
  return { kind: 'seen' as const, value };
}

const KEY = lookUp(RUBY, '3.5');

it.each([
  [
    'has no manifest for it',
    (doors: MemoryDoors) => void doors.upstream.held.delete(KEY),
    { complete: true, unknown: 0, kinds: ['no-manifest'] },
    'ruby: upstream lists 3.5 and has no manifest for it, so it is not offered',
  ],
  [
    'cannot be read',
    (doors: MemoryDoors) =>
      void doors.upstream.faults.set(`head ${KEY}`, new Failure('timeout', 'no answer')),
    { complete: false, unknown: 1, kinds: ['unread-list'] },
    'ruby: 3.5 may be new, but it could not be read (no answer)',
  ],
])('a tag that upstream lists and %s is neither told nor proposed', async (_, prepare, expected, message) => {
  const offers: Offer[] = [];
  const github: Partial<GitHub> = {
    settleIssue: async (offer) => {
      offers.push(offer);
      return { kind: 'none', number: null, url: '', declined: [], notes: [] };
    },
  };
  const found = await foundIn(entryWith('  new-tags: issue\n'), listOf, prepare);
  const told = await tellNews(SYNC, doorsTo(github), found);
  expect(told.newTags.map(({ tag }) => tag)).toEqual(['3.5-alpine']);
  expect(offers.map(({ tags, complete }) => [tags.length, complete])).toEqual([[0, expected.complete]]);
  expect([told.newTagsUnknown, told.notices.map(({ kind }) => kind)]).toEqual([
    expected.unknown,
    expected.kinds,
  ]);
  expect(told.notices[0]?.message).toBe(message);
});
