// The rows of a job matrix: together they are the whole config, and each can be passed on as it is.

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import type { Config } from '../../../src/config/images/config.ts';
import { parseConfig } from '../../../src/config/images/parse.ts';
import { formatName } from '../../../src/image/names/reference.ts';
import { type MatrixRow, type MatrixWish, makeMatrix, parseShards } from '../../../src/plan/shards/matrix.ts';
import { narrow } from '../../../src/plan/shards/narrow.ts';
import { type AskedPart, parseRegistries, parseShard } from '../../../src/plan/shards/part.ts';

const CONFIG_DECIDES: MatrixWish = { by: null, shards: null };

function configOf(sources: readonly string[], tags = (_source: string): readonly string[] => ['1']): Config {
  const images = sources.map(
    (source) => `  - { source: "${source}", tags: ${JSON.stringify(tags(source))} }`,
  );
  const head = 'mirror: mirror.example/m\nmirror-path: "{registry}/{repository}"\nimages:';
  return parseConfig(Buffer.from([head, ...images].join('\n')), 'images.yaml').config;
}

function rowsOf(
  config: Config,
  wish: MatrixWish = CONFIG_DECIDES,
  known: ReadonlyMap<string, number> = new Map(),
): readonly MatrixRow[] {
  return makeMatrix(config, wish, { more: false, known }).include;
}

/** What the job of a row is asked, read from its inputs as a step reads them. */
function askedBy(row: MatrixRow): AskedPart {
  const asked =
    row.shard === undefined ? parseRegistries(row['only-registries'] ?? '') : parseShard(row.shard);
  if (isMistake(asked)) throw new Error(asked.mistake);
  return asked;
}

/** The sources that the jobs of all rows look after, each as often as a job does. */
function lookedAfter(config: Config, rows: readonly MatrixRow[]): string[] {
  const parts = rows.map((row) => narrow({ config, strays: [] }, askedBy(row)).config.entries);
  return parts.flatMap((entries) => entries.map(({ source }) => formatName(source))).sort();
}

const sources = fc.uniqueArray(
  fc
    .tuple(
      fc.stringMatching(/^[a-z]{1,3}\.(?:io|example:5000)$/),
      fc.stringMatching(/^[a-z]{1,4}\/[a-z]{1,3}$/),
    )
    .map((parts) => parts.join('/')),
  { minLength: 1, maxLength: 40 },
);
const wishes = fc.oneof(
  fc.constant(CONFIG_DECIDES),
  fc.record({ by: fc.constantFrom('registry' as const, null), shards: fc.constant(null) }),
  fc.record({ by: fc.constantFrom('shards' as const, null), shards: fc.integer({ min: 1, max: 256 }) }),
);

describe('the rows of any config', () => {
  it('make up the whole of it, each repository once, with whatever is known of its weights', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(sources, wishes, weights, (listed, wish, numbers) => {
        const config = configOf(listed);
        const known = new Map(numbers.flatMap((number, at) => (listed[at] ? [[listed[at], number]] : [])));
        const rows = rowsOf(config, wish, known);
        expect(lookedAfter(config, rows)).toEqual([...listed].sort());
        expect(rows.length).toBeLessThanOrEqual(Math.max(listed.length, 1));
        expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
        for (const { name } of rows) expect(name).toMatch(/^[\w.-]+$/);
      }),
      { numRuns: 400 },
    );
  });

  it('are the same whatever the order of the entries', () => {
    fc.assert(
      fc.property(sources, wishes, (listed, wish) => {
        expect(rowsOf(configOf(listed.toReversed()), wish)).toEqual(rowsOf(configOf(listed), wish));
      }),
      { numRuns: 200 },
    );
  });

  it('take one more tag or source without a word', () => {
    fc.assert(
      fc.property(sources, wishes, (listed, wish) => {
        const config = configOf([...listed, 'new.example/x/y'], () => ['1', '2']);
        expect(lookedAfter(config, rowsOf(config, wish))).toHaveLength(listed.length + 1);
      }),
      { numRuns: 200 },
    );
  });
});

