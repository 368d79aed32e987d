import { describe, expect, it } from '@jest/globals';
import { listGroups, pagesWorth, sampleOf } from '../../../src/plan/observation/listed-digests.ts';
import { PULL, policies, RUBY, wanted } from '../steps/builders.ts';

const DIRECT = { pull: RUBY };

describe('a list is read only where it saves requests', () => {
  it.each([
    ['three tags of a repository of 20,000', 3, 20_000, 100, 0],
    ['as many tags as the sample takes', 17, 17, 100, 0],
    ['one page for eighteen', 18, 18, 100, 1],
    ['a thousand of a thousand', 1_000, 1_000, 100, 11],
    ['200 of 20,000 in pages of 100', 200, 20_000, 100, 0],
    ['200 of 20,000 in one answer', 200, 20_000, Number.POSITIVE_INFINITY, 2],
    ['a repository of unknown size', 1_000, null, 100, 499],
    ['nothing listed', 40, 0, 100, 2],
  ])('%s', (_what, tags, listed, size, pages) => {
    expect(pagesWorth(tags, listed, size)).toBe(pages);
  });
});

describe('the sample', () => {
  const tags = Array.from({ length: 100 }, (_, at) => wanted(`1.${at}`, DIRECT));

  it('is of sixteen tags, other ones in the next run, and each has its turn within tags / 16 runs', () => {
    const seen = new Set<string>();
    for (let turn = 5; turn < 5 + Math.ceil(100 / 16); turn += 1) {
      const sample = sampleOf({ tags }, turn);
      expect(new Set(sample.map(({ tag }) => tag)).size).toBe(16);
      for (const { tag } of sample) seen.add(tag);
    }
    expect(seen.size).toBe(100);
  });

  it('does not depend on the order of the config', () => {
    expect(sampleOf({ tags: tags.toReversed() }, 3)).toEqual(sampleOf({ tags }, 3));
  });

  it('has its turns too where only every so many runs look after these tags', () => {
    for (const step of [2, 3, 5, 7]) {
      const seen = new Set<string>();
      for (let run = 0; run < 2_000; run += step)
        for (const { tag } of sampleOf({ tags }, run)) seen.add(tag);
      expect([step, seen.size]).toEqual([step, 100]);
    }
  });
});

describe('what is never read from a list', () => {
  it.each([
    ['a pin', { pinned: `sha256:${'a'.repeat(64)}` as const }],
    ['verify: deep', { policies: policies({ verify: 'deep' }) }],
    ['referrers', { policies: policies({ referrers: 'all' }) }],
    ['hybrid indexes', { policies: policies({ lostPlatforms: 'hybrid' }) }],
    ['platform tags', { policies: policies({ platformTags: '{tag}-{arch}' }) }],
    ['expected platforms', { policies: policies({ expectedPlatforms: wanted('1').policies.platforms }) }],
  ])('%s', (what, more) => {
    const groups = listGroups([wanted('1', { ...DIRECT, ...more })]);
    expect(groups.length).toBe(what === 'expected platforms' ? 2 : 0);
  });

  it('an upstream that is read elsewhere than its name says, which may be a proxy; the mirror is', () => {
    const places = (pull: typeof PULL) => listGroups([wanted('1', { pull })]).map(({ side }) => side);
    expect([places(PULL), places(RUBY)]).toEqual([['mirror'], ['upstream', 'mirror']]);
  });
});
