import { describe, expect, it } from '@jest/globals';
import { Failure } from '../../../src/base/errors/failure.ts';
import { lookUp } from '../../../src/image/names/look-up.ts';
import { keepTag } from '../../../src/image/tags/keep-tag.ts';
import { upstreamHeadsNeeded } from '../../../src/plan/observation/heads-needed.ts';
import type { Observation } from '../../../src/plan/observation/observation.ts';
import { makePlan, readsNeeded } from '../../../src/plan/steps/plan.ts';
import { type PlannedTag, stepsOf } from '../../../src/plan/steps/step.ts';
import { body, head, MIRROR, nameOf, observed, PULL, policies, RUBY, wanted } from './builders.ts';

/** A planned tag in one word, with what matters about it. */
function inWords(tag: PlannedTag): string {
  if (tag.kind === 'fresh') return 'fresh';
  if (tag.kind === 'stale')
    return [tag.step.reason, ...tag.step.moves.map((one) => nameOf(one.manifest))].join(' -> ');
  return `${tag.kind} ${tag.failure.reason}`;
}

describe('one tag', () => {
  const unknown = { kind: 'unknown', because: new Failure('timeout', 'no answer') } as const;
  const hidden = { kind: 'absent', doubt: new Failure('denied', 'HEAD: 403') } as const;
  it.each([
    ['equal digests', ['A', 'A'], 'fresh'],
    ['upstream moved', ['B', 'A'], 'moved -> B'],
    ['not on the mirror yet', ['A', null], 'missing -> A'],
    ['a mirror that hides the repository', ['A', hidden], 'missing -> A'],
    ['gone upstream, kept on the mirror', [null, 'A'], 'failed gone'],
    ['nowhere', [null, null], 'failed not-found'],
    ['upstream unreadable', [unknown, 'A'], 'failed timeout'],
    ['mirror unreadable: never taken for missing', ['A', unknown], 'failed timeout'],
    ['both unreadable', [unknown, unknown], 'failed timeout'],
  ] as const)('%s', (_, sides, expected) => {
    const { selection, observation } = observed({ '3.4': [...sides] });
    expect(makePlan(selection, observation).tags.map(inWords)).toEqual([expected]);
  });

  it('is planned from the digest the mirror is expected to have to the bytes it shall have', () => {
    const { selection, observation } = observed({ '3.4': ['B', 'A'] });
    const [step] = stepsOf(makePlan(selection, observation));
    expect(step).toEqual({
      source: RUBY,
      pull: PULL,
      mirror: MIRROR,
      bring: [body('B').digest],
      moves: [{ tag: '3.4', expected: body('A').digest, manifest: body('B') }],
      reason: 'moved',
    });
  });

  it('says which line to delete when upstream removed it', () => {
    const { selection, observation } = observed({ '3.1': [null, 'A'] });
    const [tag] = makePlan(selection, observation).tags;
    expect(tag?.kind === 'failed' && tag.failure.hint).toBe(
      'delete the tag from images.yaml, line 4, if it is no longer wanted',
    );
  });
});

