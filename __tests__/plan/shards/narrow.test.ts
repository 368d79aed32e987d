// Parts of a config: every repository of the mirror in exactly one, whatever the order of the entries.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Config } from '../../../src/config/images/config.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { narrow } from '../../../src/plan/shards/narrow.ts';
import type { AskedPart } from '../../../src/plan/shards/part.ts';
import { packWeights, unpackWeights } from '../../../src/plan/shards/weights.ts';

type Item = { readonly registry: string; readonly repository: string; readonly tags: readonly string[] };

function configOf(items: readonly Item[], more = ''): Config {
  const images = items.map(
    ({ registry, repository, tags }) =>
      `  - { source: ${registry}/${repository}, tags: ${JSON.stringify(tags)} }`,
  );
  const head = 'mirror: mirror.example/m\nmirror-path: "{registry}/{repository}"\nimages:';
  return parseConfig(Buffer.from([head, ...images, more].join('\n')), 'images.yaml').config;
}

const STRAY = { source: { registry: 'mirror.example', repository: 'm/lost' } };

function shard(number: number, of: number): AskedPart {
  return { by: 'shards', number, of, weights: '' };
}

/** The sources of each part. */
function cut(config: Config, asked: readonly AskedPart[]): string[][] {
  return asked.map((part) => {
    const { entries, ownMirrors } = narrow({ config, strays: [] }, part).config;
    return [...entries, ...ownMirrors].map(({ source }) => formatName(source)).sort();
  });
}

const REGISTRIES = ['docker.io', 'quay.io', 'ghcr.io', 'localhost:5000'];
const items = fc.uniqueArray(
  fc.record({
    registry: fc.constantFrom(...REGISTRIES),
    repository: fc.stringMatching(/^[a-z]{2,6}\/[a-z]{1,3}$/),
    tags: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,5}\*?$/), { minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 30, selector: ({ registry, repository }) => `${registry}/${repository}` },
);
const all = (of: number) => Array.from({ length: of }, (_, at) => shard(at + 1, of));

describe('shards', () => {
  it('hold every repository of the mirror, each in exactly one', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 40 }), (listed, of) => {
        const parts = cut(configOf(listed), all(of)).flat().sort();
        expect(parts).toEqual(listed.map(({ registry, repository }) => `${registry}/${repository}`).sort());
      }),
      { numRuns: 300 },
    );
  });

  it('are the same whatever the order of the entries', () => {
    const shuffled = items.chain((listed) =>
      fc.tuple(fc.constant(listed), fc.shuffledSubarray(listed, { minLength: listed.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 12 }), ([listed, other], of) => {
        expect(cut(configOf(other), all(of))).toEqual(cut(configOf(listed), all(of)));
      }),
      { numRuns: 300 },
    );
  });

  it('are balanced: none has more than another by more than one repository of its own', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 12 }), (listed, of) => {
        const weights = new Map(
          listed.map(({ registry, repository, tags }) => {
            const weight = tags.reduce((sum, tag) => sum + (tag.endsWith('*') ? 20 : 1), 1);
            return [`${registry}/${repository}`, weight];
          }),
        );
        const parts = cut(configOf(listed), all(of)).map((part) =>
          part.map((name) => weights.get(name) ?? 0),
        );
        const sums = parts.map((part) => part.reduce((sum, weight) => sum + weight, 0));
        const least = Math.min(...sums);
        for (const [at, part] of parts.entries()) {
          expect((sums[at] ?? 0) - least).toBeLessThanOrEqual(Math.min(...part, ...(part.length ? [] : [0])));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keep entries of one source together, and what has tags of its own beside globs', () => {
    const config = configOf(
      ['a', 'b', 'a', 'c', 'a'].map((name, at) => ({
        registry: 'quay.io',
        repository: `x/${name}`,
        tags: [`t${at}`],
      })),
    );
    expect(cut(config, all(3)).flat()).toHaveLength(3);
    expect(config.entries).toHaveLength(3);
  });

  it('a shard beyond the repositories is empty, and no mistake', () => {
    const config = configOf([{ registry: 'quay.io', repository: 'x/a', tags: ['1'] }]);
    expect(cut(config, all(3))).toEqual([['quay.io/x/a'], [], []]);
  });
});

