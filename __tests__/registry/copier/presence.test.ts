import { expect, it } from '@jest/globals';
import type { Digest } from '../../../src/image/names/digest.ts';
import { createPresence } from '../../../src/registry/copier/presence.ts';

const BLOB: Digest = `sha256:${'a'.repeat(64)}`;
const OTHER: Digest = `sha256:${'b'.repeat(64)}`;
const at = (repository: string, registry = 'mirror.example') => ({ registry, repository });

it('knows what was added, in its repository alone', () => {
  const presence = createPresence();
  presence.add(at('a'), BLOB);
  expect(presence.has(at('a'), BLOB)).toBe(true);
  expect(presence.has(at('a'), OTHER)).toBe(false);
  expect(presence.has(at('b'), BLOB)).toBe(false);
});

it('names another repository of the same registry to mount from, never the asking one', () => {
  const presence = createPresence();
  presence.add(at('a'), BLOB);
  expect(presence.homeOf(at('b'), BLOB)).toBe('a');
  expect(presence.homeOf(at('a'), BLOB)).toBeNull();
  expect(presence.homeOf(at('b', 'other.example'), BLOB)).toBeNull();
  expect(presence.homeOf(at('b'), OTHER)).toBeNull();
});

it('forgets a repository, and does not mount from it any more', () => {
  const presence = createPresence();
  presence.add(at('a'), BLOB);
  presence.add(at('b'), OTHER);
  presence.forget(at('a'));
  expect(presence.has(at('a'), BLOB)).toBe(false);
  expect(presence.homeOf(at('b'), BLOB)).toBeNull();
  expect(presence.homeOf(at('a'), OTHER)).toBe('b');
});

it('still knows the home that came last when another one is forgotten', () => {
  const presence = createPresence();
  presence.add(at('a'), BLOB);
  presence.add(at('b'), BLOB);
  presence.forget(at('a'));
  expect(presence.homeOf(at('c'), BLOB)).toBe('b');
});
