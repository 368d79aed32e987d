// How many jobs of a matrix ask the same host.

import { expect, it } from '@jest/globals';
import { parseConfig } from '../../../src/config/images/parse.ts';
import type { AskedPart } from '../../../src/plan/shards/part.ts';
import { sharersOf } from '../../../src/plan/shards/sharers.ts';

const { config } = parseConfig(
  Buffer.from(`mirror: mirror.example/m
mirror-path: "{registry}/{repository}"
read-from: { docker.io: cache.example/hub }
images: ["ruby:1", "golang:1", "node:1", "quay.io/a/b:1", "ghcr.io/a/b:1", "cache.example/own:1"]
`),
  'images.yaml',
);
const HOSTS = ['mirror.example', 'cache.example', 'quay.io', 'docker.io', 'elsewhere.example'];
const shard = (number: number, of: number): AskedPart => ({ by: 'shards', number, of, weights: '' });

it.each<[string, AskedPart | null, readonly number[]]>([
  ['the run was not narrowed', null, [1, 1, 1, 1, 1]],
  ['every job reaches the mirror', { by: 'registry', registries: ['quay.io'] }, [4, 2, 1, 1, 1]],
  [
    'two registries in one job',
    { by: 'registry', registries: ['docker.io', 'cache.example'] },
    [3, 1, 1, 1, 1],
  ],
  ['one repository in each shard', shard(1, 6), [6, 4, 1, 1, 1]],
  ['a shard without repositories asks nobody', shard(9, 9), [6, 4, 1, 1, 1]],
  ['one shard', shard(1, 1), [1, 1, 1, 1, 1]],
])('%s', (_what, asked, expected) => {
  const sharers = sharersOf(config, asked);
  expect(HOSTS.map(sharers)).toEqual(expected);
});

it('knows a host in any spelling', () => {
  const sharers = sharersOf(config, shard(1, 6));
  expect(['mirror.example:443', 'cache.example:443'].map(sharers)).toEqual([6, 4]);
});