describe('weights that a row passes on', () => {
  it('are kept within a fifth of themselves', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 })), (tags) => {
        const packed = packWeights(tags);
        expect(packed).toMatch(/^[0-9a-z]*$/);
        const numbers = unpackWeights(packed);
        for (const [at, count] of tags.entries()) {
          expect(Math.abs((numbers[at] ?? -1) - count)).toBeLessThanOrEqual(count / 5 + 0.5);
        }
      }),
    );
  });

  it('decide the cut, and still leave every repository in exactly one shard', () => {
    const names = ['a', 'b', 'c', 'd'];
    const config = configOf(
      names.map((name) => ({ registry: 'quay.io', repository: `x/${name}`, tags: ['1'] })),
    );
    const weights = packWeights([1, 1, 1, 30]);
    const asked = [1, 2].map((number): AskedPart => ({ by: 'shards', number, of: 2, weights }));
    expect(cut(config, asked)).toEqual([['quay.io/x/d'], ['quay.io/x/a', 'quay.io/x/b', 'quay.io/x/c']]);
  });

  it('of another config are a mistake, never a wrong cut', () => {
    const config = configOf([{ registry: 'quay.io', repository: 'x/a', tags: ['1'] }]);
    const asking = () =>
      narrow({ config, strays: [] }, { by: 'shards', number: 1, of: 2, weights: packWeights([1, 1]) });
    expect(asking).toThrow('input shard: "11" weighs 2 repositories, and images.yaml has 1');
  });
});

describe('registries', () => {
  it('hold every repository of the mirror, each in exactly one', () => {
    fc.assert(
      fc.property(items, (listed) => {
        const registries = [...new Set(listed.map(({ registry }) => registry))];
        const asked = registries.map((registry): AskedPart => ({ by: 'registry', registries: [registry] }));
        const parts = cut(configOf(listed), asked);
        expect(parts.flat().sort()).toEqual(
          listed.map(({ registry, repository }) => `${registry}/${repository}`).sort(),
        );
        for (const [at, part] of parts.entries()) {
          for (const name of part) expect(name.startsWith(`${registries[at]}/`)).toBe(true);
        }
      }),
    );
  });

  it('are the canonical ones, whatever is read instead of them', () => {
    const text =
      'mirror: mirror.example/m\nread-from: { docker.io: quay.io/hub }\nimages: ["ruby:3.4", "quay.io/x/a:1"]\n';
    const { config } = parseConfig(Buffer.from(text), 'images.yaml');
    expect(cut(config, [{ by: 'registry', registries: ['docker.io'] }])).toEqual([
      ['docker.io/library/ruby'],
    ]);
  });

  it('says which there are where one is named that no entry has', () => {
    const config = configOf([
      { registry: 'quay.io', repository: 'x/a', tags: ['1'] },
      { registry: 'docker.io', repository: 'x/a', tags: ['1'] },
    ]);
    const asking = () => narrow({ config, strays: [] }, { by: 'registry', registries: ['ghcr.io'] });
    expect(asking).toThrow('input only-registries: no entry of images.yaml is from ghcr.io');
    expect(asking).toThrow(expect.objectContaining({ hint: 'its images come from docker.io, quay.io' }));
  });
});

describe('what belongs to no repository of the mirror', () => {
  const config = configOf(
    [
      { registry: 'quay.io', repository: 'x/a', tags: ['1'] },
      { registry: 'docker.io', repository: 'x/b', tags: ['1'] },
    ],
    'builds: [{ image: ghcr.io/acme/app:latest }]',
  );
  const elsewhere = { registry: 'gcr.io', repository: 'distroless/static' };
  const asked: readonly (readonly [AskedPart, boolean])[] = [
    [{ by: 'registry', registries: ['docker.io'] }, true],
    [{ by: 'registry', registries: ['quay.io'] }, false],
    [shard(1, 2), true],
    [shard(2, 2), false],
  ];

  it.each(asked)('is looked after by the first part alone: %j', (part, isFirst) => {
    const narrowed = narrow({ config, strays: [STRAY] }, part);
    expect(narrowed.config.builds).toHaveLength(isFirst ? 1 : 0);
    expect(narrowed.strays).toHaveLength(isFirst ? 1 : 0);
    expect(narrowed.owns(elsewhere)).toBe(isFirst);
    expect(narrowed.whole).toBe(config);
  });

  it('a source is looked after by the part that has its entry', () => {
    const parts = asked.slice(0, 2).map(([part]) => narrow({ config, strays: [] }, part));
    expect(parts.map(({ owns }) => owns({ registry: 'quay.io', repository: 'x/a' }))).toEqual([false, true]);
  });
});

it('a run that was not narrowed keeps everything', () => {
  const config = configOf([{ registry: 'quay.io', repository: 'x/a', tags: ['1'] }]);
  const whole = narrow({ config, strays: [STRAY] }, null);
  expect(whole).toMatchObject({ config, strays: [STRAY], part: null });
  expect(whole.owns({ registry: 'any.example', repository: 'x' })).toBe(true);
});