describe('a pinned tag', () => {
  const pin = body('P').digest;
  const selection = { wanted: [wanted('v1', { pinned: pin, origin: 'pinned' })], unmatched: [] };
  const at = (mirror: string): Observation => {
    const { observation } = observed({ v1: [null, mirror] });
    const key = lookUp(PULL, pin);
    const bodies = new Map([...observation.bodies, [key, { kind: 'seen', value: body('P') } as const]]);
    const free = { kind: 'absent', doubt: null } as const;
    const keeps = lookUp(MIRROR, keepTag('v1', body(mirror).digest));
    return { ...observation, bodies, mirror: new Map([...observation.mirror, [keeps, free]]) };
  };

  it('asks nothing of the upstream tag', () => {
    expect(upstreamHeadsNeeded(selection, new Map())).toEqual([]);
  });

  it('is fresh when the mirror has the digest, whatever upstream does', () => {
    expect(makePlan(selection, at('P')).tags.map(inWords)).toEqual(['fresh']);
  });

  it('moves to its digest for the reason pin, after what it had was given a keep-tag', () => {
    expect(makePlan(selection, at('A')).tags.map(inWords)).toEqual(['pin -> A -> P']);
  });

  it('keeps nothing where keep-pins is false, unless the workspace still names it', () => {
    const own = wanted('v1', { pinned: pin, origin: 'pinned', policies: policies({ keepPins: false }) });
    const loose = { wanted: [own], unmatched: [] };
    expect(makePlan(loose, at('A')).tags.map(inWords)).toEqual(['pin -> P']);
    const named = wanted(keepTag('v1', body('A').digest), { pinned: body('A').digest, origin: 'pinned' });
    const both = { wanted: [own, named], unmatched: [] };
    const { bodies, ...rest } = at('A');
    const seen = { kind: 'seen', value: body('A') } as const;
    const observation = {
      ...rest,
      bodies: new Map([...bodies, [lookUp(PULL, body('A').digest), seen] as const]),
    };
    expect(makePlan(both, observation).tags.map(inWords)).toEqual(['pin -> A -> P', 'missing -> A']);
  });

  it('never moves a keep-tag that has another image', () => {
    const taken = lookUp(MIRROR, keepTag('v1', body('A').digest));
    const mirror = new Map([...at('A').mirror, [taken, { kind: 'seen', value: head('B') } as const]]);
    expect(makePlan(selection, { ...at('A'), mirror }).tags.map(inWords)).toEqual(['failed conflict']);
  });

  const without = (side: Observation['bodies']): Observation => ({
    ...at('A'),
    bodies: new Map([
      ...at('A').bodies,
      [lookUp(PULL, pin), { kind: 'absent', doubt: null } as const],
      ...side,
    ]),
  });

  it('is gone when neither upstream nor the mirror has the digest', () => {
    const nowhere = without(new Map([[lookUp(MIRROR, pin), { kind: 'absent', doubt: null } as const]]));
    expect(makePlan(selection, nowhere).tags.map(inWords)).toEqual(['failed gone']);
  });

  it('is made of what the mirror has when upstream lacks the digest', () => {
    const kept = without(new Map([[lookUp(MIRROR, pin), { kind: 'seen', value: body('P') } as const]]));
    const [tag] = makePlan(selection, kept).tags;
    expect(tag && inWords(tag)).toBe('pin -> A -> P');
    expect(tag?.kind === 'stale' && tag.step.bring).toEqual([]);
  });
});

describe('what is read', () => {
  it('is both manifests of each tag that differs, each digest once, and none for what is fresh', () => {
    const { selection, observation } = observed({
      a: ['B', 'A'],
      b: ['B', null],
      c: ['C', 'C'],
      d: [null, 'A'],
    });
    const asked = readsNeeded(selection, { ...observation, bodies: new Map() });
    expect(asked.map(({ side, reference }) => [side, reference])).toEqual([
      ['mirror', body('A').digest],
      ['upstream', body('B').digest],
    ]);
    expect(readsNeeded(selection, observation)).toEqual([]);
  });

  it('leaves a tag failed when its changed manifest could not be read', () => {
    const { selection, observation } = observed({ '3.4': ['B', 'A'] });
    const because = new Failure('corrupt', 'hash');
    const key = lookUp(PULL, body('B').digest);
    const bodies = new Map([...observation.bodies, [key, { kind: 'unknown', because } as const]]);
    expect(makePlan(selection, { ...observation, bodies }).tags.map(inWords)).toEqual(['failed corrupt']);
  });
});

describe('a glob', () => {
  const place = { file: 'images.yaml', line: 9, column: 5 };
  const unmatched = { source: RUBY, pull: PULL, pattern: '9.*', place };
  const { observation } = observed({});

  it('that matches nothing is a failed row, never silence', () => {
    const plan = makePlan({ wanted: [], unmatched: [unmatched] }, observation);
    expect(plan.patterns.map(({ pattern, failure }) => `${pattern} ${failure.reason}`)).toEqual([
      '9.* no-match',
    ]);
  });

  it('is not a tag: it has no name on the mirror', () => {
    const plan = makePlan({ wanted: [], unmatched: [unmatched] }, observation);
    expect(plan.tags).toEqual([]);
    expect(plan.patterns[0]).not.toHaveProperty('mirror');
  });

  it('over a list that could not be read fails for that reason', () => {
    const because = new Failure('rate-limited', '429');
    const lists = new Map([
      ['registry.internal:5000/hub/library/ruby', { kind: 'unknown', because } as const],
    ]);
    const plan = makePlan({ wanted: [], unmatched: [unmatched] }, { ...observation, lists });
    expect(plan.patterns.map(({ failure }) => failure.reason)).toEqual(['rate-limited']);
  });
});

it('the same input gives the same plan', () => {
  const { selection, observation } = observed({ a: ['B', 'A'], b: ['C', null], c: ['D', 'D'] });
  expect(makePlan(selection, observation)).toEqual(makePlan(selection, observation));
});
