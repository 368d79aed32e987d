import { describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config/parse.ts';
import { Failure } from '../../src/errors/failure.ts';
import { type Body, lookUp } from '../../src/plan/observation.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { observe } from '../../src/sync/observe.ts';
import { body } from '../plan/builders.ts';
import { type MemoryDoors, type MemoryRegistry, memoryDoors } from './fakes.ts';

const UPSTREAM = { registry: 'up.example', repository: 'ruby' };
const MIRROR = { registry: 'mirror.example', repository: 'm/ruby' };

function configFor(tags: string, more = '') {
  const text = `mirror: mirror.example/m\nimages:\n  - { source: up.example/ruby, tags: ${tags}${more} }\n`;
  return parseConfig(Buffer.from(text), 'images.yaml').config;
}

function hold(registry: MemoryRegistry, at: typeof UPSTREAM, tags: Record<string, string>): void {
  for (const [tag, name] of Object.entries(tags)) {
    const held: Body = body(name);
    registry.held.set(lookUp(at, tag), held);
    registry.held.set(lookUp(at, held.digest), held);
  }
}

function doorsWith(upstream: Record<string, string>, mirror: Record<string, string>): MemoryDoors {
  const doors = memoryDoors();
  hold(doors.upstream, UPSTREAM, upstream);
  hold(doors.mirror, MIRROR, mirror);
  return doors;
}

async function planFor(tags: string, doors: MemoryDoors): Promise<string[]> {
  const { selection, observation } = await observe(configFor(tags), doors);
  return makePlan(selection, observation).tags.map((tag) => `${tag.wanted.tag} ${tag.kind}`);
}

describe('observing', () => {
  it('asks one HEAD a tag and side, and nothing else, when all is fresh', async () => {
    const doors = doorsWith({ a: 'A', b: 'B' }, { a: 'A', b: 'B' });
    expect(await planFor('[a, b]', doors)).toEqual(['a fresh', 'b fresh']);
    expect([doors.upstream.calls.length, doors.mirror.calls.length]).toEqual([2, 2]);
    expect([...doors.upstream.calls, ...doors.mirror.calls].every((call) => call.startsWith('head'))).toBe(
      true,
    );
  });

  it('reads each changed manifest once, by digest', async () => {
    const doors = doorsWith({ a: 'B', b: 'B', c: 'C' }, { a: 'A', c: 'C' });
    expect(await planFor('[a, b, c]', doors)).toEqual(['a stale', 'b stale', 'c fresh']);
    expect(doors.upstream.calls.filter((call) => call.startsWith('get'))).toEqual([
      `get up.example/ruby@${body('B').digest}`,
    ]);
  });

  it('lists a repository once for all its globs, and not at all for literal tags', async () => {
    const doors = doorsWith({ '3.1': 'A', '3.2': 'B', x: 'X' }, {});
    const listed: string[] = [];
    const { list } = doors.engine;
    const engine = {
      ...doors.engine,
      list(name: typeof UPSTREAM) {
        listed.push(name.repository);
        return list(name);
      },
    };
    expect(await planFor('["3.?", "3.*", x]', { ...doors, engine })).toEqual([
      'x stale',
      '3.1 stale',
      '3.2 stale',
    ]);
    await observe(configFor('[x]', ', new-tags: ignore'), { ...doors, engine });
    expect(listed).toEqual(['ruby']);
  });

  it('never takes a list that could not be read for an empty one', async () => {
    const doors = doorsWith({ a: 'A' }, { a: 'A' });
    const engine = {
      ...doors.engine,
      async list(): Promise<string[]> {
        throw new Failure('timeout', 'no end');
      },
    };
    const { selection, observation } = await observe(configFor('[a, "3.*"]'), { ...doors, engine });
    const tags = makePlan(selection, observation).tags;
    expect(tags.map((tag) => (tag.kind === 'failed' ? tag.failure.reason : tag.kind))).toEqual([
      'fresh',
      'timeout',
    ]);
  });

  it('leaves one unreadable tag failed and the others as they are', async () => {
    const doors = doorsWith({ a: 'A', b: 'B' }, { a: 'A', b: 'B' });
    doors.mirror.faults.set(`head ${lookUp(MIRROR, 'a')}`, new Failure('server-error', '500'));
    expect(await planFor('[a, b]', doors)).toEqual(['a failed', 'b fresh']);
  });
});
