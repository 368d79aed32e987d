import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Digest } from '../../../src/image/names/digest.ts';
import { authArgs, bringArgs, listArgs } from '../../../src/registry/crane/argv.ts';

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const name = (registry: string) => ({ registry, repository: 'a/b' });
const plain = new Set([
  'localhost:5000',
  '127.0.0.1:5000',
  '127.0.0.2:5000',
  '10.0.0.1:5000',
  'r.internal:5000',
  's.internal',
]);
const usesHttp = (registry: string): boolean => plain.has(registry);

const options = { jobs: 4, folder: '/tmp/f', usesHttp };

it.each([
  ['ghcr.io', ['ls', '--', 'ghcr.io/a/b']],
  ['localhost:5000', ['ls', '--', 'localhost:5000/a/b']],
  ['127.0.0.1:5000', ['ls', '--', '127.0.0.1:5000/a/b']],
  ['10.0.0.1:5000', ['ls', '--', '10.0.0.1:5000/a/b']],
  ['127.0.0.2:5000', ['ls', '--insecure', '--', '127.0.0.2:5000/a/b']],
  ['r.internal:5000', ['ls', '--insecure', '--', 'r.internal:5000/a/b']],
])('lists %s', (registry, args) => expect(listArgs(name(registry), usesHttp)).toEqual(args));

describe('bringArgs', () => {
  const commands = (from: string, to: string) => bringArgs(DIGEST, name(from), name(to), options);

  it.each([
    ['docker.io', 'ghcr.io', []],
    ['docker.io', 'localhost:5000', []],
    ['r.internal:5000', 'localhost:5000', ['--insecure']],
    ['r.internal:5000', 's.internal', ['--insecure']],
  ])('%s to %s is one copy with %j', (from, to, flags) => {
    const copy = ['copy', '--jobs', '4', ...flags, '--', `${from}/a/b@${DIGEST}`, `${to}/a/b@${DIGEST}`];
    expect(commands(from, to)).toEqual([copy]);
  });

  it.each([
    ['r.internal:5000', 'ghcr.io', ['--insecure'], []],
    ['docker.io', 'r.internal:5000', [], ['--insecure']],
  ])('%s to %s never lets --insecure meet https', (from, to, pull, push) => {
    expect(commands(from, to)).toEqual([
      ['pull', '--format=oci', ...pull, '--', `${from}/a/b@${DIGEST}`, '/tmp/f'],
      ['push', ...push, '--', '/tmp/f', `${to}/a/b@${DIGEST}`],
    ]);
  });
});

it('lets nothing that was given become an option', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const args of [authArgs(text), listArgs(name(text), usesHttp)]) {
        expect(args.indexOf('--')).toBe(args.length - 2);
      }
    }),
    { numRuns: 200, seed: 3 },
  );
});
