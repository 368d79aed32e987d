import { expect, it } from '@jest/globals';
import { digestOf } from '../../../src/image/names/digest.ts';
import { createMemory } from '../../../src/registry/client/memory.ts';

function body(text: string) {
  const bytes = Buffer.from(text);
  return { digest: digestOf(bytes), mediaType: 'a/b', bytes };
}

it('gives back what it was given, by digest, and nothing else', () => {
  const memory = createMemory(100);
  memory.keep(body('a'));
  expect(memory.recall(body('a').digest)).toEqual(body('a'));
  expect(memory.recall(body('b').digest)).toBeNull();
});

it('holds so many bytes and no more: the oldest go first', () => {
  const memory = createMemory(25);
  const all = ['first', 'other', 'third', 'again', 'fifth', 'sixth', 'final'].map((word) => body(word));
  for (const entry of all) memory.keep(entry);
  expect(all.map(({ digest }) => memory.recall(digest) !== null)).toEqual([
    ...[false, false],
    ...[true, true, true, true, true],
  ]);
});

it('counts what it is given a second time once', () => {
  const memory = createMemory(10);
  for (let time = 0; time < 5; time += 1) memory.keep(body('12345'));
  memory.keep(body('67890'));
  expect(memory.recall(body('12345').digest)).not.toBeNull();
});

it('does not keep what is larger than all it may hold, and lets go of nothing forever', () => {
  const memory = createMemory(10);
  memory.keep(body('much too large a body'));
  expect(memory.recall(body('much too large a body').digest)).toBeNull();
  memory.keep(body('small'));
  expect(memory.recall(body('small').digest)).not.toBeNull();
});
