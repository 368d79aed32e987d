import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseChallenge, parseChallenges } from '../../../src/registry/session/challenge.ts';

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

it.each([
  ['', []],
  ['Basic realm="x"', [['basic', { realm: 'x' }]]],
  ['basic realm=x', [['basic', { realm: 'x' }]]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [
      [
        'bearer',
        {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:a/b:pull,push',
        },
      ],
    ],
  ],
  [
    'Bearer realm=https://ghcr.io/token,service=ghcr.io',
    [['bearer', { realm: 'https://ghcr.io/token', service: 'ghcr.io' }]],
  ],
  [
    'Negotiate, Basic realm="a"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'a' }],
    ],
  ],
  [
    'Negotiate dG9rZW4=, Basic realm="a"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'a' }],
    ],
  ],
  [
    'Basic realm="a, b", Bearer realm = "c"',
    [
      ['basic', { realm: 'a, b' }],
      ['bearer', { realm: 'c' }],
    ],
  ],
  ['Bearer realm="a\\"b"', [['bearer', { realm: 'a"b' }]]],
  ['Bearer REALM="a",realm="b"', [['bearer', { realm: 'a' }]]],
])('reads %s', (header, expected) => expect(plain(header)).toEqual(expected));

it.each([
  ['Basic realm="a", Bearer realm="b"', 'bearer'],
  ['Bearer, Basic realm="a"', 'basic'],
  ['Digest realm="a"', undefined],
  ['Bearer realm="unended', undefined],
])('chooses out of %s', (header, scheme) => expect(chooseChallenge(header)?.scheme).toBe(scheme));

it('ends on anything', () => {
  const noisy = fc.string({
    unit: fc.constantFrom('B', 'a', '=', '"', '\\', ',', ' ', '/', '\t', '\n', 'é'),
    maxLength: 200,
  });
  fc.assert(
    fc.property(noisy, (text) => parseChallenges(text).length <= text.length),
    { numRuns: 2_000, seed: 7 },
  );
  expect(parseChallenges('a='.repeat(100_000)).length).toBeLessThan(5_000);
  expect(parseChallenges(`Bearer realm="${'\\"'.repeat(100_000)}`).length).toBeLessThan(3);
});
