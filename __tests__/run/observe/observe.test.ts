import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { ManifestBody } from '../../../src/image/manifest/manifest.ts';
import { digestOf } from '../../../src/image/names/digest.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { formatName, type Name } from '../../../src/image/names/reference.ts';
import { makePlan } from '../../../src/plan/steps/plan.ts';
import { forReading } from '../../../src/run/observe/ask.ts';
import { observe } from '../../../src/run/observe/observe.ts';
import { side } from '../../plan/platforms/sides.ts';
import { body } from '../../plan/steps/builders.ts';
import { type MemoryDoors, type MemoryRegistry, memoryDoors } from '../fakes.ts';

const UPSTREAM = { registry: 'up.example', repository: 'ruby' };
const MIRROR = { registry: 'mirror.example', repository: 'm/ruby' };

function configFor(tags: string, more = '') {
  const text = `mirror: mirror.example/m\nimages:\n  - { source: up.example/ruby, tags: ${tags}${more} }\n`;
  return parseConfig(Buffer.from(text), 'images.yaml').config;
}

function hold(registry: MemoryRegistry, at: typeof UPSTREAM, tags: Record<string, string>): void {
  for (const [tag, name] of Object.entries(tags)) {
    const held: ManifestBody = body(name);
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

async function planFor(tags: string, doors: MemoryDoors, turn = 0): Promise<string[]> {
  const { selection, observation } = await observe(configFor(tags), doors, turn);
  return makePlan(selection, observation).tags.map((tag) => `${tag.wanted.tag} ${tag.kind}`);
}

describe('a repository that upstream does not know', () => {
  const failures = async (more: string) => {
    const doors = doorsWith({}, {});
    doors.lister.list = async (name) => {
      lists.push(formatName(name));
      throw new Failure('not-found', 'NAME_UNKNOWN');
    };
    const lists: string[] = [];
    const { selection, observation } = await observe(configFor('[a, b]', more), doors);
    const plan = makePlan(selection, observation);
    const words = plan.tags.map((tag) => (tag.kind === 'failed' ? tag.failure : null));
    return { lists, words };
  };

  it.each(['', ', new-tags: ignore'])('is told as that, in the same words for each tag%s', async (more) => {
    const { lists, words } = await failures(more);
    expect(lists).toEqual(['up.example/ruby']);
    const message =
      'upstream has no repository up.example/ruby, or nothing is in it, or this login may not see it';
    const hint = 'correct the source in images.yaml, or log in to up.example';
    expect(words).toEqual([
      expect.objectContaining({ message, hint }),
      expect.objectContaining({ message, hint }),
    ]);
  });
});

describe('our own refusal to ask the mirror', () => {
  it('is that failure, and never taken for a repository that is not there yet', async () => {
    const doors = doorsWith({ a: 'A' }, {});
    doors.mirror.head = () => {
      throw new Failure('denied', 'mirror.example may not be contacted');
    };
    expect(await planFor('[a]', doors)).toEqual(['a failed']);
  });
});

describe('observing', () => {
  it('asks one HEAD a tag and side, and nothing else, when all is fresh', async () => {
    const doors = doorsWith({ a: 'A', b: 'B' }, { a: 'A', b: 'B' });
    expect(await planFor('[a, b]', doors)).toEqual(['a fresh', 'b fresh']);
    const kinds = (calls: readonly string[]) => calls.map((call) => call.split(' ')[0]);
    expect([kinds(doors.upstream.calls), kinds(doors.mirror.calls)]).toEqual([
      ['head', 'head'],
      ['head', 'head'],
    ]);
  });

  it('reads each changed manifest once, by digest', async () => {
    const doors = doorsWith({ a: 'B', b: 'B', c: 'C' }, { a: 'A', c: 'C' });
    expect(await planFor('[a, b, c]', doors)).toEqual(['a stale', 'b stale', 'c fresh']);
    expect(doors.upstream.calls.filter((call) => call.startsWith('get'))).toEqual([
      `get up.example/ruby@${body('B').digest}`,
    ]);
  });

  it('lists a repository once for all its globs; for literal tags the mirror alone, where one is missing', async () => {
    const doors = doorsWith({ '3.1': 'A', '3.2': 'B', x: 'X' }, {});
    const listed: string[] = [];
    const { list } = doors.lister;
    const lister = {
      list(name: typeof UPSTREAM) {
        listed.push(name.repository);
        return list(name);
      },
    };
    const listTags: MemoryRegistry['listTags'] = (name) => {
      listed.push(name.repository);
      return doors.mirror.listTags(name);
    };
    const mirror = { ...doors.mirror, listTags };
    expect(await planFor('["3.?", "3.*", x]', { ...doors, mirror, lister })).toEqual([
      'x stale',
      '3.1 stale',
      '3.2 stale',
    ]);
    await observe(configFor('[x]', ', new-tags: ignore'), { ...doors, mirror, lister });
    const fresh = doorsWith({ x: 'X' }, { x: 'X' });
    const { upstream } = fresh;
    const held = { ...fresh.mirror, listTags };
    await observe(configFor('[x]', ', new-tags: ignore'), { ...doors, upstream, mirror: held, lister });
    expect(listed.sort()).toEqual(['m/ruby', 'm/ruby', 'ruby']);
  });

  it('never takes a list that could not be read for an empty one', async () => {
    const doors = doorsWith({ a: 'A' }, { a: 'A' });
    const lister = {
      async list(): Promise<string[]> {
        throw new Failure('timeout', 'no end');
      },
    };
    const { selection, observation } = await observe(configFor('[a, "3.*"]'), { ...doors, lister });
    const { tags, patterns } = makePlan(selection, observation);
    expect(tags.map(({ kind }) => kind)).toEqual(['fresh']);
    expect(patterns.map(({ failure }) => failure.reason)).toEqual(['timeout']);
  });

  it('reads what tells the platforms of a plain manifest, each side and blob once', async () => {
    const doors = doorsWith({}, {});
    const plain = (name: string) => side(`plain: amd64=${name}`);
    const config = (registry: MemoryRegistry, at: typeof UPSTREAM, name: string) => {
      const bytes = Buffer.from('{"os":"linux","architecture":"amd64"}');
      const digest = digestOf(Buffer.from(name));
      registry.held.set(lookUp(at, digest), { digest, mediaType: '', bytes });
    };
    for (const tag of ['a', 'b']) {
      doors.upstream.held.set(lookUp(UPSTREAM, tag), plain('X2').body);
      doors.mirror.held.set(lookUp(MIRROR, tag), plain('X1').body);
    }
    doors.upstream.held.set(lookUp(UPSTREAM, plain('X2').body.digest), plain('X2').body);
    doors.mirror.held.set(lookUp(MIRROR, plain('X1').body.digest), plain('X1').body);
    config(doors.upstream, UPSTREAM, 'X2');
    config(doors.mirror, MIRROR, 'X1');
    expect(await planFor('[a, b]', doors)).toEqual(['a stale', 'b stale']);
    const kinds = (calls: string[]) => calls.map((call) => call.split(' ', 1)[0]);
    expect(kinds(doors.upstream.calls)).toEqual(['head', 'head', 'get', 'blob']);
    expect(kinds(doors.mirror.calls)).toEqual(['head', 'head', 'get', 'blob']);
  });

  it('leaves one unreadable tag failed and the others as they are', async () => {
    const doors = doorsWith({ a: 'A', b: 'B' }, { a: 'A', b: 'B' });
    doors.mirror.faults.set(`head ${lookUp(MIRROR, 'b')}`, new Failure('server-error', '500'));
    expect(await planFor('[a, b]', doors)).toEqual(['a fresh', 'b failed']);
  });
});

describe('a registry whose HEAD is wrong', () => {
  /** Upstream answers HEAD for every tag with a digest that it does not have. */
  function lying(doors: MemoryDoors): MemoryDoors {
    const head: MemoryRegistry['head'] = async (name, reference) => {
      doors.upstream.calls.push(`head ${lookUp(name, reference)}`);
      return { ...body('NOWHERE'), mediaType: '' };
    };
    return { ...doors, upstream: { ...doors.upstream, head } };
  }

  it('upstream: is read by tag, and the hash of what comes is compared and planned', async () => {
    const doors = lying(doorsWith({ a: 'A', b: 'B', c: 'B' }, { a: 'A', b: 'OLD' }));
    expect(await planFor('[a, b, c]', doors)).toEqual(['a fresh', 'b stale', 'c stale']);
    expect(doors.upstream.calls.filter((call) => call.startsWith('get'))).toEqual([
      `get up.example/ruby@${body('NOWHERE').digest}`,
      ...['a', 'b', 'c'].map((tag) => `get ${lookUp(UPSTREAM, tag)}`),
    ]);
  });

  it('upstream: leaves a tag that GET does not find either as not there', async () => {
    const doors = lying(doorsWith({}, {}));
    expect(await planFor('[a]', doors)).toEqual(['a failed']);
  });

  it('mirror: what it claims and does not list is read whole', async () => {
    const doors = doorsWith({ a: 'A', b: 'B' }, { b: 'B' });
    const mirror = { ...doors.mirror, head: async (_: Name, tag: string) => body(tag === 'a' ? 'A' : 'B') };
    expect(await planFor('[a, b]', { ...doors, mirror })).toEqual(['a stale', 'b fresh']);
    expect(doors.mirror.calls).toEqual([`get ${lookUp(MIRROR, 'a')}`]);
  });

  it.each(['', ', new-tags: ignore'])(
    'mirror: what it lists and does not show is read whole%s',
    async (policy) => {
      const doors = doorsWith({ a: 'A', b: 'B' }, { a: 'A', b: 'B' });
      const mirror = {
        ...doors.mirror,
        head: async (_: Name, tag: string) => (tag === 'a' ? null : body('B')),
      };
      const seen = await observe(configFor('[a, b]', policy), { ...doors, mirror });
      const plan = makePlan(seen.selection, seen.observation);
      expect(plan.tags.map((tag) => `${tag.wanted.tag} ${tag.kind}`)).toEqual(['a fresh', 'b fresh']);
      expect(doors.mirror.calls).toEqual([`get ${lookUp(MIRROR, 'a')}`]);
    },
  );

  it('mirror: where the list cannot be read one tag of each repository is read whole, another one each turn', async () => {
    const doors = doorsWith({ a: 'A', b: 'B' }, { a: 'A', b: 'B' });
    doors.mirror.faults.set(`list ${formatName(MIRROR)}`, new Failure('server-error', 'no list'));
    for (const turn of [0, 1]) await observe(configFor('[a, b]'), doors, turn);
    const gets = doors.mirror.calls.filter((call) => call.startsWith('get'));
    expect(gets).toEqual(['a', 'b'].map((tag) => `get ${lookUp(MIRROR, tag)}`));
  });
});

describe('new tags', () => {
  const news = (more: string) =>
    `mirror: mirror.example/m\nimages:\n  - { source: up.example/ruby, tags: ["1.0"]${more} }\n`;
  const configOf = (more = '') => parseConfig(Buffer.from(news(more)), 'images.yaml').config;
  const withList = (doors: MemoryDoors, tags: readonly string[]): MemoryDoors => {
    return { ...doors, lister: { list: async () => tags } };
  };
  const headsOf = (doors: MemoryDoors, tag: string) =>
    doors.upstream.calls.filter((call) => call === `head ${lookUp(UPSTREAM, tag)}`).length;

  it('are asked for by one HEAD each, and nothing else that upstream lists is', async () => {
    const doors = withList(doorsWith({ '1.0': 'A', '1.1': 'B' }, { '1.0': 'A' }), [
      '0.9',
      '1.0',
      '1.1',
      '1.2',
      'x',
    ]);
    const seen = await (await observe(configOf(), doors)).rest();
    expect(doors.upstream.calls.map((call) => call.split(':').at(-1))).toEqual(['1.0', '1.1', '1.2']);
    const kinds = ['1.1', '1.2'].map((tag) => seen.observation.upstream.get(lookUp(UPSTREAM, tag))?.kind);
    expect(kinds).toEqual(['seen', 'absent']);
  });

  it('without a manifest are not mirrored, and fail nothing; the others are asked for once', async () => {
    const doors = withList(doorsWith({ '1.0': 'A', '1.1': 'B' }, { '1.0': 'A' }), ['1.0', '1.1', '1.2']);
    const observed = await observe(configOf(', new-tags: mirror'), doors);
    await observed.rest();
    const { tags } = makePlan(observed.selection, observed.observation);
    expect(tags.map((tag) => `${tag.wanted.tag} ${tag.kind}`)).toEqual(['1.0 fresh', '1.1 stale']);
    expect(['1.0', '1.1', '1.2'].map((tag) => headsOf(doors, tag))).toEqual([1, 1, 1]);
  });
});

describe('a mirror that shows nothing, in a mode that pushes nothing', () => {
  const answer = (status: number) => new Failure('denied', `HEAD …: ${status}`, { status });
  const planWith = async (failure: Failure, login: boolean) => {
    const doors = doorsWith({ a: 'A', b: 'B' }, {});
    for (const tag of ['a', 'b']) doors.mirror.faults.set(`head ${lookUp(MIRROR, tag)}`, failure);
    const seen = await observe(configFor('[a, b]'), forReading({ ...doors, hasLogin: async () => login }));
    return makePlan(seen.selection, seen.observation).tags.map((tag) =>
      tag.kind === 'failed' ? `${tag.failure.reason}: ${tag.failure.message}` : tag.kind,
    );
  };

  it.each([
    ['403 to a login: may not be there yet', 403, true, 'stale'],
    [
      '403 without one',
      403,
      false,
      'denied: the mirror mirror.example does not show m/ruby to anybody without a login (403)',
    ],
    [
      '401 without one',
      401,
      false,
      'denied: the mirror mirror.example does not show m/ruby to anybody without a login (401)',
    ],
    [
      '401 to a login',
      401,
      true,
      'denied: the mirror mirror.example does not show m/ruby to this login (401)',
    ],
  ])('%s', async (_, status, login, expected) => {
    expect(await planWith(answer(status), login)).toEqual([expected, expected]);
  });

  it('is not what our own refusal says', async () => {
    const own = new Failure('denied', 'mirror.example is not among hosts', { hint: 'add it' });
    expect(await planWith(own, true)).toEqual(Array(2).fill('denied: mirror.example is not among hosts'));
    const doors = doorsWith({ a: 'A' }, {});
    doors.mirror.faults.set(`head ${lookUp(MIRROR, 'a')}`, own);
    expect(await planFor('[a]', doors)).toEqual(['a failed']);
  });

  it('in one that pushes the push tells', async () => {
    const doors = doorsWith({ a: 'A' }, {});
    doors.mirror.faults.set(`head ${lookUp(MIRROR, 'a')}`, answer(401));
    expect(await planFor('[a]', doors)).toEqual(['a stale']);
  });
});
