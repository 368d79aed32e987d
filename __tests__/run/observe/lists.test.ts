// Lists that nobody needs for copying hold nothing up, and end as unknown when none comes.

import { expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { formatName, type Name } from '../../../src/image/names/reference.ts';
import { makePlan } from '../../../src/plan/steps/plan.ts';
import { observe } from '../../../src/run/observe/observe.ts';
import { body } from '../../plan/steps/builders.ts';
import { memoryDoors } from '../fakes.ts';

const UPSTREAM = { registry: 'up.example', repository: 'ruby' };
const MIRROR = { registry: 'mirror.example', repository: 'm/ruby' };

function configFor(entry: string) {
  return parseConfig(
    Buffer.from(`mirror: mirror.example/m\nimages:\n  - { source: up.example/ruby, ${entry} }\n`),
    'c',
  ).config;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Doors whose time stands still until it is told to pass. */
function doorsWith(tags: readonly string[]) {
  const memory = memoryDoors();
  for (const tag of tags) {
    memory.upstream.held.set(lookUp(UPSTREAM, tag), body(tag));
    memory.upstream.held.set(lookUp(UPSTREAM, body(tag).digest), body(tag));
  }
  const time = Promise.withResolvers<void>();
  const clock = { ...memory.clock, sleep: () => time.promise };
  return { doors: { ...memory, clock }, pass: () => time.resolve() };
}

it('a list that only tells of new tags comes after the plan', async () => {
  const { doors, pass } = doorsWith(['3.1']);
  const lister = { list: never };
  const seen = await observe(configFor('tags: ["3.1"], new-tags: report'), { ...doors, lister });
  expect(makePlan(seen.selection, seen.observation).tags.map(({ kind }) => kind)).toEqual(['stale']);
  expect(seen.observation.lists.size).toBe(0);
  pass();
  const { observation, selection } = await seen.rest();
  expect(observation.lists.get(formatName(UPSTREAM))).toMatchObject({
    kind: 'unknown',
    because: { reason: 'timeout', message: 'no list came within 60 s' },
  });
  expect(selection.news).toEqual([]);
});

it('what such a list tells is there in the end', async () => {
  const { doors } = doorsWith(['3.1', '3.2']);
  const seen = await observe(configFor('tags: ["3.1"], new-tags: report'), doors);
  const { selection } = await seen.rest();
  expect(selection.news.flatMap(({ newTags }) => newTags.map(({ tag }) => tag))).toEqual(['3.2']);
  expect(selection.wanted.map(({ tag }) => tag)).toEqual(['3.1']);
});

it.each(['tags: ["3.*"]', 'tags: ["3.1"], new-tags: mirror'])(
  'a list that selects is waited for: %s',
  async (entry) => {
    const { doors } = doorsWith(['3.1', '3.2']);
    const { selection } = await observe(configFor(entry), doors);
    expect(selection.wanted.map(({ tag }) => tag)).toEqual(['3.1', '3.2']);
  },
);

it('nothing waits on when all lists have come: a run that is done ends at once', async () => {
  const { doors } = doorsWith(['3.1', '3.2']);
  const asleep = new Set<AbortSignal | undefined>();
  const sleep = (_milliseconds: number, over?: AbortSignal): Promise<void> =>
    new Promise((wake) => {
      asleep.add(over);
      over?.addEventListener('abort', () => wake(void asleep.delete(over)));
    });
  const clock = { ...doors.clock, sleep };
  const seen = await observe(configFor('tags: ["3.*"], new-tags: report'), { ...doors, clock });
  await seen.rest();
  expect(asleep.size).toBe(0);
});

it('lists that come one by one are all waited for', async () => {
  const { doors } = doorsWith(['3.1']);
  let asked = 0;
  const sleeps = { count: 0 };
  const waiting: (() => void)[] = [];
  const clock = {
    ...doors.clock,
    async sleep() {
      sleeps.count += 1;
      waiting.shift()?.();
    },
  };
  const lister = {
    list: (_: Name) =>
      new Promise<string[]>((resolve) => {
        asked += 1;
        waiting.push(() => resolve(['3.1', '3.2']));
      }),
  };
  const names = ['a', 'b', 'c'].map((name) => `  - { source: up.example/${name}, tags: ["3.1"] }\n`).join('');
  const { config } = parseConfig(Buffer.from(`mirror: mirror.example/m\nimages:\n${names}`), 'c');
  const seen = await observe(config, { ...doors, clock, lister });
  const { observation } = await seen.rest();
  expect([asked, [...observation.lists.values()].map(({ kind }) => kind)]).toEqual([
    3,
    ['seen', 'seen', 'seen'],
  ]);
});

it('a mirror that never lists holds up no plan for long', async () => {
  const { doors, pass } = doorsWith(['3.1']);
  const mirror = { ...doors.mirror, listTags: never };
  const observing = observe(configFor('tags: ["3.1"], new-tags: report'), { ...doors, mirror });
  pass();
  const { observation } = await observing;
  expect(observation.mirrorLists.get(formatName(MIRROR))).toMatchObject({ kind: 'unknown' });
});