describe('by registry', () => {
  it('is what several registries lead to', () => {
    expect(
      rowsOf(configOf(['quay.io/a/b', 'ruby', 'index.docker.io/library/go', 'localhost:5000/x/y'])),
    ).toEqual([
      { name: 'docker.io', 'only-registries': 'docker.io', tags: 2 },
      { name: 'localhost_5000', 'only-registries': 'localhost:5000', tags: 1 },
      { name: 'quay.io', 'only-registries': 'quay.io', tags: 1 },
    ]);
  });

  it('has at most 256 rows, which share more registries', () => {
    const many = Array.from({ length: 700 }, (_, at) => `r${at}.example/a/b`);
    const config = configOf(many);
    const rows = rowsOf(config);
    expect(rows).toHaveLength(256);
    expect(lookedAfter(config, rows)).toEqual([...many].sort());
    expect(Math.max(...rows.map(({ tags }) => tags))).toBe(3);
  });
});

describe('by shards', () => {
  it('is what one registry leads to, eight where there are so many repositories', () => {
    const names = Array.from({ length: 20 }, (_, at) => `quay.io/x/n${at}`);
    expect(rowsOf(configOf(names)).map(({ name, shard, tags }) => [name, shard, tags])).toEqual(
      [3, 3, 3, 3, 2, 2, 2, 2].map((tags, at) => [`shard-${at + 1}-of-8`, `${at + 1}/8`, tags]),
    );
    expect(rowsOf(configOf(names.slice(0, 3)))).toHaveLength(3);
  });

  it('is what the number asks for, whatever the registries', () => {
    const config = configOf(['quay.io/a/b', 'ruby', 'golang']);
    expect(rowsOf(config, { by: null, shards: 2 }).map(({ shard }) => shard)).toEqual(['1/2', '2/2']);
    expect(rowsOf(config, { by: 'shards', shards: 256 })).toHaveLength(3);
  });

  it('weighs by what the last reports tell, and passes the weights on in each row', () => {
    const config = configOf(['ruby', 'golang', 'node', 'python']);
    const known = new Map([['docker.io/library/node', 900]]);
    const rows = rowsOf(config, { by: 'shards', shards: 2 }, known);
    expect(rows.map(({ tags }) => tags)).toEqual([900, 3]);
    expect(new Set(rows.map(({ shard }) => shard?.replace(/^./, ''))).size).toBe(1);
    const [alone] = rows.map((row) => narrow({ config, strays: [] }, askedBy(row)).config.entries);
    expect(alone?.map(({ source }) => source.repository)).toEqual(['library/node']);
  });

  it('leaves the weights out where rows with them would be too long for an output', () => {
    const many = Array.from({ length: 2_000 }, (_, at) => `quay.io/x/n${at}`);
    const config = configOf(many);
    const known = new Map(many.map((name, at) => [name, at]));
    const few = makeMatrix(config, { by: 'shards', shards: 8 }, { more: false, known });
    const wide = makeMatrix(config, { by: 'shards', shards: 256 }, { more: false, known });
    expect([few.isWeighed, wide.isWeighed]).toEqual([true, false]);
    expect(wide.include[0]?.shard).toBe('1/256');
    for (const { include } of [few, wide]) expect(JSON.stringify({ include }).length).toBeLessThan(100_000);
  });
});

describe('a config without images', () => {
  const config = parseConfig(
    Buffer.from('builds: [{ image: ghcr.io/acme/app:latest }]'),
    'images.yaml',
  ).config;

  it.each<MatrixWish>([CONFIG_DECIDES, { by: 'registry', shards: null }, { by: 'shards', shards: 8 }])(
    'has one row where there is more than images: %j',
    (wish) => {
      const { include } = makeMatrix(config, wish, { more: true, known: new Map() });
      expect(include).toEqual([{ name: 'shard-1-of-1', shard: '1/1', tags: 0 }]);
    },
  );

  it('has none where there is nothing', () => {
    expect(rowsOf(config)).toEqual([]);
  });
});

describe('parseShards', () => {
  it.each([
    ['1', 1],
    ['256', 256],
    ['08', 8],
  ])('reads %s', (written, number) => {
    expect(parseShards(written, 'shards')).toBe(number);
  });

  it.each([['0'], ['257'], ['-1'], ['8.0'], ['eight'], ['1e2'], ['9999999999'], ['2/5']])(
    'refuses %s',
    (written) => {
      expect(parseShards(written, null)).toMatchObject({ hint: 'write 1 to 256' });
    },
  );

  it('is a mistake beside matrix-by: registry', () => {
    expect(parseShards('8', 'registry')).toMatchObject({ hint: 'remove shards, or write matrix-by: shards' });
  });
});
