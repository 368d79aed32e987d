// What a job is asked to look after, as a person or a row of a matrix writes it.

import { describe, expect, it } from '@jest/globals';
import { isMistake } from '../../../src/base/errors/mistake.ts';
import { askedPart, fileNameOf, parseRegistries, parseShard } from '../../../src/plan/shards/part.ts';

describe('parseShard', () => {
  it.each([
    ['1/1', 1, 1, ''],
    ['2/5', 2, 5, ''],
    ['256/256', 256, 256, ''],
    ['02/05', 2, 5, ''],
    ['2/5:0a3', 2, 5, '0a3'],
  ])('reads %s', (written, number, of, weights) => {
    expect(parseShard(written)).toEqual({ by: 'shards', number, of, weights });
  });

  it.each([
    ['0/5', 'there is no shard 0 of 5'],
    ['6/5', 'there is no shard 6 of 5'],
    ['2/0', '"2/0" has 0 shards'],
    ['0/0', '"0/0" has 0 shards'],
    ['1/257', '"1/257" has 257 shards'],
    ['5', '"5" is not a shard'],
    ['a/b', '"a/b" is not a shard'],
    ['2/5/7', '"2/5/7" is not a shard'],
    ['2 / 5', '"2 / 5" is not a shard'],
    ['-1/5', '"-1/5" is not a shard'],
    ['1.5/5', '"1.5/5" is not a shard'],
    ['1e0/5', '"1e0/5" is not a shard'],
    ['/5', '"/5" is not a shard'],
    ['2/', '"2/" is not a shard'],
    ['2/5:', '"2/5:" is not a shard'],
    ['2/5:A', '"2/5:A" is not a shard'],
    ['1/99999999999999999999', '"1/99999999999999999999" is not a shard'],
    ['２/５', '"２/５" is not a shard'],
  ])('says what is wrong with %s', (written, mistake) => {
    const read = parseShard(written);
    expect(isMistake(read) ? read.mistake : read).toBe(mistake);
    expect(isMistake(read) && read.hint).toMatch(/^write /);
  });
});

describe('parseRegistries', () => {
  it.each([
    ['docker.io', ['docker.io']],
    ['index.docker.io', ['docker.io']],
    ['registry-1.docker.io, docker.io', ['docker.io']],
    ['QUAY.io', ['quay.io']],
    ['quay.io,ghcr.io', ['ghcr.io', 'quay.io']],
    ['quay.io\n  ghcr.io,\n', ['ghcr.io', 'quay.io']],
    ['localhost:5000 [::1]:5000', ['[::1]:5000', 'localhost:5000']],
  ])('reads %j', (written, registries) => {
    expect(parseRegistries(written)).toEqual({ by: 'registry', registries });
  });

  it.each([['docker.io/library'], ['user:secret@quay.io'], ['quay.io:0'], [', ,'], ['https://quay.io']])(
    'refuses %j',
    (written) => {
      const read = parseRegistries(written);
      expect(isMistake(read)).toBe(true);
      expect(JSON.stringify(read)).not.toContain('secret');
    },
  );
});

it('has a name of its own for files, whatever its registries are called', () => {
  const named = (registries: readonly string[]) => fileNameOf({ by: 'registry', registries });
  expect(fileNameOf({ by: 'shards', number: 2, of: 5, weights: '00' })).toBe('shard-2-of-5');
  expect(named(['quay.io'])).toBe('quay.io');
  expect(named(['localhost:5000'])).toBe('localhost_5000');
  const long = ['a', 'b'].map((end) => [`${'x'.repeat(90)}${end}.io`]);
  const alike = [
    ['[a::]:5'],
    ['[::a]:5'],
    ['[a:]:5'],
    ['a', 'b', 'c'],
    ['a-and-b', 'c'],
    ['a', 'b-and-c'],
    ['a-and-b-and-c'],
  ];
  const names = [...long, ...alike].map(named);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[\w.-]{1,80}$/);
});

it('tells a part before its config was read: a shard knows of all others, a registry of none', () => {
  expect(askedPart({ by: 'shards', number: 2, of: 3, weights: '' })).toEqual({
    by: 'shards',
    name: '2/3',
    pieces: ['2/3'],
    of: ['1/3', '2/3', '3/3'],
  });
  const registries = ['docker.io', 'quay.io'];
  expect(askedPart({ by: 'registry', registries })).toEqual({
    by: 'registry',
    name: 'docker.io, quay.io',
    pieces: registries,
    of: [],
  });
});
