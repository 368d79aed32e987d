import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Digest } from '../../../src/image/names/digest.ts';
import { authArgs, copyArgs, listArgs } from '../../../src/registry/crane/argv.ts';

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;

it('names both ends as the fence does, never the registries themselves', () => {
  const from = { registry: 'up.example', repository: 'a/b' };
  const to = { registry: 'ghcr.io', repository: 'c/d' };
  expect(listArgs(from)).toEqual(['ls', '--insecure', '--', 'source.fence.invalid/a/b']);
  const ends = [`source.fence.invalid/a/b@${DIGEST}`, `mirror.fence.invalid/c/d@${DIGEST}`];
  expect(copyArgs(DIGEST, from, to, 4)).toEqual(['copy', '--jobs', '4', '--insecure', '--', ...ends]);
});

it('lets nothing that was given become an option', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const name = { registry: text, repository: text };
      expect(authArgs(text).indexOf('--')).toBe(authArgs(text).length - 2);
      expect(listArgs(name).indexOf('--')).toBe(listArgs(name).length - 2);
      const copy = copyArgs(DIGEST, name, name, 4);
      expect(copy.indexOf('--')).toBe(copy.length - 3);
    }),
    { numRuns: 200, seed: 3 },
  );
});
