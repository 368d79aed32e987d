// New tags from the selection to the report: what a check prices, what a sync offers, and what GitHub's answer becomes.

import { expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { GitHub } from '../../../src/github/client.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import type { Name } from '../../../src/image/names/reference.ts';
import { makePlan } from '../../../src/plan/steps/plan.ts';
import type { Offer } from '../../../src/report/offers/change.ts';
import { keyOf, proposedTag } from '../../../src/report/offers/marker.ts';
import { type Found, reportNews } from '../../../src/run/news/news.ts';
import type { NewsDoors } from '../../../src/run/news/offers.ts';
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

it('a check prices what it tells of, and what it would copy', async () => {
  const found = await foundIn(entryWith(''));
  const told = await reportNews(CHECK, doorsTo({}), found);
  expect(told.newTags.map(({ tag, series, cost }) => [tag, series, cost?.exact ?? null])).toEqual([
    ['3.5-alpine', 'follow', true],
    ['3.5', 'N.N', true],
  ]);
  // What is stale was read to be planned.
  expect(found.gets()).toEqual([`get ${lookUp(RUBY, body('3.5').digest)}`]);
  expect(told.costs).toMatchObject({ newTags: { tags: 1 }, stale: { tags: 2 }, listed: null, patch: null });
  expect([...(told.prices?.keys() ?? [])].map((key) => key.split(':').at(-1))).toEqual([
    '3.5',
    '3.4',
    '3.5-alpine',
  ]);
});

it('a check measures nothing where new tags are ignored', async () => {
  const found = await foundIn(entryWith('  new-tags: ignore\n  granularity: patch\n'));
  const told = await reportNews(CHECK, doorsTo({}), found);
  expect([found.gets(), told.prices?.size, told.costs?.stale.tags]).toEqual([[], 0, 0]);
});

it('a check shows what patch tags would add to the listed ones, side by side', async () => {
  const list = async () => ['3.4', '3.4.0', '3.4.1', '3.4.2'];
  const prepare = (doors: MemoryDoors) => {
    for (const tag of ['3.4.0', '3.4.1', '3.4.2']) {
      const held = body(tag === '3.4.2' ? '3.4' : tag);
      doors.upstream.held.set(lookUp(RUBY, tag), held);
      doors.upstream.held.set(lookUp(RUBY, held.digest), held);
    }
  };
  const text = (more: string) =>
    `mirror: ghcr.io/acme/mirror\nimages:\n- source: ruby\n  tags: ["3.4"]\n${more}`;
  const costs = async (more: string) => {
    const found = await foundIn(text(more), list, prepare);
    const told = await reportNews(CHECK, doorsTo({}), found);
    return [told.costs?.listed?.tags, told.costs?.patch?.tags, told.costs?.patch?.exact, found.gets().length];
  };
  // The newest patch tag is the image of its line, which was read; the others are as much.
  expect(await costs('')).toEqual([1, 4, false, 0]);
  expect(await costs('  granularity: patch\n')).toEqual([1, 4, true, 0]);
});

type Taken = { readonly tags: readonly (boolean | null)[] };

/** A GitHub that takes every proposal, and says which of its tags have no price. */
function takingGitHub(taken: Taken[], isRefused = false): Partial<GitHub> {
  const settle = async (offer: Offer) => {
    taken.push({ tags: offer.tags.map(({ cost }) => cost?.exact ?? null) });
    if (isRefused) return { kind: 'problem' as const, message: 'not permitted', hint: '' };
    const unpriced = offer.tags.filter(({ cost }) => cost === null).map((tag) => keyOf(proposedTag(tag)));
    return { kind: 'created' as const, number: 1, url: '', declined: [], unpriced, notes: [] };
  };
  return {
    readStanding: async (address) => {
      return { kind: 'standing', address, open: null, declined: [], heads: new Set() };
    },
    settlePullRequest: (_standing, offer) => settle(offer),
    settleIssue: settle,
  };
}

it('an offer is priced once GitHub took it, and once for pull request and issue', async () => {
  const taken: Taken[] = [];
  const found = await foundIn(entryWith('  new-tags: issue,pull-request\n'));
  const told = await reportNews(SYNC, doorsTo(takingGitHub(taken)), found);
  expect(taken.map(({ tags }) => tags)).toEqual([[null], [true], [true]]);
  expect(found.gets()).toHaveLength(1);
  expect([told.pullRequest?.kind, told.issue?.kind]).toEqual(['created', 'created']);
});

it('an offer that GitHub refuses costs no pull', async () => {
  const taken: Taken[] = [];
  const found = await foundIn(entryWith('  new-tags: issue,pull-request\n'));
  await reportNews(SYNC, doorsTo(takingGitHub(taken, true)), found);
  expect([taken.length, found.gets()]).toEqual([2, []]);
});

it('a price that could not be had leaves the offer as it is', async () => {
  const taken: Taken[] = [];
  const found = await foundIn(entryWith('  new-tags: issue\n'));
  const { upstream } = found.doors as MemoryDoors;
  upstream.faults.set(`get ${lookUp(RUBY, body('3.5').digest)}`, new Failure('timeout', 'no answer'));
  await reportNews(SYNC, doorsTo(takingGitHub(taken)), found);
  expect(taken.map(({ tags }) => tags)).toEqual([[null]]);
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
  const told = await reportNews(SYNC, doorsTo(github, warned), found);
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
      message: `declined before, not proposed again: ${source}:3.5; to hear no more of them, add to their entries ignore: ["3.5"]`,
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
  const told = await reportNews(SYNC, doorsTo(github), found);
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
  const told = await reportNews(SYNC, doorsTo(github), { ...found, observation });
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
  const told = await reportNews(SYNC, doorsTo(github), found);
  expect(told.newTags.map(({ tag }) => tag)).toEqual(['3.5-alpine']);
  expect(offers.map(({ tags, complete }) => [tags.length, complete])).toEqual([[0, expected.complete]]);
  expect([told.newTagsUnknown, told.notices.map(({ kind }) => kind)]).toEqual([
    expected.unknown,
    expected.kinds,
  ]);
  expect(told.notices[0]?.message).toBe(message);
});
